"""Work on the equipment: what it causes calls nobody while it lasts; people in need are called for all the same."""

from datetime import timedelta

import pytest

from backend.adapters.store.schema import Building, Maintenance
from backend.errors import Invalid, NotFound
from backend.services import alerts, maintenance
from tests.backend.town import Town

HOUR_S = 3600.0


def plan(
    town: Town, unit: str | None = None, *, in_s: float = 0.0, for_s: float = HOUR_S, reason: str = "電気工事"
) -> int:
    endo = town.actor("endo")
    with town.session() as session:
        since = town.now + timedelta(seconds=in_s)
        row = maintenance.plan(
            session,
            endo,
            building_id=session.query(Building).one().id,
            unit_id=None if unit is None else town.seeded.units[unit],
            since=since,
            until=since + timedelta(seconds=for_s),
            reason=reason,
            now=town.now,
        )
        return row.id


def end(town: Town, maintenance_id: int) -> None:
    endo = town.actor("endo")
    with town.session() as session:
        maintenance.end(session, maintenance_id, endo, now=town.now)


def stage(town: Town, maintenance_id: int) -> str:
    with town.session() as session:
        found: str = session.get_one(Maintenance, maintenance_id).stage
        return found


def test_what_the_work_causes_calls_nobody_until_the_window_ends_by_itself(town: Town) -> None:
    plan(town)
    alert_id = town.raise_alert("monitoring_lost", "open")
    town.advance(HOUR_S - 1)
    assert town.sms.taken == town.voice.taken == []
    assert town.alert(alert_id).held_why == "maintenance"
    town.advance(1)
    assert len(town.voice.to(town.phone("aoki"))) == 1
    assert town.alert(alert_id).held_why == ""


@pytest.mark.parametrize("kind", ["emergency", "smoke", "inactivity", "bathroom", "water_running", "no_water", "leak"])
def test_whoever_may_need_help_is_helped_also_during_the_work(town: Town, kind: str) -> None:
    plan(town)
    town.raise_alert(kind, "open")  # type: ignore[arg-type]
    town.process.tick()
    assert len(town.voice.to(town.phone("aoki"))) == 1


def test_work_in_one_unit_explains_nothing_of_another(town: Town) -> None:
    plan(town, "101")
    here, there = town.alert_everywhere("monitoring_lost", "u101", "u102")
    town.process.tick()
    assert (town.alert(here).held_why, town.alert(there).held_why) == ("maintenance", "")
    assert len(town.voice.taken) == 1


def test_a_silent_building_is_explained_by_work_on_all_of_it_and_not_by_that_on_a_unit(town: Town) -> None:
    town.post(town.batch())
    town.process.tick()
    plan(town, "101", for_s=2 * HOUR_S)
    town.advance(600, heard=False)
    assert len(town.voice.taken) == 1


def test_what_is_open_when_the_work_begins_is_held_back_from_then_on(town: Town) -> None:
    planned = plan(town, in_s=90)
    alert_id = town.raise_alert("monitoring_lost", "open")
    town.advance(60)
    calls = len(town.voice.taken)
    town.advance(30)
    assert (town.alert(alert_id).held_why, stage(town, planned)) == ("maintenance", "running")
    town.advance(HOUR_S - 1)
    assert len(town.voice.taken) == calls
    town.advance(1)
    assert len(town.voice.taken) == calls + 1
    assert stage(town, planned) == "over"


def test_work_that_is_over_early_or_called_off_holds_nothing_back_any_more(town: Town) -> None:
    now, later = plan(town), plan(town, in_s=2 * HOUR_S)
    town.raise_alert("monitoring_lost", "open")
    town.process.tick()
    end(town, now)
    end(town, later)
    town.process.tick()
    assert len(town.voice.to(town.phone("aoki"))) == 1
    assert stage(town, now) == stage(town, later) == "over"


def test_of_two_windows_that_overlap_the_later_end_counts(town: Town) -> None:
    plan(town)
    plan(town, "101", for_s=2 * HOUR_S)
    alert_id = town.raise_alert("monitoring_lost", "open", unit="u101")
    town.advance(HOUR_S)
    assert (town.alert(alert_id).held_why, town.voice.taken) == ("maintenance", [])
    town.advance(HOUR_S)
    assert len(town.voice.taken) == 1


def test_what_is_held_back_by_work_is_no_storm_until_the_work_is_over(town: Town) -> None:
    town.limit(storm_units=3)
    plan(town)
    units = ("u101", "u102", "u103")
    members = town.alert_everywhere("monitoring_lost", *units)
    town.process.tick()
    assert {town.alert(one).incident_id for one in members} == {None}
    town.advance(HOUR_S)
    assert len({town.alert(one).incident_id for one in members} - {None}) == 1
    assert len(town.voice.to(town.phone("aoki"))) == 1


def test_an_alert_that_is_claimed_during_the_work_and_given_back_is_held_back_again(town: Town) -> None:
    plan(town)
    alert_id = town.raise_alert("monitoring_lost", "open")
    town.claim(alert_id, "aoki")
    town.do(alerts.release, alert_id, "aoki")
    town.process.tick()
    assert (town.alert(alert_id).held_why, town.voice.taken) == ("maintenance", [])


def test_a_process_that_slept_through_the_work_still_lets_go(town: Town) -> None:
    planned = plan(town)
    town.raise_alert("monitoring_lost", "open")
    town.advance(3 * HOUR_S)
    assert len(town.voice.to(town.phone("aoki"))) == 1
    assert stage(town, planned) == "over"


@pytest.mark.parametrize(
    ("in_s", "for_s", "reason"),
    [(0, 24 * HOUR_S + 1, "x"), (0, 0, "x"), (0, -1, "x"), (-HOUR_S, HOUR_S, "x"), (0, 1, " "), (0, 1, "x" * 201)],
)
def test_it_lasts_a_day_at_most_ends_in_the_future_and_says_what_it_is(
    town: Town, in_s: float, for_s: float, reason: str
) -> None:
    with pytest.raises(Invalid):
        plan(town, in_s=in_s, for_s=for_s, reason=reason)


def test_a_unit_of_another_building_is_not_found(town: Town) -> None:
    town.add_building("b", None)
    endo = town.actor("endo")
    with pytest.raises(NotFound), town.session() as session:
        elsewhere = session.query(Building).filter_by(name="b").one().id
        maintenance.plan(
            session,
            endo,
            building_id=elsewhere,
            unit_id=town.seeded.units["101"],
            since=town.now,
            until=town.now + timedelta(hours=1),
            reason="x",
            now=town.now,
        )
