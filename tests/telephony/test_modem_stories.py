"""Pages by SMS through a modem of one's own, and workers who write back."""

from pathlib import Path

from backend.config import Modem
from tests.phone_company import town
from tests.telephony.at_modem import RefusingModem
from tests.telephony.smsd import Smsd
from tests.telephony.waiting import eventually
from tests.telephony.world import ModemWorld

STEPS = (town.Step(("sms",), "aoi"), town.Step(("voice",), "bea"))


def test_a_worker_takes_an_alert_by_writing_back(database_url: str, tmp_path: Path) -> None:
    with Smsd(tmp_path) as smsd:
        eventually(smsd.is_ready)
        with ModemWorld(database_url, Modem(str(smsd.database)), STEPS) as world:
            alert = world.press_emergency()
            eventually(lambda: smsd.sent_to(town.AOI), world.work)
            assert all(word in smsd.sent_to(town.AOI)[0] for word in ("緊急", "203", "/c/"))
            smsd.receives("+819099990000", "1")  # somebody else's number claims nothing
            smsd.receives(town.AOI, "１")
            eventually(lambda: world.holder(alert) == "aoi")
            eventually(lambda: len(smsd.sent_to(town.AOI)) == 2)
            assert "引き受けました" in smsd.sent_to(town.AOI)[1]
            assert smsd.sent_to("+819099990000") == []
            assert world.state_of(alert, "worker:1", "sms") == "answered"


def test_a_reply_that_was_long_under_way_claims_nothing_that_was_paged_meanwhile(
    database_url: str, tmp_path: Path
) -> None:
    with Smsd(tmp_path) as smsd:
        eventually(smsd.is_ready)
        with ModemWorld(database_url, Modem(str(smsd.database)), STEPS) as world:
            alert = world.press_emergency()
            eventually(lambda: smsd.sent_to(town.AOI), world.work)
            smsd.receives(town.AOI, "1", sent_ago_s=600)  # written for another alert, when no network was there
            eventually(lambda: len(smsd.sent_to(town.AOI)) == 2)
            assert "待っている通報はありません" in smsd.sent_to(town.AOI)[1]
            assert world.holder(alert) == ""
            smsd.receives(town.AOI, "1")
            eventually(lambda: world.holder(alert) == "aoi")


def test_a_network_that_refuses_is_followed_by_a_call(database_url: str, tmp_path: Path) -> None:
    with RefusingModem() as refusing, Smsd(tmp_path, model="at", device=refusing.device) as smsd:
        eventually(smsd.is_ready)
        with ModemWorld(database_url, Modem(str(smsd.database)), STEPS) as world:
            alert = world.press_emergency()
            world.comes_to(alert, "worker:1", "failed", "sms")
            eventually(lambda: not smsd.rows("SELECT 1 FROM outbox"), what="taking it back")  # nor will it come later
            assert refusing.refused == 1
            world.aoi.expect_call("緊急").press(1).expect("受け付けました")
            assert world.holder(alert) == "aoi"


def test_an_sms_that_the_first_provider_reports_as_undelivered_is_sent_by_the_modem(
    database_url: str, tmp_path: Path
) -> None:
    with Smsd(tmp_path) as smsd:
        eventually(smsd.is_ready)
        with ModemWorld(database_url, Modem(str(smsd.database)), STEPS, sms=("twilio", "modem")) as world:
            world.aoi.takes_no_sms()
            alert = world.press_emergency()
            world.aoi.expect_sms("緊急")
            eventually(lambda: smsd.sent_to(town.AOI), world.settle)
            smsd.receives(town.AOI, "1")
            eventually(lambda: world.holder(alert) == "aoi")
            assert world.sends(alert) == [("worker:1", "sms", "failed"), ("worker:1", "sms", "answered")]
            assert len(world.aoi.texts) == 1


def test_an_sms_that_the_modem_reports_as_undelivered_is_sent_by_the_next_provider(
    database_url: str, tmp_path: Path
) -> None:
    with Smsd(tmp_path) as smsd:
        eventually(smsd.is_ready)
        with ModemWorld(database_url, Modem(str(smsd.database)), STEPS, sms=("modem", "twilio")) as world:
            alert = world.press_emergency()
            eventually(lambda: smsd.sent_to(town.AOI), world.work)
            smsd.reports(town.AOI, "Failed")
            world.comes_to(alert, "worker:1", "failed", "sms")
            world.aoi.expect_sms("緊急").open_link().press_button()
            assert world.holder(alert) == "aoi"
            assert len(smsd.sent_to(town.AOI)) == 1


def test_a_modem_that_is_gone_is_followed_by_a_call(database_url: str, tmp_path: Path) -> None:
    with Smsd(tmp_path) as smsd:
        eventually(smsd.is_ready)
        smsd.stop()
        smsd.rows("DELETE FROM phones")
        with ModemWorld(database_url, Modem(str(smsd.database)), STEPS) as world:
            alert = world.press_emergency()
            world.work()
            for wait_s in (3, 5):
                world.pause(wait_s)
            assert world.state_of(alert, "worker:1", "sms") == "failed"
            world.aoi.expect_call("緊急").press(1).expect("受け付けました")
            assert world.holder(alert) == "aoi"
