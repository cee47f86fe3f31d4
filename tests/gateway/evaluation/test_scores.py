"""What a watch said, judged: by hand where it can be counted by hand."""

import math
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from gateway.evaluation.choice import held_out
from gateway.evaluation.home import Home, Span, within
from gateway.evaluation.score import Score, pooled, quantile, rate, score
from gateway.evaluation.watches import Watch, alert_line, compared, cuddihy, fixed

TOKYO = ZoneInfo("Asia/Tokyo")
MIDNIGHT = 1_795_359_600.0  # in Tokyo
HOUR = 3600.0


def home(signs_h: list[float], **more: object) -> Home:
    """Signs at these hours after midnight; judged from then on."""
    known = {"down": [], "outings": [], "judged_from": MIDNIGHT, **more}
    return Home(Path("home.csv"), TOKYO, [MIDNIGHT + hour * HOUR for hour in signs_h], **known)  # type: ignore[arg-type]


def span(start_h: float, end_h: float) -> Span:
    return Span(MIDNIGHT + start_h * HOUR, MIDNIGHT + end_h * HOUR)


def test_a_silence_longer_than_the_limit_is_one_needless_check() -> None:
    found = score(home([0, 2, 9, 10, 24]), fixed(home([0, 2, 9, 10, 24]), 6.0))
    assert (found.at_home, found.away, found.days) == (2, 0, 1.0)


def test_a_check_while_the_resident_was_out_counts_as_such() -> None:
    one = home([0, 2, 9, 10, 24], outings=[span(2.5, 8.9)])
    found = score(one, fixed(one, 6.0))
    assert (found.at_home, found.away) == (1, 1)


def test_what_nobody_recorded_is_left_out() -> None:
    one = home([0, 2, 9, 10, 24], down=[span(10, 22)])
    found = score(one, fixed(one, 6.0))
    assert (found.at_home, found.away, found.days) == (1, 0, 0.5)


def test_several_words_in_one_silence_are_one_check() -> None:
    one = home([0, 24])
    said = [(MIDNIGHT + hour * HOUR, MIDNIGHT + (hour + 0.5) * HOUR) for hour in range(24)]
    assert score(one, said).at_home == 1


def test_the_delay_is_what_is_left_until_the_deadline() -> None:
    one = home([hour / 2 for hour in range(49)])
    found = score(one, fixed(one, 6.0))
    assert 5.5 <= found.delays_h[0] <= 5.6 and found.delays_h[-1] == 6.0
    assert len(found.day_delays_h) == 15 * 12
    assert quantile(found.delays_h, 0.5) == pytest.approx(5.75, abs=0.1)


def test_nothing_said_is_an_alarm_that_never_comes() -> None:
    assert score(home([0, 1]), [(MIDNIGHT, math.inf)]).delays_h[0] == math.inf


@given(st.integers(0, 60), st.floats(1, 2000))
def test_the_interval_is_the_exact_one_of_a_poisson_count(count: int, days: float) -> None:
    found = rate(count, days)
    expected_low, expected_high = found.low * days / 30, found.high * days / 30
    assert poisson.cdf(count, expected_high) == pytest.approx(0.025, rel=1e-6)
    if count:
        assert poisson.sf(count - 1, expected_low) == pytest.approx(0.025, rel=1e-6)
    else:
        assert expected_low == 0.0
    assert found.low <= found.per_30_days <= found.high


@given(st.lists(st.integers(0, 50), min_size=2, max_size=12, unique=True).map(sorted), st.integers(-1, 51))
def test_an_instant_lies_within_a_span_or_between_two(bounds: list[int], at: int) -> None:
    spans = [Span(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=False)]
    assert within(at, spans) == any(a <= at <= b for a, b in spans)


def a_score(checks: int, delay_h: float) -> Score:
    return Score(30.0, checks, 0, [delay_h], [delay_h])


def test_each_home_is_judged_by_the_dial_that_the_others_chose() -> None:
    quick, slow = (Watch("ours", dial, lambda home: []) for dial in ("quick", "slow"))
    good = {quick: a_score(0, 3.0), slow: a_score(0, 6.0)}
    bad = {quick: a_score(9, 3.0), slow: a_score(0, 6.0)}
    (found,) = held_out([good, bad]).values()
    assert (found.at_home, list(found.delays_h)) == (9, [3.0, 6.0]), "the good home misled, and the bad one warned"


def test_homes_count_by_their_days() -> None:
    together = pooled([a_score(1, 3.0), Score(60.0, 0, 2, [5.0, 7.0], [])])
    assert (together.days, together.at_home, together.away) == (90.0, 1, 2)
    assert together.delays_h == [3.0, 5.0, 7.0]


def test_cuddihys_line_has_the_buffers_that_were_published() -> None:
    usual: list[float | None] = [3600.0] * 48
    assert alert_line([usual], 1.0, 0.0) == pytest.approx([3600 * 1.7] * 48)
    assert alert_line([usual], 2.0, 3.0) == pytest.approx([3 * 3600.0] * 48)
    assert alert_line([], 1.0, 0.0) is None


def test_cuddihys_line_reaches_two_half_hours_around_a_long_silence() -> None:
    usual: list[float | None] = [600.0] * 48
    usual[20] = 7200.0
    line = alert_line([usual], 0.0, 0.0)
    assert line is not None
    assert [number for number, limit in enumerate(line) if limit == 7200.0] == [18, 19, 20, 21, 22]


def test_cuddihys_watch_learns_from_days_that_are_over_alone() -> None:
    one = home([hour / 4 for hour in range(4 * 24 * 3)])
    said = cuddihy(one, 1.0)
    # Of the first half hour of the first day nobody knows how long it had been silent before.
    early = [deadline for at, deadline in said if at < MIDNIGHT + 48 * HOUR]
    assert set(early) == {math.inf}
    later = [deadline - at for at, deadline in said if at >= MIDNIGHT + 48 * HOUR]
    assert max(later) <= 15 * 60 * 1.7 + 1


def test_every_watch_of_a_family_has_a_dial_of_its_own() -> None:
    assert len({watch.name for watch in compared()}) == len(compared())
