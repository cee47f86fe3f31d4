"""A building that does not exist: residents, their sensors and the wires between, for the demo and the tests.

What it makes is never evidence for how well the watch works; only recordings of real homes are.
"""
