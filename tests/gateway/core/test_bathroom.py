"""A stay in the bathroom far beyond the resident's usual ones."""

from zoneinfo import ZoneInfo

import msgspec
import pytest
from contract.reports import Absence, AbsenceEnded, Alert, Answered, Closed, Configure, NodePlace, Receipt

from gateway.core import stays
from gateway.core.building import BuildingCore
from gateway.core.decisions import Send
from tests.gateway.core.house import HOUR, START, House, building, place
from tests.gateway.core.test_late_signs import REST

DAY, MINUTE = 24 * HOUR, 60.0
MORNING = START - 4 * HOUR  # 2026-11-23 08:00 in Tokyo
FLAT = (
    place("button"),
    place("bath", "101", "bathroom", "motion", "fine", mains=False),
    place("wc", "101", "toilet", "motion", mains=False),
    place("bed", "101", "bedroom", "motion", mains=False),
    place("tap", "101", "kitchen", "water", mains=False),
)


def visit(house: House, at: float, minutes: float, node: str = "bath", back: str = "button") -> None:
    """Into a wet room at `at`, and after so many minutes a sign elsewhere."""
    for instant, where in ((at, node), (at + minutes * MINUTE, back)):
        while house.now < instant:
            house.idle(min(2 * HOUR, instant - house.now))
            house.sense("wc", "health", {"uptime_s": 1})
        house.move(where)


def lived(days: int = 20, *, minutes: float = 20.0, places: tuple[NodePlace, ...] = FLAT) -> House:
    """A house whose resident bathes at 8:00 and at 20:00 for so long and gets up once in each night."""
    house = House(*places, configured=building(*places))
    for day in range(1, days + 1):
        at = MORNING + day * DAY
        visit(house, at - 5 * HOUR, 5, "wc", "bed" if any(found.node == "bed" for found in places) else "wc")
        house.idle(at - HOUR - house.now)
        house.move()
        visit(house, at, minutes)
        for hours in (3, 7):
            house.idle(at + hours * HOUR - house.now)
            house.move()
        visit(house, at + 12 * HOUR, minutes)
    house.idle(MORNING + (days + 1) * DAY - house.now)
    house.move()
    house.decided.clear()
    return house


@pytest.fixture(scope="module")
def taught() -> bytes:
    return lived().core.dump()


@pytest.fixture
def house(taught: bytes) -> House:
    """At 8:00 of the 22nd day, just seen in the living room."""
    found = House(*FLAT)
    found.core.load(taught)
    found.seq, found.now = 100_000, MORNING + 21 * DAY
    found.cut = {place.node for place in FLAT if not place.mains}
    found.decided.clear()
    found.journal.clear()
    return found


def go_in(house: House, node: str = "bath") -> None:
    house.wait(MINUTE)
    house.move(node)


def latest(house: House) -> Alert:
    return house.alerts("bathroom")[-1]


@pytest.fixture
def alarmed(house: House) -> House:
    """Eighty minutes in the bathroom."""
    go_in(house)
    house.wait(80 * MINUTE)
    return house


def test_a_stay_beyond_the_limit_asks_and_opens_in_one_breath_and_not_before(house: House) -> None:
    go_in(house)
    house.wait(stays.FLOOR_S - 1)
    assert house.alerts("bathroom") == []
    house.wait(1)
    asking, opened = house.alerts("bathroom")
    assert (asking.stage, opened.stage) == ("asking", "open")
    assert asking.alert == opened.alert
    assert asking.ask_until == house.now + 120
    assert [told.body["do"] for told in house.told("button")] == ["ask"]
    house.wait(4 * HOUR)
    assert house.stages("bathroom") == ["asking", "open"], "it is raised once"


def test_it_says_why_in_both_languages_with_the_evidence(alarmed: House) -> None:
    alert = latest(alarmed)
    assert "1 h 15 min without a sign in any other room" in alert.reason.en
    assert "the longest in the last 20 recorded days was 20 min. Last: bathroom, 12-14 08:01." in alert.reason.en
    assert alert.reason.ja.startswith("浴室・トイレに入ってから1時間15分、ほかの部屋での動きがありません。")
    assert "直近20日間では最長20分でした。最後の動きは浴室、12-14 08:01です。" in alert.reason.ja
    found = alert.evidence
    assert (found.silence_s, found.limit_s) == (stays.FLOOR_S, stays.FLOOR_S)
    assert (found.usual_max_s, found.usual_days, found.place) == (20 * MINUTE, 20, "bathroom")


def test_motion_in_the_wet_rooms_does_not_end_a_stay(house: House) -> None:
    go_in(house, "wc")
    for _ in range(7):
        house.wait(11 * MINUTE)
        house.move("bath")
    assert house.stages("bathroom") == ["asking", "open"]
    assert latest(house).since == house.now - 77 * MINUTE


@pytest.mark.parametrize("node", ["button", "bed"])
def test_a_sign_in_any_other_room_ends_it_at_once(alarmed: House, node: str) -> None:
    alarmed.move(node)
    assert alarmed.stages("bathroom") == ["asking", "open", "resumed"]
    assert latest(alarmed).reason.en == "A sign has come from another room."
    assert [told.body["for_s"] for told in alarmed.told("button")] == [120.0]


def test_running_water_is_no_sign_of_being_elsewhere(alarmed: House) -> None:
    alarmed.sense("tap", "water", {"l_per_min": 0.0})
    alarmed.sense("tap", "water", {"l_per_min": 4.0})
    assert alarmed.stages("bathroom") == ["asking", "open"]


@pytest.mark.parametrize("node", ["button", "bath"])
def test_the_fine_key_is_an_answer_wherever_it_hangs_and_the_limit_runs_anew(alarmed: House, node: str) -> None:
    alarmed.sense(node, "fine", "pressed")
    assert alarmed.stages("bathroom") == ["asking", "open", "answered"]
    alarmed.wait(stays.FLOOR_S - 1)
    assert len(alarmed.alerts("bathroom")) == 3
    alarmed.wait(1)
    assert len(alarmed.alerts("bathroom")) == (5 if node == "bath" else 3)


def test_the_fine_key_stops_the_nodes_that_ask(house: House) -> None:
    go_in(house)
    house.wait(stays.FLOOR_S)
    house.sense("bath", "fine", "pressed")
    assert [told.body["for_s"] for told in house.told("button")] == [120.0, 0.0]


def test_the_answered_call_ends_it_too(alarmed: House) -> None:
    alarmed.tell(Answered(latest(alarmed).alert, alarmed.now))
    assert alarmed.stages("bathroom") == ["asking", "open", "answered"]


def test_after_a_claim_a_sign_elsewhere_is_shown_and_the_next_stay_is_an_alert_of_its_own(alarmed: House) -> None:
    alarmed.tell(Receipt(latest(alarmed).alert, "claimed"))
    alarmed.move("button")
    assert alarmed.stages("bathroom") == ["asking", "open"]
    go_in(alarmed)
    alarmed.wait(80 * MINUTE)
    assert alarmed.stages("bathroom") == ["asking", "open", "asking", "open"]
    assert len({alert.alert for alert in alarmed.alerts("bathroom")}) == 2


def test_a_stay_closed_as_false_is_raised_again_only_after_another_whole_limit(alarmed: House) -> None:
    alarmed.tell(Closed(latest(alarmed).alert, alarmed.now, "false"))
    alarmed.wait(stays.FLOOR_S - 1)
    assert alarmed.stages("bathroom") == ["asking", "open"]
    alarmed.wait(1)
    assert alarmed.stages("bathroom") == ["asking", "open", "asking", "open"]


@pytest.mark.parametrize("kind", ["away", "hospital", "visit"])
def test_a_stay_ends_with_an_announced_absence_or_a_visit_and_is_not_raised_in_it(house: House, kind: str) -> None:
    go_in(house)
    house.tell(Absence("101", kind, house.now, house.now + 5 * HOUR))  # type: ignore[arg-type]  # parametrized
    house.move("bath")
    house.wait(4 * HOUR)
    assert house.alerts("bathroom") == []
    house.tell(AbsenceEnded("101", kind, house.now))  # type: ignore[arg-type]  # parametrized
    house.wait(2 * HOUR)
    assert house.alerts("bathroom") == []


def test_while_nobody_can_watch_it_is_not_raised_and_afterwards_its_limit_runs_anew(house: House) -> None:
    go_in(house)
    for found in FLAT:
        house.say(found.node, "offline")
    house.idle(2 * HOUR)
    assert house.live().watching == "cannot_watch"
    assert house.alerts("bathroom") == []
    house.sense("bath", "health", {"uptime_s": 1})
    house.wait(stays.FLOOR_S - 1)
    assert house.alerts("bathroom") == []
    house.wait(1)
    assert house.stages("bathroom") == ["asking", "open"]


def test_an_outage_of_the_gateway_raises_nothing_about_what_it_did_not_see(house: House) -> None:
    go_in(house)
    house.now += 2 * HOUR
    house.sense("bath", "health", {"uptime_s": 1})
    assert house.alerts("bathroom") == []
    house.sense("button", "motion", {"count": 1}, at=house.now - HOUR, historical=True)
    house.wait(2 * HOUR)
    assert house.alerts("bathroom") == []
    assert stays.longest_s(house.core.units["101"].state.stays) == 20 * MINUTE, "and teaches nothing"


def test_it_stands_beside_an_inactivity_alert_and_takes_nothing_away_from_it(house: House) -> None:
    go_in(house)
    house.wait(14 * HOUR)
    assert house.stages("bathroom") == ["asking", "open"]
    assert house.stages("inactivity") == ["asking", "open"]
    house.tell(Closed(latest(house).alert, house.now, "false"))
    assert house.stages("inactivity") == ["asking", "open"]


# --- signs that come late ---


def test_a_sign_elsewhere_that_comes_late_ends_the_stay_when_it_was_sensed(alarmed: House) -> None:
    alarmed.sense("bed", "motion", {"count": 1}, at=alarmed.now - 40 * MINUTE, historical=True)
    assert alarmed.stages("bathroom") == ["asking", "open", "resumed"]


def test_a_late_sign_from_before_the_stay_ends_nothing(alarmed: House) -> None:
    alarmed.sense("bed", "motion", {"count": 1}, at=alarmed.now - 90 * MINUTE, historical=True)
    assert alarmed.stages("bathroom") == ["asking", "open"]


def test_a_late_sign_from_within_the_stay_begins_it_anew_at_the_next_sign_inside(house: House) -> None:
    go_in(house)
    begin = house.now
    house.wait(30 * MINUTE)
    house.move("bath")
    house.wait(10 * MINUTE)
    house.sense("bed", "motion", {"count": 1}, at=begin + 20 * MINUTE, historical=True)
    house.wait(begin + 30 * MINUTE + stays.FLOOR_S - 1 - house.now)
    assert house.alerts("bathroom") == []
    house.wait(1)
    assert latest(house).since == begin + 30 * MINUTE


def test_a_sign_inside_that_comes_late_counts_from_when_it_was_sensed(house: House) -> None:
    house.wait(50 * MINUTE)
    house.sense("bath", "motion", {"count": 1}, at=house.now - 40 * MINUTE, historical=True)
    house.wait(stays.FLOOR_S - 40 * MINUTE)
    assert house.stages("bathroom") == ["asking", "open"]


def test_a_visit_already_learned_is_shortened_by_what_comes_late() -> None:
    house = lived(3)
    visit(house, house.now + HOUR, 90)
    kept = house.core.units["101"].state.stays
    assert stays.longest_s(kept) == 90 * MINUTE
    house.sense("bed", "motion", {"count": 1}, at=house.now - 80 * MINUTE, historical=True)
    assert stays.longest_s(kept) == 20 * MINUTE


# --- what is learned ---


def test_before_enough_is_known_the_limit_is_a_stated_one() -> None:
    house = lived(3)
    house.cut = {place.node for place in FLAT if not place.mains}
    go_in(house)
    house.wait(stays.DEFAULT_S - 30 * MINUTE)
    assert house.alerts("bathroom") == []
    house.wait(30 * MINUTE)
    assert house.stages("bathroom") == ["asking", "open"]


def test_who_always_bathes_for_an_hour_is_left_alone_for_longer() -> None:
    house = lived(14, minutes=65)
    house.cut = {place.node for place in FLAT if not place.mains}
    assert house.alerts("bathroom") == []
    go_in(house)
    house.wait(1.5 * 65 * MINUTE - 1)
    assert house.alerts("bathroom") == []
    house.wait(1)
    assert house.stages("bathroom") == ["asking", "open"]


def test_no_limit_is_longer_than_the_ceiling(house: House) -> None:
    known = house.core.units["101"].state.stays
    for day in known.days.values():
        day.longest = [stays.Visit(visit.since, int(stays.CEILING_S), visit.part) for visit in day.longest]
    assert stays.limit_s(known, house.now, house.core.units["101"].house.zone) == stays.CEILING_S


def test_one_long_stay_alone_does_not_make_the_limit_long(house: House) -> None:
    visit(house, house.now + MINUTE, 70)
    go_in(house)
    house.wait(stays.FLOOR_S)
    assert house.stages("bathroom") == ["asking", "open"]
    assert latest(house).evidence.usual_max_s == 70 * MINUTE, "though it is told"


@pytest.mark.parametrize(("verdict", "teaches"), [("real", False), ("unknown", False), ("false", True)])
def test_a_stay_that_ended_in_a_real_alarm_does_not_teach(alarmed: House, verdict: str, teaches: bool) -> None:
    alarmed.tell(Closed(latest(alarmed).alert, alarmed.now, verdict))  # type: ignore[arg-type]  # parametrized
    alarmed.move("button")
    longest_s = stays.longest_s(alarmed.core.units["101"].state.stays)
    assert (longest_s > 75 * MINUTE) == teaches


def test_a_stay_in_which_help_was_called_does_not_teach_although_the_alert_is_closed_later(house: House) -> None:
    go_in(house)
    house.wait(10 * MINUTE)
    house.press("bath")
    house.wait(40 * MINUTE)
    house.move("button")
    assert stays.longest_s(house.core.units["101"].state.stays) == 50 * MINUTE
    house.tell(Closed(house.alerts("emergency")[-1].alert, house.now, "real"))
    assert stays.longest_s(house.core.units["101"].state.stays) == 20 * MINUTE


def test_a_home_whose_bedroom_no_sensor_sees_is_not_alarmed_about_at_night() -> None:
    places = tuple(found for found in FLAT if found.node != "bed")
    house = lived(14, places=places)
    alerts = house.alerts("bathroom")
    for night in range(3):
        visit(house, MORNING + (16 + night) * DAY - 9 * HOUR, 8 * 60, "wc")
    assert alerts == house.alerts("bathroom") == []
    visit(house, house.now + 10 * MINUTE, 10)
    visit(house, house.now + HOUR, 80)
    assert house.stages("bathroom") == ["asking", "open", "resumed"], "but by day"


def test_one_ghost_trip_behind_the_closed_door_is_no_stay(house: House) -> None:
    door = place("door", "101", "entrance", "door", mains=False)
    house.places = (*FLAT, door)
    house.tell(Configure(building(*house.places)))
    house.sense("door", "door", "open")
    house.sense("door", "door", "closed")
    house.wait(2 * HOUR)
    house.move("bath")
    house.wait(3 * HOUR)
    assert house.alerts("bathroom") == []


def test_what_is_kept_is_bounded() -> None:
    kept = stays.Stays()
    for n in range(65 * 24):
        stays.saw(kept, START + n * HOUR, ("bathroom", "living")[n % 2], ZoneInfo("Asia/Tokyo"))
    assert len(kept.days) <= stays.WINDOW_DAYS + 1
    assert len(msgspec.msgpack.encode(kept)) < 6000


# --- what outlives a restart ---


def test_a_restart_anywhere_changes_nothing(house: House, taught: bytes) -> None:
    go_in(house)
    house.idle(40 * MINUTE)
    house.move("bath")
    house.idle(HOUR)
    house.move("button")
    for cut in range(0, len(house.journal), 6):
        core = BuildingCore("gw1")
        core.load(taught)
        decided = [decision for entry in house.journal[:cut] for decision in core.apply(entry)]
        body, core = core.dump(), BuildingCore("gw1")
        core.load(body)
        decided += [decision for entry in house.journal[cut:] for decision in core.apply(entry)]
        assert decided == house.decided
    assert [d for d in house.decided if isinstance(d, Send) and isinstance(d.report, Alert)]


def test_a_snapshot_of_a_gateway_that_knew_of_no_stays_is_read(taught: bytes) -> None:
    old = msgspec.msgpack.decode(taught)
    for state, _ in old["units"].values():
        del state["stays"]
    core = BuildingCore("gw1")
    core.load(msgspec.msgpack.encode(old))
    assert core.units["101"].state.stays == stays.Stays()


def test_a_unit_left_out_and_put_back_knows_its_stays(house: House) -> None:
    known = house.core.units["101"].state.stays.days
    house.tell(Configure(REST))
    house.tell(Configure(building(*FLAT)))
    assert house.core.units["101"].state.stays.days == known


def test_a_clock_that_was_set_back_leaves_no_stay_of_the_future(house: House) -> None:
    go_in(house)
    house.now -= 30 * DAY
    house.sense("button", "health", {"uptime_s": 1})
    kept = house.core.units["101"].state.stays
    assert kept.current is None
    assert kept.days == {}
    house.wait(HOUR)
    assert house.alerts("bathroom") == []
