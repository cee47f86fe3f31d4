"""The kinds of message by which a person is reached, and which comes after which."""

from collections.abc import Collection, Sequence
from typing import Literal, get_args

Kind = Literal["voice", "sms", "line", "push", "email"]
KINDS: tuple[Kind, ...] = get_args(Kind)  # in the order in which they are tried after each other
LOUD = frozenset({"voice", "sms", "line"})  # these may wake somebody: a worker's quiet hours hold them back
REPORTED = frozenset({"voice", "sms"})  # of these the provider says whether they arrived; any other stays "sent"
WRITTEN: tuple[Kind, ...] = ("sms", "line", "push", "email")


def next_kind(tried: Collection[str], able: Sequence[str]) -> str | None:
    """Return the kind to try after `tried` to a person who can be reached by `able`; None when all were."""
    return next((kind for kind in KINDS if kind in able and kind not in tried), None)
