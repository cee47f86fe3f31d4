"""`tomoshibi-gateway doctor`: what is wrong with this gateway, and what to do, in plain words."""
