"""What all makers' bodies have in common: JSON objects, short words, and values that the contract allows or refuses."""

import unicodedata
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from contract.observations import KINDS, ContractError

from gateway.core.inputs import Observed
from gateway.sources.reading import Reading, Unreadable

MAX_BYTES = 16_384  # a Zigbee device with many attributes and an update notice has some 2,000
LONGEST_NAME = 64  # what the contract allows in a report
_LONGEST_WORD = 64

Said = tuple[str, object] | tuple[str, object, Literal["undated"]]
"""A kind of the contract, and what is to be its value; "undated" where nobody knows when that came about."""


def json_object(body: bytes) -> dict[str, Any]:
    """Raises Unreadable for anything but an object in at most 16 KiB of JSON."""
    if len(body) > MAX_BYTES:
        raise Unreadable("size", f"{len(body)} bytes, more than {MAX_BYTES}")
    try:
        message = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable("json", f"not JSON in UTF-8: {error}") from None
    if not isinstance(message, dict):
        raise Unreadable("type", "must be an object")
    return message


def word(body: bytes) -> str:
    """A body that is one short word or figure. Raises Unreadable."""
    if len(body) > _LONGEST_WORD:
        raise Unreadable("size", f"{len(body)} bytes, more than a word of {_LONGEST_WORD}")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Unreadable("type", "not text in UTF-8") from None


def figure(text: str) -> float:
    """A number written as text. Raises Unreadable; what no float can be, like nan, is left to the contract."""
    try:
        return float(text)
    except ValueError:
        raise Unreadable("type", "must be a number") from None


def node_name(name: str) -> str:
    """The name, if a node may be called so in a report. Raises Unreadable."""
    if not 0 < len(name) <= LONGEST_NAME or not is_writable(name):
        raise Unreadable("topic", f"a device's name has 1 to {LONGEST_NAME} characters, none of them for control")
    return name


def is_writable(text: str) -> bool:
    """Whether no character is for control, and none is half of one; a wide space is as good as any."""
    return text.isprintable() or not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def observations(node: str, said: Iterable[Said], at: float, retained: bool) -> list[Reading]:
    """Each value that the contract allows. Raises Unreadable for the others, with those it allows as `rest`.

    What other makers' devices say of their health is another set than a node's, and checked where it is made.
    """
    found: list[Reading] = []
    wrong: list[ContractError] = []
    for one in said:
        kind, value = one[0], one[1]
        try:
            checked: Any = value if kind == "health" else KINDS[kind].check(kind, value)
        except ContractError as error:
            wrong.append(error)
        else:
            found.append(Observed(at, at, node, kind, checked, retained or len(one) == 3))
    if wrong:
        raise Unreadable(wrong[0].code, "; ".join(map(str, wrong)), found)
    return found
