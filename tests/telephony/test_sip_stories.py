"""Somebody presses the button, and telephones ring: the whole product, real telephone programs at both ends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.channels.sip.speech import Speech
from backend.config import Sip, SipAccount
from backend.core.words import spoken
from backend.services.desk import PhoneDesk
from tests.phone_company.faults import Fault
from tests.phone_company.town import Step
from tests.telephony import sipp
from tests.telephony.exchange import NOBODY, Exchange, share_heard, words_of
from tests.telephony.sipp import Peer
from tests.telephony.waiting import eventually
from tests.telephony.world import SipWorld, Whistler

CALL_ONLY = (Step(("voice",), "aoi"),)
AOI, BEA, HANA = "09011110001", "09011110002", "09011110203"


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    with Exchange(tmp_path / "exchange", [AOI, BEA, HANA]) as exchange:
        yield exchange


@pytest.fixture
def whistler(tmp_path: Path) -> Speech:
    (tmp_path / "whistled").mkdir()
    return Whistler(tmp_path / "whistled")


def line_to(server: str, *, ring_s: float = 25, set_up_s: float = 15, key_wait_s: float = 6) -> Sip:
    account = SipAccount("tomoshibi")
    return Sip(
        server,
        (account,),
        register=False,
        listen_host="127.0.0.1",
        ring_s=ring_s,
        set_up_s=set_up_s,
        key_wait_s=key_wait_s,
    )


def picks_up(world: SipWorld, exchange: Exchange, number: str) -> None:
    eventually(lambda: exchange.takes("CALL_INCOMING", number), world.work, f"a call to {number}")
    exchange.answer()
    eventually(lambda: exchange.takes("CALL_ESTABLISHED", number))


def test_a_worker_hears_what_has_happened_and_takes_it_by_a_key(
    database_url: str, exchange: Exchange, speech: Speech, tmp_path: Path
) -> None:
    with SipWorld(database_url, line_to(exchange.server), speech) as world:
        alert = world.press_emergency()
        world.aoi.expect_sms("緊急")
        picks_up(world, exchange, AOI)
        message_id = world.message_of(alert, "worker:1")
        script = PhoneDesk(world.store, world.clock).script(message_id, message_id)
        assert script is not None
        clip = speech.clip("ja", script.sentences, tmp_path / "said.wav")
        eventually(lambda: exchange.heard_s() > 4, what="the words")
        heard = exchange.heard()
        exchange.press("1")
        eventually(lambda: world.holder(alert), what="the claim")
        assert world.holder(alert) == "aoi"
        assert share_heard(heard, words_of(clip)[: 3 * 8000]) > 0.8
        exchange.hang_up()
        eventually(exchange.is_over)
        world.advance(minutes=20)
        assert (exchange.rang(AOI), exchange.rang(BEA)) == (1, 0)


def test_whoever_took_it_is_told_so_and_the_line_hangs_up(
    database_url: str, exchange: Exchange, whistler: Speech, tmp_path: Path
) -> None:
    with SipWorld(database_url, line_to(exchange.server), whistler) as world:
        alert = world.press_emergency()
        world.aoi.expect_sms("緊急")
        picks_up(world, exchange, AOI)
        eventually(lambda: exchange.heard_s() > 1)
        exchange.press("2")
        exchange.press("1")
        eventually(exchange.is_over, what="the end of the call")
        assert world.holder(alert) == "aoi"
        taken = whistler.clip("ja", (spoken.reply("claimed", "ja"),), tmp_path / "taken.wav")
        assert share_heard(exchange.heard(), words_of(taken)) > 0.8


def test_after_a_busy_line_the_next_worker_is_called(database_url: str, exchange: Exchange, whistler: Speech) -> None:
    with SipWorld(database_url, line_to(exchange.server), whistler) as world:
        alert = world.press_emergency()
        world.aoi.expect_sms("緊急")
        eventually(lambda: exchange.takes("CALL_INCOMING", AOI), world.work)
        exchange.decline()
        world.comes_to(alert, "worker:1", "unanswered")
        world.advance(minutes=1)
        world.chika.expect_sms("未対応")
        picks_up(world, exchange, BEA)
        exchange.press("1")
        eventually(lambda: world.holder(alert) == "bea")
        eventually(exchange.is_over)
        world.aoi.expect_sms("Beaさん")
        world.chika.expect_sms("Beaさん")


@pytest.mark.parametrize(
    "scenario",
    [sipp.refuses("486 Busy Here"), sipp.rings_only(), sipp.says_nothing()],
    ids=["busy", "no answer", "falls silent"],
)
def test_a_call_that_reaches_nobody_is_followed_by_an_sms(
    database_url: str, tmp_path: Path, whistler: Speech, scenario: str
) -> None:
    with Peer(tmp_path, scenario) as peer:
        line = line_to(peer.server, ring_s=1, key_wait_s=0.2)
        with SipWorld(database_url, line, whistler, CALL_ONLY) as world:
            alert = world.press_emergency()
            world.comes_to(alert, "worker:1", "unanswered")
            world.aoi.expect_sms("緊急").open_link().press_button()
            assert world.holder(alert) == "aoi"


def test_a_call_that_the_telephone_system_cannot_make_is_made_by_the_next_provider(
    database_url: str, tmp_path: Path, whistler: Speech
) -> None:
    with (
        Peer(tmp_path, sipp.refuses("503 Service Unavailable")) as peer,
        SipWorld(database_url, line_to(peer.server), whistler, CALL_ONLY) as world,
    ):
        alert = world.press_emergency()
        world.comes_to(alert, "worker:1", "failed")
        world.aoi.expect_call("緊急").press(1).expect("受け付けました")
        assert world.holder(alert) == "aoi"
        assert world.sends(alert) == [("worker:1", "voice", "failed"), ("worker:1", "voice", "answered")]


def test_a_telephone_system_that_is_away_and_a_second_one_that_refuses_are_followed_by_an_sms(
    database_url: str, whistler: Speech
) -> None:
    away = line_to(f"{NOBODY}:5060", set_up_s=1)
    with SipWorld(database_url, away, whistler, CALL_ONLY) as world:
        world.company.order(Fault.REFUSE, status=400, code=21211, only="Calls")
        alert = world.press_emergency()
        world.comes_to(alert, "worker:1", "failed")
        world.aoi.expect_sms("緊急").open_link().press_button()
        assert world.holder(alert) == "aoi"


def test_a_resident_answers_by_a_key(database_url: str, exchange: Exchange, whistler: Speech) -> None:
    with SipWorld(database_url, line_to(exchange.server), whistler) as world:
        alert = world.silence()
        world.advance(seconds=125)
        picks_up(world, exchange, HANA)
        exchange.press("1")
        eventually(lambda: world.alert(alert).outcome == "answered")
        eventually(exchange.is_over)
        world.advance(hours=1)
        assert (exchange.rang(AOI), exchange.rang(HANA)) == (0, 1)
