"""Moves the inputs of a real node program through its bench port: one line in, one line out."""

_TIMEOUT_S = 1.0


def open_bench(address: str) -> "NodeBench":
    """`address` is "host:port". Nothing is connected before something is to be moved."""
    host, _, port = address.rpartition(":")
    return NodeBench(host, int(port))


class NodeBench:
    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
