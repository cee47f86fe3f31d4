"""Workers on LINE: linked, called, and heard."""

import pytest

from tests.phone_company.faults import Fault
from tests.phone_company.line import LineCompany
from tests.phone_company.town import Step
from tests.phone_company.world import Providers, World


def test_a_worker_links_their_line_and_takes_an_alert_with_its_button(database_url: str, line: LineCompany) -> None:
    with World(database_url, steps=(Step(("line",), "aoi"),), providers=Providers(line=line)) as world:
        aoi = line.account("Aoi")
        assert "連携されていません" in aoi.writes("こんにちは")
        code = world.screen("aoi").line_code()
        assert "連携しました" in aoi.writes(f" {code.lower()} ")
        alert = world.press_emergency()
        page = aoi.expect_message("緊急", "203号室")
        assert "引き受けました" in aoi.touches(page, "引き受ける")
        assert world.holder(alert) == "aoi"
        assert ("worker:1", "line", "answered") in world.sends(alert)


def test_a_code_is_good_once_and_only_the_latest(database_url: str, line: LineCompany) -> None:
    with World(database_url, providers=Providers(line=line)) as world:
        screen = world.screen("aoi")
        first, second = screen.line_code(), screen.line_code()
        aoi, other = line.account("Aoi"), line.account("Other")
        assert "使えません" in aoi.writes(first)
        assert "連携しました" in aoi.writes(second)
        assert "使えません" in other.writes(second)
        assert "連携済み" in screen.get("/own/")
        aoi.blocks()
        assert "未連携" in screen.get("/own/")


def test_a_repeated_webhook_does_not_claim_again_what_was_released(database_url: str, line: LineCompany) -> None:
    with World(database_url, steps=(Step(("line",), "aoi"),), providers=Providers(line=line)) as world:
        aoi = line.account("Aoi")
        world.gives("aoi", line_user=aoi.user)
        alert = world.press_emergency()
        aoi.expect_message("緊急")
        aoi.writes("1")
        event = dict(line.last_event)
        assert world.holder(alert) == "aoi"
        world.screen("aoi").press(alert, "release")
        aoi.expect_message("緊急")
        assert line.tell({**event, "deliveryContext": {"isRedelivery": True}}).status_code == 200
        assert world.holder(alert) == ""
        assert line.tell(event, signature="forged").status_code == 403
        assert "引き受けました" in aoi.writes("1")


def test_what_was_written_before_the_page_does_not_claim_it(database_url: str, line: LineCompany) -> None:
    with World(database_url, steps=(Step(("line",), "aoi"),), providers=Providers(line=line)) as world:
        aoi = line.account("Aoi")
        world.gives("aoi", line_user=aoi.user)
        alert = world.press_emergency()
        aoi.expect_message("緊急")
        assert "待っている通報はありません" in aoi.writes("1", sent_ago_s=600)
        assert world.holder(alert) == ""
        aoi.writes("1")
        assert world.holder(alert) == "aoi"


def test_the_button_of_somebody_elses_message_claims_nothing(database_url: str, line: LineCompany) -> None:
    with World(database_url, steps=(Step(("line",), "aoi"),), providers=Providers(line=line)) as world:
        aoi, bea = line.account("Aoi"), line.account("Bea")
        world.gives("aoi", line_user=aoi.user)
        world.gives("bea", line_user=bea.user)
        alert = world.press_emergency()
        page = aoi.expect_message("緊急")
        assert "待っている通報はありません" in bea.touches(page, "引き受ける")
        assert world.holder(alert) == ""
        aoi.touches(page, "引き受ける")
        assert world.holder(alert) == "aoi"


@pytest.mark.parametrize("fault", [Fault.ACCEPT_THEN_HANG, Fault.ACCEPT_SLOWLY, Fault.ACCEPT_THEN_ERROR, Fault.DROP])
def test_a_line_message_in_doubt_is_handed_over_again_and_arrives_once(
    database_url: str, line: LineCompany, fault: Fault
) -> None:
    answer_s = 0.5 if fault in (Fault.ACCEPT_THEN_HANG, Fault.ACCEPT_SLOWLY) else 10.0
    with World(
        database_url, steps=(Step(("line",), "aoi"),), providers=Providers(line=line, answer_s=answer_s)
    ) as world:
        aoi = line.account("Aoi")
        world.gives("aoi", line_user=aoi.user)
        line.order(fault, after_s=1)
        world.press_emergency()
        world.pause(3)
        aoi.expect_message("緊急")
        assert len(aoi.messages) == 1
        assert (world.aoi.rang, world.aoi.texts) == (0, [])
