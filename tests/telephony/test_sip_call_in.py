"""Whoever calls a line of ours is heard: real telephone programs at both ends."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.adapters.store.schema import Absence, Alert
from backend.channels.sip import SipVoice
from backend.channels.sip.speech import Speech
from backend.config import Sip, SipAccount
from backend.errors import DeliveryError
from backend.ports import Message
from tests.telephony import sipp
from tests.telephony.desks import RememberingDesk, RememberingSwitchboard
from tests.telephony.exchange import Exchange, share_heard, words_of
from tests.telephony.test_sip_stories import line_to
from tests.telephony.waiting import eventually
from tests.telephony.world import SipWorld, Whistler

HANA, HANA_DIALS = "+819011110203", "09011110203"


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with Exchange(tmp_path / "exchange", [HANA_DIALS]) as exchange:
        yield exchange


@pytest.fixture
def switchboard() -> RememberingSwitchboard:
    return RememberingSwitchboard()


@pytest.fixture
def line(exchange: Exchange, switchboard: RememberingSwitchboard, speech: Speech) -> Iterator[SipVoice]:
    sip = Sip(exchange.server, (SipAccount(sipp.USER),), register=False, listen_host="127.0.0.1", key_wait_s=1)
    with SipVoice(sip, RememberingDesk(), speech, switchboard) as line:
        yield line


def to_hana(name: str) -> Message:
    return Message(name, 1, HANA, "voice", "en", "Fire.")


def address_of(line: SipVoice, exchange: Exchange) -> str:
    """Where the line can be called: it says so when it calls."""
    line.send(to_hana("a call that is declined"))
    eventually(lambda: exchange.takes("CALL_INCOMING", HANA_DIALS))
    exchange.decline()
    eventually(exchange.is_over)
    eventually(lambda: line._lines[0].state == "free")
    return str(re.findall(rf"Contact: <(sip:{sipp.USER}[^>;]*@127.0.0.1:\d+)", exchange.trace())[-1])


def test_a_caller_hears_the_words_and_a_key_is_answered(
    exchange: Exchange, line: SipVoice, switchboard: RememberingSwitchboard, speech: Speech, tmp_path: Path
) -> None:
    exchange.call(address_of(line, exchange))
    eventually(lambda: exchange.takes("CALL_ESTABLISHED", HANA_DIALS))
    asked = speech.clip("en", switchboard.first.sentences, tmp_path / "asked.wav")
    eventually(lambda: exchange.heard_s() > asked.words_s + 0.3)
    exchange.press("1")
    eventually(exchange.was_refused)
    eventually(lambda: switchboard.ended)
    (came,) = switchboard.calls
    assert (came.provider, came.caller, came.called) == ("sip-voice", HANA_DIALS, "")
    assert (switchboard.pressed, switchboard.ended) == (["1"], [came.ref])
    noted = speech.clip("en", ("Noted.",), tmp_path / "noted.wav")
    for said in (asked, noted):
        assert share_heard(exchange.heard(), words_of(said)) > 0.8


def test_whoever_says_nothing_is_told_what_comes_of_it(
    exchange: Exchange, line: SipVoice, switchboard: RememberingSwitchboard
) -> None:
    exchange.call(address_of(line, exchange))
    eventually(exchange.was_refused)
    eventually(lambda: switchboard.ended)
    assert switchboard.pressed == [""]


def test_whoever_puts_the_phone_down_frees_the_line_and_is_not_forgotten(
    exchange: Exchange, line: SipVoice, switchboard: RememberingSwitchboard
) -> None:
    exchange.call(address_of(line, exchange))
    eventually(lambda: exchange.takes("CALL_ESTABLISHED", HANA_DIALS))
    exchange.hang_up()
    eventually(lambda: switchboard.ended)
    line.send(to_hana("after it"))
    eventually(lambda: exchange.takes("CALL_INCOMING", HANA_DIALS))


def test_a_call_out_waits_for_the_line_that_a_caller_has(
    exchange: Exchange, line: SipVoice, switchboard: RememberingSwitchboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange.call(address_of(line, exchange))
    eventually(lambda: exchange.takes("CALL_ESTABLISHED", HANA_DIALS))
    monkeypatch.setattr("backend.channels.sip.voice.FREE_LINE_S", 0.1)
    with pytest.raises(DeliveryError, match="taken"):
        line.send(to_hana("in the middle of it"))
    monkeypatch.undo()
    exchange.hang_up()
    assert line.send(to_hana("after it")).provider_ref == "after it"
    eventually(lambda: exchange.takes("CALL_INCOMING", HANA_DIALS))


def test_a_switchboard_that_is_away_is_asked_again_while_it_rings(
    exchange: Exchange, line: SipVoice, switchboard: RememberingSwitchboard
) -> None:
    switchboard.away = True
    exchange.call(address_of(line, exchange))
    eventually(lambda: exchange.takes("CALL_RINGING", HANA_DIALS))
    assert not exchange.takes("CALL_ESTABLISHED", HANA_DIALS)
    switchboard.away = False
    eventually(lambda: exchange.takes("CALL_ESTABLISHED", HANA_DIALS))
    assert len(switchboard.calls) == 1


def test_a_resident_says_by_a_key_that_she_is_away(database_url: str, exchange: Exchange, tmp_path: Path) -> None:
    (tmp_path / "whistled").mkdir()
    with SipWorld(database_url, line_to(exchange.server), Whistler(tmp_path / "whistled")) as world:
        exchange.call(address_of(world.channels["voice"][0], exchange))  # type: ignore[arg-type]
        eventually(lambda: exchange.takes("CALL_ESTABLISHED", HANA_DIALS))
        eventually(lambda: exchange.heard_s() > 0.3)
        exchange.press("2")
        eventually(exchange.was_refused)
        with world.store.session(world.town.organisation_id, viewer="system:test") as session:
            assert [one.kind for one in session.scalars(select(Absence))] == ["away"]
            (case,) = session.scalars(select(Alert).where(Alert.kind == "call_in"))
            assert (case.state, case.outcome) == ("closed", "told")
