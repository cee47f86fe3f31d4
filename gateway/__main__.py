"""``python -m gateway`` is ``tomoshibi-gateway``."""

from gateway.cli import main

main()
