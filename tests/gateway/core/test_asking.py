"""A silence that is too long: the resident is asked first, then a worker is called."""

import pytest
from contract.reports import Absence, AbsenceEnded, Alert, Answered, Building, Closed, Receipt

from gateway.core import asking
from tests.gateway.core.house import HOUR, House, building, place

LIMIT_S = 12 * HOUR  # a home that nobody knows yet


@pytest.fixture
def silent() -> House:
    """A resident seen once, and then for twelve hours no more: being asked."""
    house = House()
    house.wait(600)
    house.move()
    house.wait(LIMIT_S)
    return house


def latest(house: House) -> Alert:
    return house.alerts("inactivity")[-1]


def test_a_silence_is_asked_about_at_the_watchs_deadline_and_not_before() -> None:
    house = House()
    house.wait(600)
    house.move()
    house.wait(LIMIT_S - 60)
    assert house.alerts() == []
    house.wait(60)
    assert house.stages("inactivity") == ["asking"]
    assert latest(house).ask_until == house.now + 120
    assert latest(house).open_at == house.now + 360


def test_the_node_with_the_key_asks_for_two_minutes(silent: House) -> None:
    (ask,) = silent.told("button")
    assert (ask.kind, ask.body["do"], ask.body["for_s"]) == ("command", "ask", 120.0)
    assert b'"ask"' in ask.encode()


def test_nobody_answers_and_the_alert_opens_with_what_was_seen(silent: House) -> None:
    silent.wait(360)
    assert silent.stages("inactivity") == ["asking", "open"]
    alert = latest(silent)
    assert alert.evidence.silence_s == LIMIT_S + 360
    assert [sign.room for sign in alert.evidence.signs] == ["living"]
    assert [sensor.state for sensor in alert.evidence.sensors] == ["ok", "ok"]
    assert "12 h 6 min" in alert.reason.en
    assert "12時間6分" in alert.reason.ja


def test_an_open_silence_is_raised_once_however_long_it_lasts(silent: House) -> None:
    silent.wait(30 * HOUR)
    assert silent.stages("inactivity") == ["asking", "open"]


def test_the_key_answers_and_the_node_stops_asking(silent: House) -> None:
    silent.wait(60)
    silent.sense("button", "fine", "pressed")
    assert silent.stages("inactivity") == ["asking", "answered"]
    assert [told.body["for_s"] for told in silent.told("button")] == [120.0, 0.0]
    silent.wait(HOUR)
    assert silent.stages("inactivity") == ["asking", "answered"]


def test_the_nodes_own_ack_is_no_answer(silent: House) -> None:
    from gateway.core.inputs import Acked

    silent.take(Acked(silent.now, "button", silent.told("button")[0].body["id"], True))
    silent.wait(360)
    assert silent.stages("inactivity") == ["asking", "open"]


def test_the_answered_call_is_an_answer_and_restarts_the_clock(silent: House) -> None:
    silent.wait(180)
    silent.tell(Answered(latest(silent).alert, silent.now))
    silent.wait(11 * HOUR)
    assert silent.stages("inactivity") == ["asking", "answered"]
    silent.wait(2 * HOUR)
    assert silent.stages("inactivity") == ["asking", "answered", "asking", "open"]


@pytest.mark.parametrize("wait_s", [60, 3600])
def test_two_signs_of_life_end_an_unclaimed_alert(silent: House, wait_s: float) -> None:
    silent.wait(wait_s)
    silent.move()
    silent.sense("door", "door", "open")
    silent.sense("door", "door", "closed")
    assert silent.stages("inactivity")[-1] == "resumed"


def test_one_ghost_trip_ends_nothing(silent: House) -> None:
    silent.wait(360)
    silent.move()
    silent.wait(2 * HOUR)
    assert silent.stages("inactivity") == ["asking", "open"]


def test_after_a_claim_a_sign_is_shown_and_decides_nothing(silent: House) -> None:
    silent.wait(360)
    silent.tell(Receipt(latest(silent).alert, "claimed"))
    silent.sense("button", "fine", "pressed")
    assert silent.stages("inactivity") == ["asking", "open"]
    shown = silent.live().last_sign
    assert shown is not None
    assert (shown.at, shown.kind) == (silent.now, "press")


def test_a_new_silence_after_signs_in_a_claimed_alert_is_a_new_alert(silent: House) -> None:
    silent.wait(360)
    silent.tell(Receipt(latest(silent).alert, "claimed"))
    silent.sense("button", "fine", "pressed")
    silent.wait(13 * HOUR)
    assert silent.stages("inactivity") == ["asking", "open", "asking", "open"]
    assert len({alert.alert for alert in silent.alerts("inactivity")}) == 2


def test_a_silence_closed_as_false_is_raised_again_only_after_another_whole_limit(silent: House) -> None:
    silent.wait(360)
    silent.tell(Closed(latest(silent).alert, silent.now, "false"))
    closed_at = silent.now
    silent.wait(11 * HOUR)
    assert silent.stages("inactivity") == ["asking", "open"]
    silent.wait(14 * HOUR)
    again = silent.alerts("inactivity")[2]
    assert again.stage == "asking"
    assert again.alert != silent.alerts("inactivity")[0].alert
    assert again.open_at is not None
    assert again.open_at - 360 - closed_at == pytest.approx(again.evidence.limit_s, abs=60)


def test_without_a_node_that_can_ask_the_call_begins_at_once() -> None:
    house = House(place("pir", "101", "living", "motion", "health"))
    house.wait(600)
    house.move("pir")
    house.wait(LIMIT_S)
    assert latest(house).ask_until == house.now
    assert latest(house).open_at == house.now + 240
    assert house.told("pir") == []


def test_a_sleeping_battery_node_is_not_asked() -> None:
    house = House(place("pir", "101", "living", "motion", "fine", "health", mains=False))
    house.wait(600)
    house.move("pir")
    house.wait(LIMIT_S)
    assert house.stages("inactivity") == ["asking"]
    assert house.told("pir") == []


def test_with_no_time_to_ask_the_alert_opens_at_once() -> None:
    places = (place("button"),)
    house = House(*places, configured=building(*places, ask_node_s=0, ask_total_s=0))
    house.wait(600)
    house.move()
    house.wait(LIMIT_S)
    assert house.stages("inactivity") == ["open"]


def hot(house: House) -> None:
    house.sense("button", "climate", {"temperature_c": 36.0, "humidity_pct": 70.0})


def in_heat(*, climate_age_s: float = 600, configured: Building | None = None) -> House:
    """Twelve hours of silence are over, the last word on the air was one of dangerous heat."""
    house = House(configured=configured)
    house.wait(600)
    house.move()
    house.wait(LIMIT_S - climate_age_s)
    hot(house)
    house.wait(climate_age_s)
    return house


def test_dangerous_heat_asks_and_opens_in_one_breath() -> None:
    house = in_heat()
    asking_, opened = house.alerts("inactivity")
    assert (asking_.stage, opened.stage) == ("asking", "open")
    assert (asking_.ask_until, asking_.open_at) == (house.now + 120, house.now + 360)
    assert asking_.alert == opened.alert
    assert asking_.evidence == opened.evidence
    assert [told.body["for_s"] for told in house.told("button")] == [120.0]
    assert opened.evidence.climate is not None
    assert opened.evidence.climate.wbgt_c >= 31
    assert "WBGT" in asking_.reason.en
    assert "WBGT" in opened.reason.en
    house.wait(HOUR)
    assert house.stages("inactivity") == ["asking", "open"]


def test_dangerous_heat_with_no_time_to_ask_only_opens() -> None:
    configured = building(place("button"), place("door", "101", "entrance", "door"), ask_node_s=0, ask_total_s=0)
    assert in_heat(configured=configured).stages("inactivity") == ["open"]


def test_the_heat_of_hours_ago_is_no_evidence_and_hurries_nobody() -> None:
    house = in_heat(climate_age_s=2 * HOUR + 60)
    assert house.stages("inactivity") == ["asking"]
    assert latest(house).evidence.climate is None
    assert "WBGT" not in latest(house).reason.en
    assert house.live().climate is None, "shown as unknown, not as it was"


def test_an_emergency_carries_the_air_only_while_it_is_known() -> None:
    house = House()
    hot(house)
    house.wait(2 * HOUR - 60)
    house.press()
    house.wait(120)
    house.press()
    known, unknown = (alert.evidence.climate for alert in house.alerts("emergency"))
    assert known is not None
    assert unknown is None


def test_heat_that_comes_while_asking_opens_the_alert(silent: House) -> None:
    hot(silent)
    assert silent.stages("inactivity") == ["asking", "open"]


def test_a_sign_from_during_a_visit_that_comes_late_is_not_the_residents_either() -> None:
    house = House()
    house.wait(600)
    house.tell(Absence("101", "visit", house.now))
    during = house.now + 60
    house.wait(600)
    house.tell(AbsenceEnded("101", "visit", house.now))
    house.wait(600)
    house.sense("button", "motion", {"count": 1}, at=during, historical=True)
    house.wait(300)
    assert house.live().last_sign is None


@pytest.mark.parametrize("kind", ["away", "hospital"])
def test_an_announced_absence_is_shown_as_away_and_never_asked_about(kind: str) -> None:
    house = House()
    house.wait(600)
    house.move()
    house.tell(Absence("101", kind, house.now, house.now + 48 * HOUR))  # type: ignore[arg-type]  # parametrized
    house.wait(47 * HOUR)
    assert (house.live().watching, house.live().presence) == ("paused", "away")
    assert house.alerts() == []
    house.wait(2 * HOUR)
    assert house.live().watching == "learning"
    house.wait(13 * HOUR)
    assert house.stages("inactivity") == ["asking", "open"]


def test_a_return_from_an_announced_absence_is_noticed() -> None:
    house = House()
    house.wait(600)
    house.tell(Absence("101", "away", house.now))
    house.move()
    house.move()
    house.move()
    house.wait(60)
    assert house.live().watching == "paused", "still packing"
    house.wait(5 * HOUR)
    for _ in range(3):
        house.move()
        house.wait(60)
    assert (house.live().watching, house.live().presence) == ("learning", "home")


def test_the_away_key_pauses_the_watch_until_the_resident_is_back() -> None:
    house = House()
    house.wait(600)
    house.sense("button", "away", "out")
    assert house.live().watching == "paused"
    house.wait(20 * HOUR)
    house.sense("button", "away", "back")
    assert house.live().watching == "learning"
    assert house.alerts() == []


def test_an_entry_missing_from_the_table_changes_nothing() -> None:
    case = asking.Case("a", "inactivity", "claimed", 0.0)
    assert asking.step(case, "time") is None
    assert case.phase == "claimed"
    assert all(stage in (None, "open", "resumed", "answered") for _, stage in asking.ASKED.values())


def test_isolated_firings_in_a_silence_that_is_too_long_neither_end_the_alert_nor_raise_another(silent: House) -> None:
    for _ in range(5):
        silent.move()
        silent.wait(2 * HOUR)
    assert silent.stages("inactivity") == ["asking", "open"]


def test_the_one_firing_of_a_sensor_that_has_its_power_back_ends_nothing(silent: House) -> None:
    silent.wait(360)
    silent.cut = {"button", "door"}
    silent.idle(HOUR)
    assert silent.live().watching == "cannot_watch"
    silent.move()
    silent.cut = set()
    silent.wait(2 * HOUR)
    assert silent.stages("inactivity") == ["asking", "open"]


def test_a_late_sign_that_only_lengthens_the_limit_is_no_sign_of_life_now(silent: House) -> None:
    silent.wait(360)
    silent.sense("button", "motion", {"count": 1}, at=silent.now - 14 * HOUR, historical=True)
    assert silent.stages("inactivity") == ["asking", "open"]


def test_a_key_pressed_before_the_silence_and_told_late_is_no_answer(silent: House) -> None:
    silent.wait(60)
    silent.sense("button", "fine", "pressed", at=silent.now - 13 * HOUR, historical=True)
    assert silent.stages("inactivity") == ["asking"]
    silent.wait(360)
    assert silent.stages("inactivity") == ["asking", "open"]


def test_a_key_pressed_minutes_ago_and_told_late_is_an_answer(silent: House) -> None:
    silent.wait(100)
    silent.sense("button", "fine", "pressed", at=silent.now - 60, historical=True)
    assert silent.stages("inactivity") == ["asking", "answered"]


def test_a_silence_closed_while_its_sensors_were_lost_is_not_raised_again_when_they_are_back(silent: House) -> None:
    silent.wait(360)
    silent.cut = {"button", "door"}
    silent.idle(HOUR)
    silent.tell(Closed(latest(silent).alert, silent.now, "false"))
    silent.cut = set()
    silent.wait(11 * HOUR)
    assert silent.stages("inactivity") == ["asking", "open"]
    silent.wait(14 * HOUR)
    assert silent.stages("inactivity") == ["asking", "open", "asking", "open"]


def test_an_away_key_told_late_does_not_pause_the_watch_of_one_who_has_come_back() -> None:
    house = House()
    house.wait(6 * HOUR)
    house.move()
    house.sense("button", "away", "out", at=house.now - 5 * HOUR, historical=True)
    assert house.live().watching == "learning"
    house.wait(13 * HOUR)
    assert house.stages("inactivity") == ["asking", "open"]


def test_a_back_key_that_overtakes_the_away_key_is_the_last_word() -> None:
    house = House()
    house.wait(HOUR)
    house.sense("button", "away", "back", at=house.now - 60)
    house.sense("button", "away", "out", at=house.now - 600, historical=True)
    assert house.live().watching == "learning"
