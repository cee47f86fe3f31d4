"""How long was waited, read from histories written by hand."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.clocks import instant
from backend.core.waits import TELLING, Line, Wait, Waits, waits

BEGIN = instant(1_795_400_000.0)


def after(*lines: tuple[float, str], ends_s: float = 3600.0) -> Waits | None:
    """The waits of an alert with these lines, "held_back flapping" and the like, at so many seconds."""
    history = []
    for at_s, said in lines:
        what, _, why = said.partition(" ")
        history.append(Line(BEGIN + timedelta(seconds=at_s), what, why))
    return waits(history, BEGIN + timedelta(seconds=ends_s))


def claim(*lines: tuple[float, str], ends_s: float = 3600.0) -> Wait | None:
    found = after(*lines, ends_s=ends_s)
    return None if found is None else found.claim


def since_s(*lines: tuple[float, str]) -> float:
    found = after(*lines)
    assert found is not None
    return (found.since - BEGIN).total_seconds()


def test_from_the_opening_until_the_first_claim() -> None:
    history = (0, "raised"), (360, "opened"), (400, "claimed"), (410, "released"), (500, "claimed")
    assert claim(*history) == Wait(40.0, over=True)
    assert since_s(*history) == 360.0


def test_what_nobody_claimed_was_waited_for_until_it_ended() -> None:
    assert claim((0, "opened"), ends_s=200.0) == Wait(200.0, over=False)


@pytest.mark.parametrize("why", ["flapping", "maintenance"])
def test_what_is_held_back_from_the_first_calls_nobody(why: str) -> None:
    held = (0, "raised"), (0, "opened"), (0, f"held_back {why}")
    assert claim(*held) is None
    assert claim(*held, (300, "claimed")) is None
    assert claim(*held, (600, "hold_over"), (620, "claimed")) == Wait(20.0, over=True)
    assert since_s(*held, (600, "hold_over")) == 600.0


def test_only_the_time_in_which_people_are_called_is_counted() -> None:
    put_off = (0, "opened"), (40, "snoozed"), (40, "held_back snooze"), (3640, "hold_over")
    assert claim(*put_off, (3650, "claimed")) == Wait(50.0, over=True)
    assert claim(*put_off[:3]) == Wait(40.0, over=False)


def test_one_hold_may_follow_another() -> None:
    both = (0, "opened"), (0, "held_back flapping"), (300, "held_back maintenance"), (900, "hold_over")
    assert claim(*both, (930, "claimed")) == Wait(30.0, over=True)


def test_a_member_of_a_storm_is_called_for_by_its_incident() -> None:
    member = (0, "opened"), (2, "joined"), (2, "held_back storm")
    assert claim(*member, (70, "claimed")) == Wait(70.0, over=True)
    assert claim(*member, (50, "hold_over"), (70, "claimed")) == Wait(70.0, over=True)
    put_off = (*member, (10, "snoozed"), (10, "held_back snooze"), (910, "held_back storm"))
    assert claim(*put_off, (930, "claimed")) == Wait(30.0, over=True)


def test_what_becomes_more_urgent_is_measured_from_there() -> None:
    assert claim((0, "opened"), (170, "raised"), (200, "claimed")) == Wait(30.0, over=True)
    assert claim((0, "raised"), (60, "raised"), (60, "opened"), (90, "claimed")) == Wait(30.0, over=True)


def test_what_becomes_more_urgent_while_it_is_held_back_waits_for_the_end_of_that() -> None:
    held = (0, "opened"), (0, "held_back maintenance"), (100, "raised")
    assert claim(*held) is None
    assert claim(*held, (100, "hold_over"), (120, "claimed")) == Wait(20.0, over=True)


def test_what_becomes_more_urgent_in_somebodys_hands_waits_for_nobody() -> None:
    taken = (0, "opened"), (100, "claimed"), (500, "raised")
    assert claim(*taken) == Wait(0.0, over=True)
    found = after(*taken, (800, "arrived"))
    assert found is not None and found.visit == Wait(300.0, over=True)


def test_what_becomes_more_urgent_after_it_was_given_back_needs_a_claim_of_its_own() -> None:
    back = (0, "opened"), (10, "claimed"), (20, "coming"), (60, "released"), (500, "raised")
    assert after(*back) == Waits(BEGIN + timedelta(seconds=500), Wait(3100.0, over=False), None)
    assert claim(*back, (590, "claimed")) == Wait(90.0, over=True)


def test_a_visit_is_waited_for_from_the_call_on_where_somebody_sets_out() -> None:
    claimed = (0, "opened"), (30, "claimed")
    for lines, wanted in (
        ((), None),
        (((60, "coming"),), Wait(3600.0, over=False)),
        (((60, "coming"), (1500, "arrived")), Wait(1500.0, over=True)),
        (((1500, "arrived"), (2000, "arrived")), Wait(1500.0, over=True)),
    ):
        found = after(*claimed, *lines)
        assert found is not None and found.visit == wanted


def test_who_is_there_already_when_it_becomes_more_urgent_did_not_keep_anybody_waiting() -> None:
    found = after((0, "opened"), (30, "claimed"), (600, "arrived"), (900, "raised"))
    assert found is not None and found.visit == Wait(0.0, over=True)


@given(st.lists(st.tuples(st.floats(0, 60), st.sampled_from(sorted(TELLING)), st.sampled_from(["storm", "snooze"]))))
def test_nobody_waits_less_than_no_time_or_longer_than_the_alert_lived(steps: list[tuple[float, str, str]]) -> None:
    at, history = BEGIN, []
    for pause_s, what, why in steps:
        at += timedelta(seconds=pause_s)
        history.append(Line(at, what, why))
    found = waits(history, at)
    if found is not None:
        lived_s = (at - BEGIN).total_seconds()
        assert BEGIN <= found.since <= at
        assert 0.0 <= found.claim.s <= lived_s
        assert found.visit is None or 0.0 <= found.visit.s <= lived_s
