"""How well alerts were answered, counted by hand beside the figures."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core import figures
from backend.core.clocks import instant
from backend.core.figures import FEWEST, Life, Send, Share
from backend.core.waits import Wait, Waits

AT = instant(1_795_400_000.0)


def life(claimed_s: float | None = None, open_s: float = 600.0, visit: Wait | None = None, **more: object) -> Life:
    """An alert that was claimed after so long, or was open for so long and was not."""
    claim = Wait(open_s, over=False) if claimed_s is None else Wait(claimed_s, over=True)
    of = {"alert_id": 1, "priority": "P1", "team_id": 1, "team": "ひだまり荘", "zone": "Asia/Tokyo", "hour": 3}
    return Life(**{**of, "waits": Waits(AT, claim, visit), **more})  # type: ignore[arg-type]


def test_who_was_claimed_at_the_limit_was_claimed_in_time() -> None:
    found = figures.answering([life(60.0), life(60.1), life(180.0), life(180.1)])
    assert found.within[60.0] == Share(1, 4)
    assert found.within[180.0] == Share(3, 4)


def test_an_alert_nobody_took_counts_against_the_service_once_its_time_is_over() -> None:
    assert figures.answering([life(None, open_s=61.0)]).within == {60.0: Share(0, 1), 180.0: Share(0, 0)}


def test_an_alert_that_ended_by_itself_before_its_limit_says_nothing() -> None:
    assert figures.answering([life(None, open_s=59.0)]).within[60.0] == Share(0, 0)


def test_an_alert_nobody_was_called_for_says_nothing() -> None:
    found = figures.answering([life(waits=None)])
    assert (found.within[60.0], found.on_site, found.claimed.count) == (Share(0, 0), Share(0, 0), 0)


def test_on_site_in_time_is_counted_of_those_that_somebody_set_out_for() -> None:
    visits = (Wait(2700.0, True), Wait(2701.0, True), Wait(2700.0, False), Wait(2699.0, False), None)
    found = figures.answering([life(10.0, visit=visit) for visit in visits])
    assert found.on_site == Share(1, 3)
    assert (found.arrived.count, found.arrived.median_s) == (2, 2700.5)


def test_late_is_what_waited_longer_than_three_minutes_claimed_or_not_the_newest_first() -> None:
    lives = [life(180.0), life(181.0, alert_id=2), life(None, open_s=500.0, alert_id=3), life(waits=None)]
    assert [one.alert_id for one, _ in figures.late(lives)] == [3, 2]
    older = life(400.0, alert_id=4, waits=Waits(AT - timedelta(hours=1), Wait(400.0, True), None))
    assert [one.alert_id for one, _ in figures.late([older, *lives])] == [3, 2, 4]


def test_of_few_no_share_is_given() -> None:
    few = figures.answering([life(5.0)] * (FEWEST - 1)).within[60.0]
    assert few.share is None and figures.meets(few, 0.975) is None
    enough = figures.answering([life(5.0)] * FEWEST).within[60.0]
    assert enough.share == 1.0 and figures.meets(enough, 0.975) is True


@pytest.mark.parametrize(("late", "met"), [(2, True), (3, False)])
def test_the_standard_is_met_from_its_share_on(late: int, met: bool) -> None:
    lives = [life(10.0)] * (80 - late) + [life(70.0)] * late
    assert figures.meets(figures.answering(lives).within[60.0], figures.STANDARD[60.0]) is met


def test_what_turned_out_unknown_is_no_part_of_the_false_alarms_share() -> None:
    lives = [life(1.0, verdict=verdict) for verdict in ("false", "false", "real", "real", "real", "unknown", None)]
    found = figures.outcomes(lives)
    assert (found.false, found.real, found.unknown) == (2, 3, 1)
    assert found.false_share.share == 0.4


def test_delivery_tells_what_failed_from_what_nobody_knows() -> None:
    sends = [Send("a", "answered", 1.0, 4.0), Send("a", "failed"), Send("a", "unknown", None), Send("a", "sent", 3.0)]
    found = figures.delivery(sends)
    assert (found.sends, found.failed, found.unknown) == (4, 1, 1)
    assert (found.taken.count, found.taken.median_s, found.arrived.median_s) == (2, 2.0, 4.0)


@given(st.lists(st.integers(0, 10**6).map(float), max_size=60))
def test_a_span_lies_within_what_was_seen(seen: list[float]) -> None:
    found = figures.span(seen)
    assert found.count == len(seen)
    for value in (found.median_s, found.p95_s):
        assert value is None or min(seen) <= value <= max(seen)


@given(st.lists(st.integers(0, 23)))
def test_grouping_loses_and_doubles_nothing(hours: list[int]) -> None:
    groups = figures.grouped([life(hour=hour) for hour in hours], lambda one: one.hour)
    assert list(groups) == sorted(set(hours))
    assert sorted(one.hour for of in groups.values() for one in of) == sorted(hours)
