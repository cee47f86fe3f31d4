"""Messages that nobody should believe, without end: for every source, each by one of the ways in which they are wrong.

None of them is a sign of life of a node that hangs in the unit. What is meant for such a node is broken for certain, or
kept by a broker, or says again what it said before; what could by chance be a real change comes from a stranger.
"""

import json
import random
from collections.abc import Iterator
from typing import NamedTuple

from tests.gateway.sources.examples import TABLES
from tests.nasty import NASTY

_NASTY = [body for name, body in NASTY.items() if name != "10 MB"]
_RARE = NASTY["10 MB"][:70_000]  # what the link hands on of it
_WRONG = [None, 1, -1, 1e308, "true", "ON ", "", [], {}, [[[]]], "\ud800", 10**400, {"Action": []}, [1, 2, 3]]
_NO_WORD = [value for value in _WRONG if not isinstance(value, str)]  # any action of a button is a press
_EXAMPLES = [one for table in TABLES.values() for one in table]
# What is a level that these tables tell in one state only, or none that anybody lives by.
_CONSTANT = [
    one
    for one in _EXAMPLES
    if not one.read.startswith(("motion", "emergency")) and not one.topic.startswith(("tele/bed", "tele/bath"))
]


class Message(NamedTuple):
    topic: str
    body: bytes
    retained: bool


def messages(count: int, seed: int = 50) -> Iterator[Message]:
    """`count` of them, the same for the same seed."""
    dice = random.Random(seed)
    ways = (_broken, _broken, _wrong_types, _nasty, _kept, _again, _from_a_stranger, _announcing)
    for _ in range(count):
        yield dice.choice(ways)(dice)


def _broken(dice: random.Random) -> Message:
    """A body that ends too early, or with a byte in it that no text has."""
    one = dice.choice(_EXAMPLES)
    body = one.body.encode()
    place = dice.randrange(len(body))
    broken = body[:place] if body.startswith(b"{") and dice.random() < 0.5 else body[:place] + b"\xff" + body[place:]
    return Message(one.topic, broken, False)


def _wrong_types(dice: random.Random) -> Message:
    """Every value of a body replaced by something that it cannot be."""
    one = dice.choice(_EXAMPLES)
    if not one.body.startswith("{"):
        return Message(one.topic, json.dumps(dice.choice(_WRONG[5:])).encode(), False)
    said = {name: dice.choice(_NO_WORD if name == "action" else _WRONG) for name in json.loads(one.body)}
    return Message(one.topic, json.dumps(said).encode(), False)


def _nasty(dice: random.Random) -> Message:
    body = _RARE if dice.random() < 0.001 else dice.choice(_NASTY)
    return Message(dice.choice(_EXAMPLES).topic, body, dice.random() < 0.2)


def _kept(dice: random.Random) -> Message:
    """Anything at all, kept by the broker: nobody knows how old it is, but of what our own nodes date themselves."""
    one = dice.choice(_EXAMPLES)
    if '"motion"' in one.body:
        return _again(dice)
    return Message(one.topic, one.body.encode(), True)


def _again(dice: random.Random) -> Message:
    """The same as ever: what is no change is no sign."""
    one = dice.choice(_CONSTANT)
    return Message(one.topic, one.body.encode(), False)


def _from_a_stranger(dice: random.Random) -> Message:
    """A real message, or one with some bytes changed, from a device of which nobody has said where it hangs."""
    one = dice.choice(_EXAMPLES)
    levels = one.topic.split("/")
    place = {"tomoshibi": 2, "zigbee2mqtt": 1, "tele": 1, "stat": 1, "echonetlite2mqtt": 4}.get(levels[0])
    if place is None or "bridge" in levels:
        return Message("/".join(dice.choice(("a", "+", "#", "$SYS", "é", "")) for _ in range(4)), b"ON", False)
    levels[place] = f"x{dice.randrange(10**6):x}"
    body = bytearray(one.body.encode())
    for _ in range(dice.randrange(4)):
        body[dice.randrange(len(body))] = dice.randrange(256)
    return Message("/".join(levels), bytes(body), False)


def _announcing(dice: random.Random) -> Message:
    """Announcements of every size and kind, for topics that are not to be had."""
    name = f"x{dice.randrange(3000)}"
    base = dice.choice(
        ("tomoshibi/v1/hall", "$SYS/broker", "#", "a/+/b", f"acme/{name}", "zigbee2mqtt/door", "x" * 999, "")
    )
    config = {
        "dev_cla": dice.choice(("motion", "door", "temperature", "smoke", "nonsense", None, 7)),
        "stat_t": dice.choice((base, f"{base}/state", "~/state", None, 5)),
        "~": dice.choice((base, None, [])),
        "val_tpl": dice.choice(
            (None, "{{ value_json.a }}", "{{ ''.__class__.__mro__ }}", "{% for x in y %}", "{{" * 90, 3)
        ),
        "avty_t": dice.choice((None, base, f"{base}/status")),
        "dev": dice.choice(({"ids": [name]}, {"ids": name * 40}, {"ids": []}, {"ids": "\n"}, None, 3)),
        "pl_on": dice.choice(("ON", True, None, {}, 10**300)),
    }
    component = dice.choice(("binary_sensor", "sensor", "device", "light", "+"))
    if component == "device":
        parts = {f"c{n}": {"p": "sensor", **config} for n in range(dice.choice((1, 3, 70)))}
        config = {"cmps": dice.choice((parts, parts, list(parts), None)), "dev": config["dev"]}
    body = b"" if dice.random() < 0.1 else json.dumps(config).encode()
    return Message(f"homeassistant/{component}/{name}/config", body, dice.random() < 0.5)
