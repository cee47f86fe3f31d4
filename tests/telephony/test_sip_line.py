"""One line against telephone systems that answer, refuse, ring for ever and fall silent; all of them real programs."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.channels.desk import Progress, Spoken
from backend.channels.sip import SipVoice
from backend.channels.sip import voice as sip_voice
from backend.channels.sip.speech import Speech, Speechless
from backend.config import Sip, SipAccount
from backend.errors import DeliveryError
from backend.ports import Doubt, Found, Message
from tests.telephony import sipp
from tests.telephony.desks import RememberingDesk
from tests.telephony.exchange import NOBODY, Exchange, share_heard, words_of
from tests.telephony.sipp import Peer
from tests.telephony.waiting import eventually

BEA, BEA_DIALS = "+819011110002", "09011110002"
OpenLine = Callable[..., SipVoice]


@pytest.fixture
def desk() -> RememberingDesk:
    return RememberingDesk()


@pytest.fixture
def open_line(desk: RememberingDesk, speech: Speech) -> Iterator[OpenLine]:
    """Opens lines to a server; they are closed at the end."""
    with ExitStack() as stack:

        def open_it(server: str, *, lines: int = 1, password: str = "", **more: object) -> SipVoice:
            accounts = tuple(SipAccount(sipp.USER, password) for _ in range(lines))
            settings: dict[str, object] = {"register": False, "key_wait_s": 0.3} | more
            sip = Sip(server, accounts, listen_host="127.0.0.1", **settings)  # type: ignore[arg-type]
            return stack.enter_context(SipVoice(sip, desk, speech))

        yield open_it


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with Exchange(tmp_path / "exchange", [BEA_DIALS]) as exchange:
        yield exchange


def call(name: str = "message-1", to: str = BEA) -> Message:
    return Message(name, 1, to, "voice", "en", "Fire. Press 1.")


def doubt(message_id: str) -> Doubt:
    now = datetime.now(UTC)
    return Doubt(message_id, BEA, "", now, now)


def baresips_of(parent: int) -> set[int]:
    """The processes that run baresip and that `parent` has started."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # one that has just ended
            head, _, rest = path.read_text().rpartition(")")
            if head.endswith("(baresip") and int(rest.split()[1]) == parent:
                found.add(int(head.split()[0]))
    return found


def baresip_of_the_line(exchange: Exchange) -> int:
    """The process that the line has started."""
    (line,) = baresips_of(os.getpid()) - {exchange.pid}
    return line


def picks_up(exchange: Exchange) -> None:
    eventually(lambda: exchange.takes("CALL_INCOMING", BEA_DIALS))
    exchange.answer()
    eventually(lambda: exchange.takes("CALL_ESTABLISHED", BEA_DIALS))


def ended(desk: RememberingDesk, name: str = "message-1") -> tuple[Progress, str]:
    return eventually(lambda: desk.end(name), what=f"the end of {name}")


def test_what_is_said_is_heard_and_a_key_is_answered(
    exchange: Exchange, open_line: OpenLine, desk: RememberingDesk, speech: Speech, tmp_path: Path
) -> None:
    assert open_line(exchange.server, key_wait_s=30).send(call()).provider_ref == "message-1"
    picks_up(exchange)
    asked = speech.clip("en", desk.script_now.sentences, tmp_path / "asked.wav")
    eventually(lambda: exchange.heard_s() > asked.words_s + 0.5)
    exchange.press("1")
    assert ended(desk) == ("unanswered", "no key")  # the desk knows better: the key came before
    assert desk.pressed == ["1"]
    assert desk.reported[0] == ("message-1", "reached", "")
    heard = exchange.heard()
    assert share_heard(heard, words_of(asked)) > 0.8
    thanks = speech.clip("en", ("Thank you.",), tmp_path / "thanks.wav")
    assert share_heard(heard, words_of(thanks)) > 0.8
    goodbye = speech.clip("en", ("Goodbye.",), tmp_path / "goodbye.wav")
    assert share_heard(heard, words_of(goodbye)) < 0.4


def test_without_a_key_it_is_said_three_times_and_that_was_no_answer(
    exchange: Exchange, open_line: OpenLine, desk: RememberingDesk
) -> None:
    desk.script_now = Spoken("en", ("Fire.",), "Bye.")
    open_line(exchange.server).send(call())
    picks_up(exchange)
    assert ended(desk) == ("unanswered", "no key")
    assert (desk.scripts, desk.pressed) == (3, [])


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("486 Busy Here", ("unanswered", "busy")),
        ("603 Decline", ("unanswered", "declined")),
        ("404 Not Found", ("failed", "number cannot be called (404 Not Found)")),
        ("503 Service Unavailable", ("failed", "the line refused: 503 Service Unavailable")),
    ],
)
def test_a_call_that_is_refused_says_why(
    tmp_path: Path, open_line: OpenLine, desk: RememberingDesk, status: str, end: tuple[Progress, str]
) -> None:
    with Peer(tmp_path, sipp.refuses(status)) as peer:
        open_line(peer.server).send(call())
        assert ended(desk) == end


def test_whoever_lets_it_ring_does_not_answer(tmp_path: Path, open_line: OpenLine, desk: RememberingDesk) -> None:
    with Peer(tmp_path, sipp.rings_only()) as peer:
        open_line(peer.server, ring_s=1).send(call())
        assert ended(desk) == ("unanswered", "no answer")


def test_a_telephone_system_that_is_not_there_is_a_failure(open_line: OpenLine, desk: RememberingDesk) -> None:
    open_line(f"{NOBODY}:5060", set_up_s=1).send(call())
    assert ended(desk) == ("failed", "the line does not answer")


def test_whoever_picks_up_and_falls_silent_gives_no_answer(
    tmp_path: Path, open_line: OpenLine, desk: RememberingDesk
) -> None:
    with Peer(tmp_path, sipp.says_nothing()) as peer:
        line = open_line(peer.server)
        desk.script_now = Spoken("en", ("Fire.",), "Bye.")
        line.send(call())
        assert ended(desk) == ("unanswered", "no key")
        line.send(call("message-2"))  # the line is free for the next


def test_one_line_makes_one_call_at_a_time_and_two_lines_two(
    tmp_path: Path, open_line: OpenLine, desk: RememberingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip_voice, "FREE_LINE_S", 1.0)
    with Peer(tmp_path, sipp.rings_only()) as peer:
        two = open_line(peer.server, lines=2)
        two.send(call("message-1"))
        two.send(call("message-2"))
        with pytest.raises(DeliveryError, match="all lines are taken") as refusal:
            two.send(call("message-3"))
        assert not refusal.value.permanent


def test_a_line_is_used_only_once_the_telephone_system_knows_it(
    tmp_path: Path, open_line: OpenLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Peer(tmp_path, sipp.registers()) as peer:
        known = open_line(peer.server, register=True, password=sipp.PASSWORD)
        known.send(call())
        known.probe()  # that a line is taken is no fault of it
        monkeypatch.setattr(sip_voice, "FREE_LINE_S", 2.0)
        with pytest.raises(DeliveryError, match="no line works") as refusal:
            unknown = open_line(peer.server, register=True, password="wrong")
            unknown.send(call("message-2"))
        assert not refusal.value.permanent
        assert "403" in str(refusal.value)
        with pytest.raises(DeliveryError, match="403"):
            unknown.probe()


def test_nobody_is_called_outside_the_worker(desk: RememberingDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_voice, "FREE_LINE_S", 0.0)
    with pytest.raises(DeliveryError, match="kept by the worker"):
        SipVoice(Sip("127.0.0.1", (SipAccount("x"),)), desk).send(call())


class Hoarse(Speech):
    """Cannot speak until it is cured."""

    is_cured = False
    tried = 0

    def _make(self, language: str, sentences: Sequence[str]) -> None:
        self.tried += 1
        if not self.is_cured:
            raise Speechless("hoarse")
        super()._make(language, sentences)


def test_nobody_is_called_whom_we_could_not_speak_to(
    exchange: Exchange, desk: RememberingDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip_voice, "VOICE_AGAIN_S", 0.1)
    sip = Sip(exchange.server, (SipAccount("x"),), register=False, listen_host="127.0.0.1")
    hoarse = Hoarse(tmp_path)
    with SipVoice(sip, desk, hoarse) as line:
        eventually(lambda: hoarse.tried > 1)  # English is tried first
        assert refusal_of(line, "message-1") == "no voice: hoarse"
        assert exchange.rang(BEA_DIALS) == 0
        hoarse.is_cured = True
        eventually(lambda: not refusal_of(line, "message-2"))
        eventually(lambda: exchange.takes("CALL_INCOMING", BEA_DIALS))


def refusal_of(line: SipVoice, name: str) -> str:
    try:
        line.send(call(name))
    except DeliveryError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("number", ["", "119", "0901111", "+81@evil.example", "+8190\n/quit", "alice"])
def test_only_a_number_is_dialled(desk: RememberingDesk, number: str) -> None:
    with pytest.raises(DeliveryError) as refusal:
        SipVoice(Sip("127.0.0.1", (SipAccount("x"),)), desk).send(call(to=number))
    assert refusal.value.permanent


@pytest.mark.parametrize(
    ("numbers", "prefix", "dialled"),
    [("national", "", "09011110002"), ("national", "0", "009011110002"), ("e164", "", "+819011110002")],
)
def test_a_number_is_dialled_as_the_telephone_system_wants_it(
    desk: RememberingDesk, numbers: str, prefix: str, dialled: str
) -> None:
    sip = Sip("127.0.0.1", (SipAccount("x"),), numbers=numbers, prefix=prefix)  # type: ignore[arg-type]
    assert SipVoice(sip, desk).digits(BEA) == dialled


def test_a_baresip_that_dies_in_a_call_takes_that_call_along_and_is_started_again(
    exchange: Exchange, open_line: OpenLine, desk: RememberingDesk
) -> None:
    line = open_line(exchange.server)
    line.send(call())
    picks_up(exchange)
    os.kill(baresip_of_the_line(exchange), signal.SIGKILL)
    progress, problem = ended(desk)
    assert (progress, problem.partition(":")[0]) == ("failed", "cut off")
    exchange.hang_up()
    eventually(exchange.is_over)
    line.send(call("message-2"))
    picks_up(exchange)
    exchange.press("1")
    eventually(lambda: desk.pressed)


def test_a_baresip_that_hangs_is_replaced(exchange: Exchange, open_line: OpenLine, desk: RememberingDesk) -> None:
    line = open_line(exchange.server, ring_s=1)
    line.send(call())
    eventually(lambda: exchange.takes("CALL_INCOMING", BEA_DIALS))
    os.kill(baresip_of_the_line(exchange), signal.SIGSTOP)
    assert ended(desk) == ("failed", "cut off: no answer to hangup: Empty")
    exchange.decline()
    eventually(exchange.is_over)
    line.send(call("message-2"))
    picks_up(exchange)


def test_what_the_database_could_not_take_is_told_again(
    exchange: Exchange, open_line: OpenLine, desk: RememberingDesk
) -> None:
    open_line(exchange.server, key_wait_s=30).send(call())
    picks_up(exchange)
    eventually(lambda: exchange.heard_s() > 0.5)
    desk.away = True
    exchange.press("1")  # nobody can take it: it must not be thanked for
    eventually(lambda: desk.failures == 1)
    desk.away = False
    exchange.press("1")
    eventually(lambda: desk.pressed)
    desk.away = True
    exchange.hang_up()
    eventually(lambda: desk.failures == 2)
    desk.away = False
    assert ended(desk) == ("unanswered", "no key")
    assert desk.pressed == ["1"]


def test_stopping_the_worker_ends_the_call_and_says_so(
    exchange: Exchange, desk: RememberingDesk, speech: Speech
) -> None:
    sip = Sip(exchange.server, (SipAccount("x"),), register=False, listen_host="127.0.0.1")
    with SipVoice(sip, desk, speech) as line:
        line.send(call())
        picks_up(exchange)
    assert ended(desk) == ("failed", "cut off: the worker was stopped")
    eventually(exchange.is_over)


WORKER = """
import sys, time
from backend.channels.sip import SipVoice
from backend.config import Sip, SipAccount
from tests.telephony.desks import RememberingDesk

sip = Sip(sys.argv[1], (SipAccount("tomoshibi"),), register=False, listen_host="127.0.0.1")
with SipVoice(sip, RememberingDesk()):
    time.sleep(600)
"""


def test_a_worker_that_is_killed_takes_its_baresip_along(exchange: Exchange, tmp_path: Path) -> None:
    where = {**os.environ, "TMPDIR": str(tmp_path)}  # what it leaves behind
    worker = subprocess.Popen([sys.executable, "-c", WORKER, exchange.server], env=where)
    try:
        (baresip,) = eventually(lambda: baresips_of(worker.pid), what="the line's start")
    finally:
        worker.kill()
        worker.wait()
    eventually(lambda: not Path(f"/proc/{baresip}").exists(), what="the end of its baresip")


def test_a_call_of_this_process_is_known_and_of_others_nothing(
    exchange: Exchange, open_line: OpenLine, desk: RememberingDesk
) -> None:
    line = open_line(exchange.server)
    line.send(call())
    assert line.lookup(doubt("message-1")) == Found("sent", "message-1")
    assert line.lookup(doubt("message-2")) is None
    eventually(lambda: exchange.takes("CALL_INCOMING", BEA_DIALS))


def test_who_calls_the_line_is_refused_and_the_line_stays_free(
    exchange: Exchange, open_line: OpenLine, desk: RememberingDesk
) -> None:
    line = open_line(exchange.server)
    line.send(call())
    picks_up(exchange)
    exchange.press("1")
    assert ended(desk) == ("unanswered", "no key")
    eventually(exchange.is_over)
    contact = re.findall(rf"Contact: <(sip:{sipp.USER}[^>;]*@127.0.0.1:\d+)", exchange.trace())[-1]
    exchange.call(contact)
    eventually(exchange.was_refused)
    line.send(call("message-2"))
    picks_up(exchange)
    exchange.press("1")
    assert ended(desk, "message-2") == ("unanswered", "no key")
