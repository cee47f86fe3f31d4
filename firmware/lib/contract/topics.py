"""Build and split the topic names between nodes and gateway.

A topic names a node and never a unit: which node hangs in which unit is the gateway's configuration alone.
"""

ROOT = "tomoshibi/v1"

# What a node may publish, and what it may receive. The broker's access list is exactly this.
FROM_NODE = ("event", "status", "ack")
TO_NODE = ("receipt", "cmd", "time")

_NODE_LENGTH = 32
_NODE_CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789-"


def valid_node(name: object) -> bool:
    """Whether `name` is a node's name: [a-z0-9][a-z0-9-]{0,31}."""
    if not isinstance(name, str) or not 0 < len(name) <= _NODE_LENGTH or name[0] == "-":
        return False
    return all(character in _NODE_CHARACTERS for character in name)


def _topic(node: str, leaf: str) -> str:
    if not valid_node(node):
        raise ValueError("a node's name is 1 to 32 of a-z, 0-9 and -, not " + repr(node)[:40])
    return f"{ROOT}/{node}/{leaf}"


def event(node: str) -> str:
    """Where a node's observations go: QoS 1, never retained."""
    return _topic(node, "event")


def status(node: str) -> str:
    """Where a node says whether it is there: QoS 1, retained, also its last will."""
    return _topic(node, "status")


def ack(node: str) -> str:
    """Where a node says what became of a command: QoS 1."""
    return _topic(node, "ack")


def receipt(node: str) -> str:
    """Where the gateway says how far an event has come: QoS 1, but QoS 0 of what is no call for help."""
    return _topic(node, "receipt")


def command(node: str) -> str:
    """Where the gateway asks something of a node: QoS 1."""
    return _topic(node, "cmd")


def time(node: str) -> str:
    """Where the gateway gives the time: QoS 0, on connect and every minute."""
    return _topic(node, "time")


def split(topic: str) -> tuple[str, str] | None:
    """(node, leaf) of one of the six topics above, or None when the topic is not ours."""
    parts = topic.split("/")
    if len(parts) != 4 or parts[0] + "/" + parts[1] != ROOT:
        return None
    node, leaf = parts[2], parts[3]
    if not valid_node(node) or leaf not in FROM_NODE + TO_NODE:
        return None
    return node, leaf
