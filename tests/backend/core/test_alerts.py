"""The lifecycle table and the figures beside it."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import get_args

import pytest
from contract.reports import AlertKind

from backend.core.alerts import (
    ASKED,
    CLIMATE_HOLDS_S,
    HELD,
    LIVE,
    NEXT,
    OUTCOMES,
    PRIORITY,
    RANK,
    SELF_OUTCOMES,
    UNCLAIMED,
    Event,
    Priority,
    State,
    asks_and_pages,
    claim_due,
    closes_itself,
    following,
    priority,
    waits_for_answer,
)
from backend.errors import IllegalStep

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # noon in Tokyo


@pytest.mark.parametrize(("state", "event"), list(product(State, Event)))
def test_every_pair_is_in_the_table_or_refused(state: State, event: Event) -> None:
    if (state, event) in NEXT:
        assert following(state, event) == NEXT[state, event]
    else:
        with pytest.raises(IllegalStep):
            following(state, event)


def test_every_state_but_the_first_is_reached_and_every_event_is_used() -> None:
    assert set(NEXT.values()) == set(State)
    assert {event for _state, event in NEXT} == set(Event)


def test_nothing_leaves_closed() -> None:
    assert all(state != State.CLOSED for state, _event in NEXT)
    assert set(State) == LIVE | {State.CLOSED}
    assert not UNCLAIMED & HELD


def test_every_live_alert_can_be_claimed_or_closed_and_only_a_held_one_is_closed_by_a_person() -> None:
    for state in UNCLAIMED:
        assert (state, Event.CLAIM) in NEXT
        assert (state, Event.CLOSE) not in NEXT
    for state in HELD:
        assert NEXT[state, Event.CLOSE] == State.CLOSED
        assert NEXT[state, Event.RELEASE] == State.OPEN


def test_a_sign_of_life_is_shown_in_every_live_state_and_changes_none() -> None:
    for state in LIVE:
        assert NEXT[state, Event.SIGN] == state


def test_every_kind_that_a_gateway_reports_has_a_priority() -> None:
    assert set(get_args(AlertKind)) <= set(PRIORITY)
    assert set(RANK) == set(Priority)


def air(wbgt_c: float, at: float = 1000.0) -> dict[str, dict[str, float]]:
    return {"climate": {"at": at, "wbgt_c": wbgt_c}}


def test_inactivity_in_dangerous_heat_is_an_emergency() -> None:
    assert priority("inactivity", air(31.0), 1000.0) == Priority.P1
    assert priority("inactivity", air(30.9), 1000.0) == Priority.P2
    assert priority("inactivity", {"climate": None}, 1000.0) == Priority.P2
    assert priority("inactivity", {}, 1000.0) == Priority.P2
    assert priority("battery_low", air(35.0), 1000.0) == Priority.T


def test_a_measurement_of_two_hours_ago_says_nothing_about_the_heat_now() -> None:
    assert priority("inactivity", air(35.0), 1000.0 + CLIMATE_HOLDS_S) == Priority.P1
    assert priority("inactivity", air(35.0), 1001.0 + CLIMATE_HOLDS_S) == Priority.P2


def test_an_outing_by_night_is_asked_about_before_anybody_is_paged() -> None:
    assert priority("night_out", {}, 0.0) == Priority.P2
    assert waits_for_answer("night_out", Priority.P2)
    assert not asks_and_pages("night_out", Priority.P2)
    assert "night_out" in ASKED


@pytest.mark.parametrize("kind", ["water_running", "no_water"])
def test_water_is_asked_about_before_people_are_paged(kind: str) -> None:
    assert PRIORITY[kind] == Priority.P2
    assert waits_for_answer(kind, Priority.P2)
    assert not asks_and_pages(kind, Priority.P2)
    assert kind in ASKED
    assert closes_itself(PRIORITY[kind])


def test_a_silence_in_the_heat_and_a_bathroom_stay_are_asked_about_while_people_are_paged() -> None:
    assert asks_and_pages("inactivity", Priority.P1) and asks_and_pages("bathroom", Priority.P2)
    assert not asks_and_pages("inactivity", Priority.P2)
    assert not asks_and_pages("emergency", Priority.P1)


def test_an_emergency_is_never_asked_first_and_never_closes_itself() -> None:
    assert not waits_for_answer("emergency", Priority.P1)
    assert not waits_for_answer("inactivity", Priority.P1)
    assert not waits_for_answer("bathroom", Priority.P2)
    assert waits_for_answer("inactivity", Priority.P2)
    assert [level for level in Priority if not closes_itself(level)] == [Priority.P1]


@pytest.mark.parametrize(("level", "within_s"), [("P1", 60), ("P2", 180), ("T", 4 * 3600)])
def test_each_priority_has_its_clock(level: str, within_s: float) -> None:
    assert claim_due(level, AT, "Asia/Tokyo") == AT + timedelta(seconds=within_s)


def test_the_shortened_limit_holds_for_people_who_are_called_and_not_for_the_rest() -> None:
    assert claim_due("P2", AT, "Asia/Tokyo", 20.0) == AT + timedelta(seconds=20)
    assert claim_due("P1", AT, "Asia/Tokyo", 600.0) == AT + timedelta(seconds=60)
    assert claim_due("T", AT, "Asia/Tokyo", 20.0) == AT + timedelta(hours=4)


def test_a_concern_is_due_by_the_end_of_the_buildings_day() -> None:
    assert claim_due("P3", AT, "Asia/Tokyo") == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    just_before = datetime(2026, 11, 23, 14, 59, tzinfo=UTC)
    assert claim_due("P3", just_before, "Asia/Tokyo") == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def test_every_outcome_says_what_the_rhythm_may_learn() -> None:
    assert set(OUTCOMES.values()) == {"false", "real", "unknown"}
    assert not set(OUTCOMES) & set(SELF_OUTCOMES)
    assert OUTCOMES["device_fault"] == "unknown"
