"""baresip's control port, and whoever else may listen there."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from queue import SimpleQueue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.channels.sip import control as control_module
from backend.channels.sip.control import Control, ControlLost, Event, Netstrings, netstring


@given(st.lists(st.binary(max_size=300)), st.lists(st.integers(1, 40), min_size=1))
def test_netstrings_come_whole_however_they_are_cut(bodies: list[bytes], cuts: list[int]) -> None:
    stream, netstrings, whole, n = b"".join(netstring(body) for body in bodies), Netstrings(), [], 0
    while stream:
        size = cuts[n % len(cuts)]
        whole += netstrings.feed(stream[:size])
        stream, n = stream[size:], n + 1
    assert whole == bodies


@pytest.mark.parametrize("stream", [b"abc", b":", b"-1:,", b"3:abcd", b"9999999:", b"12345678", b"\x00", b"1 :a,"])
def test_what_is_no_netstring_ends_the_connection(stream: bytes) -> None:
    with pytest.raises(ControlLost):
        Netstrings().feed(stream)


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_else(stream: bytes) -> None:
    with suppress(ControlLost):
        Netstrings().feed(stream)


class Listener:
    """Somebody at the port, who does with each command what the test says."""

    def __init__(self, answer: Callable[[dict[str, str]], bytes]) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._answer = answer
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            netstrings = Netstrings()
            while received := connection.recv(65536):
                for body in netstrings.feed(received):
                    connection.sendall(self._answer(json.loads(body)))


Listens = Callable[[Callable[[dict[str, str]], bytes]], tuple[Control, "SimpleQueue[Event | None]"]]


@pytest.fixture
def listens(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listens]:
    monkeypatch.setattr(control_module, "ANSWER_S", 0.5)
    opened: list[tuple[Control, Listener]] = []

    def listen(answer: Callable[[dict[str, str]], bytes]) -> tuple[Control, "SimpleQueue[Event | None]"]:
        listener = Listener(answer)
        happened: SimpleQueue[Event | None] = SimpleQueue()
        opened.append((Control(listener.port, happened.put), listener))
        return opened[-1][0], happened

    yield listen
    for control, listener in opened:
        control.close()
        listener.close()


def said(**fields: object) -> bytes:
    return netstring(json.dumps(fields).encode())


def test_events_come_in_between_and_what_is_unreadable_is_passed_over(listens: Listens) -> None:
    def answer(command: dict[str, str]) -> bytes:
        event = said(event=True, type="CALL_RINGING", direction="outgoing", id="7", rtcp_stats={"rtt": 0})
        strange = netstring(b'{"event":true,"type":"CALL_INCOMING","param":"sip:\xff@x"}')
        nonsense = netstring(b'{"event":true,"type":7}') + netstring(b"[]") + netstring(b"{}") + netstring(b"")
        nonsense += netstring(b"[" * 100_000) + netstring(b'{"event":true,"x":' + b"[" * 100_000)
        return event + nonsense + strange + said(response=True, ok=True, data="", token=command["token"])

    control, happened = listens(answer)
    control.command("dial", "sip:x")
    assert happened.get(timeout=60) == Event("CALL_RINGING", "outgoing", id="7")
    assert happened.get(timeout=60) == Event("CALL_INCOMING", "", "sip:\ufffd@x")


def test_a_refusal_says_what_baresip_said(listens: Listens) -> None:
    control, _ = listens(lambda command: said(response=True, ok=False, data="no such thing\n", token=command["token"]))
    with pytest.raises(ValueError, match="refuses dial: no such thing"):
        control.command("dial")


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: b"",
        lambda _: said(response=True, ok=True, token="another"),
        lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n",
        lambda _: netstring(b"\x00"),
    ],
    ids=["nothing", "to somebody else", "another program", "nonsense"],
)
def test_without_its_answer_a_command_may_or_may_not_have_been_carried_out(
    listens: Listens, answer: Callable[[dict[str, str]], bytes]
) -> None:
    control, _ = listens(answer)
    with pytest.raises(ControlLost):
        control.command("dial")
