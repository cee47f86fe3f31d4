"""The whole system on one machine, with a building that does not exist and a story that shows what it is for."""
