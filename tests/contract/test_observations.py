"""The contract on both interpreters, and the two against each other."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract.observations import KINDS, Ack, Command, ContractError, Event, Receipt, Status, TimeSignal
from contract.shapes import Choice, Flag, Number, Record, Shape, Text
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scale import scaled
from tests.tools.plain import plain_tests, run_micropython

HERE = Path(__file__).parent
CODES = {"size", "json", "type", "range", "version", "kind"}
DECODERS: list[Callable[[bytes], object]] = [
    Event.decode,
    Status.decode,
    Receipt.decode,
    Command.decode,
    Ack.decode,
    TimeSignal.decode,
]


@pytest.mark.parametrize("check", plain_tests(HERE / "plain_observations.py"))
def test_plain(check: Callable[[], None]) -> None:
    check()


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Every value a shape allows."""
    if isinstance(shape, Number):
        if shape.whole:
            return st.integers(int(shape.low), int(shape.high))
        return st.floats(shape.low, shape.high)
    if isinstance(shape, Choice):
        return st.sampled_from(shape.words)
    if isinstance(shape, Text):
        return st.text(shape.characters, min_size=1, max_size=shape.longest)
    if isinstance(shape, Record):
        required = {name: values(field) for name, field in shape.required.items()}
        return st.fixed_dictionaries(required, optional={name: values(field) for name, field in shape.optional.items()})
    assert isinstance(shape, Flag)
    return st.booleans()


events = st.sampled_from(sorted(KINDS)).flatmap(
    lambda kind: st.builds(
        Event,
        boot=st.text("0123456789abcdef", min_size=8, max_size=8),
        seq=st.integers(0, 2**53 - 1),
        kind=st.just(kind),
        value=values(KINDS[kind]),
        at=st.floats(946684800, 4102444800),
        historical=st.booleans(),
    )
)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)
field_names = st.sampled_from(
    ["v", "boot", "seq", "at", "age_ms", "kind", "value", "historical", "id", "do", "now_ms", "stage", "state"]
)
likely_values = st.sampled_from([1, "a1", 1795400000, "door", "open", {"count": 1}, True, "motion", "ask"])
near_misses = st.dictionaries(field_names, likely_values | json_values, max_size=8).map(
    lambda found: json.dumps(found).encode()
)


@given(events)
def test_every_event_the_tables_allow_comes_back_as_it_was(event: Event) -> None:
    assert vars(Event.decode(event.encode())) == vars(event)


@given(st.binary(max_size=100) | near_misses)
@settings(max_examples=300)
def test_no_bytes_do_worse_than_a_contract_error(body: bytes) -> None:
    for decode in DECODERS:
        try:
            decode(body)
        except ContractError as error:
            assert error.code in CODES
            assert len(str(error)) < 240
            assert str(error).isprintable()


JUDGE = """
import sys
from contract.observations import ContractError, Event
for line in sys.stdin:
    try:
        Event.decode(bytes.fromhex(line.strip()))
        print("ok")
    except ContractError as error:
        print(error.code)
"""


def mutated(chance: random.Random) -> bytes:
    """A good body in which a few bytes have been changed, doubled or dropped."""
    body = bytearray(
        chance.choice(
            [
                b'{"v":1,"boot":"9f3c21aa","seq":1042,"at":1795400000.25,"kind":"motion","value":{"count":7}}',
                b'{"v":1,"boot":"9f3c21aa","seq":1043,"age_ms":5200,"kind":"door","value":"open"}',
                b'{"v":1,"boot":"9f3c21aa","seq":3,"age_ms":0,"kind":"smoke","value":true,"historical":false}',
            ]
        )
    )
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(body))
        kind = chance.randrange(3)
        if kind == 0:
            body[place] = chance.choice(b'0123456789-.eE"{}[],:tfnu\\ \x00\xff')
        elif kind == 1:
            body[place:place] = body[place : place + chance.randint(1, 6)]
        else:
            del body[place : place + chance.randint(1, 6)]
    return bytes(body)


# Where the two readers of JSON differ, MicroPython's is the more forgiving, and only boards use it.
def test_a_board_understands_all_that_the_gateway_understands() -> None:
    chance = random.Random(20)
    bodies = [mutated(chance) for _ in range(scaled(20_000))]
    judged = run_micropython("-c", JUDGE, stdin="\n".join(body.hex() for body in bodies)).split()
    assert len(judged) == len(bodies)
    for body, there in zip(bodies, judged, strict=True):
        assert there in CODES | {"ok"}
        try:
            Event.decode(body)
        except ContractError:
            continue
        assert there == "ok", body
