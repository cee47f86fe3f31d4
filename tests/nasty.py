"""Bodies that strangers, worn disks and people's slips may hand to whatever reads them."""

from typing import NamedTuple

from hypothesis import strategies as st

NASTY = {
    "nothing": b"",
    "not JSON": b"on",
    "half JSON": b'{"v":1,"boot":"a',
    "wrong UTF-8": b'{"v":1,"boot":"\xff\xfe"}',
    "a lone surrogate": b'{"v":1,"boot":"\\ud800","action":"\\ud800","state":"\\ud800"}',
    "UTF-16": '{"v":1}'.encode("utf-16"),
    "a NUL": b"\x00",
    "an array": b"[1,2,3]",
    "a number": b"1",
    "null": b"null",
    "NaN": b'{"v":1,"boot":"a","seq":1,"at":NaN,"kind":"climate","value":{"temperature_c":NaN},"temperature":NaN}',
    "Infinity": b'{"v":1,"boot":"a","seq":1,"at":1e999,"kind":"light","value":{"lux":1e999},"illuminance":1e999}',
    "a huge integer": b'{"v":1,"seq":' + b"9" * 900 + b',"voltage":' + b"9" * 100 + b"}",
    "integers of 5000 digits": b'{"voltage":' + b"9" * 5000 + b"}",
    "10 MB": b'{"v":1,"x":"' + b"x" * 10_000_000 + b'"}',
    "deep nesting": b'{"v":' + b"[" * 500 + b"]" * 500 + b"}",
    "very deep nesting": b"[" * 100_000,
    "deep objects": b'{"action":' * 1500,
    "wrong types": b'{"v":1,"boot":7,"seq":"1","at":"now","kind":[],"value":{},"contact":1,"action":{}}',
    "a clock of 1970": b'{"v":1,"boot":"a","seq":1,"at":5.0,"kind":"motion","value":{"count":1}}',
    "a clock of 2999": b'{"v":1,"boot":"a","seq":1,"at":32472144000.0,"kind":"motion","value":{"count":1}}',
    "a negative age": b'{"v":1,"boot":"a","seq":1,"age_ms":-5,"kind":"motion","value":{"count":1}}',
    "a newer version": b'{"v":2,"boot":"a","seq":1,"at":1795400000,"kind":"motion","value":{"count":1}}',
    "an unknown kind": b'{"v":1,"boot":"a","seq":1,"at":1795400000,"kind":"blood","value":1}',
    "a list for an action": b'{"action":["emergency"],"sos":"true","state":[]}',
}

LONG_NUMBER = b"9" * 400  # more than a float holds
_SPLINTERS = [
    b"", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b'"', b"'", b"\n", b"[", b"{", b"]", b"}", b",", b"=", b"%",
    b"-1", b"1e999", b"NaN", b"null", b"true", b"[]", b"{}", b'""', b"..", b"/", b"http://[", b"9" * 30, LONG_NUMBER,
    b"9" * 5000, b"0001-01-01T00:00:00+14:00", b"9999-12-31T23:59:59-12:00", b"[" * 3000, b'{"a":' * 3000,
]  # fmt: skip


class _Cut(NamedTuple):
    """At which of the good body's bytes, how many of them, and what stands there instead."""

    place: float
    length: int
    put: bytes


_CUTS = st.lists(
    st.builds(_Cut, st.floats(0, 1), st.integers(0, 12), st.sampled_from(_SPLINTERS) | st.binary(max_size=6)),
    min_size=1,
    max_size=3,
)


def bodies(good: bytes) -> st.SearchStrategy[bytes]:
    """Any bytes, and what is left of `good` when some of its bytes have been changed."""
    return st.binary(max_size=300) | _CUTS.map(lambda cuts: _damaged(good, cuts))


def _damaged(good: bytes, cuts: list[_Cut]) -> bytes:
    body = good
    for cut in cuts:
        place = int(cut.place * len(body))
        body = body[:place] + cut.put + body[place + cut.length :]
    return body
