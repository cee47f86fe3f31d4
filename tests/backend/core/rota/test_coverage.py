"""Who is on call, when nobody is: examples, and every minute of random rotas in places that change their clocks."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.core.rota import (
    EVERY_DAY,
    Gap,
    Hours,
    Layer,
    Leave,
    Override,
    Rota,
    Rotation,
    gaps,
    on_call,
    periods,
    shifts,
    whole_shifts,
)
from tests.backend.core.rota.walk import DAY, MINUTE, WALKS, Walk, people_by_minute
from tests.scale import scaled

AOKI, BABA, CHIBA, PARTNER = "worker:1", "worker:2", "worker:3", "partner:1"
WEEKDAYS = frozenset(range(5))
MONDAY = date(2026, 7, 6)
OFFICE = Hours(WEEKDAYS, time(9), time(17), "excluded")


def layer(*turns: str | tuple[str, ...], ref: str = "l", days: int = 7, zone: str = "Asia/Tokyo", **more: Any) -> Layer:
    people = tuple(turn if isinstance(turn, tuple) else (turn,) for turn in turns)
    return Layer(ref, zone, Rotation(days, more.pop("start", MONDAY), more.pop("handover", time(9))), people, **more)


def tokyo(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00+09:00").astimezone(UTC)


def people(rota: Rota, at: str) -> tuple[str, ...]:
    found = on_call(rota, tokyo(at))
    return found.people if found else ()


# --- layers -----------------------------------------------------------------------------------------------------------


def test_a_weekly_rotation_hands_over_at_its_hour_and_comes_round_again() -> None:
    rota = Rota((layer(AOKI, BABA),))
    assert people(rota, "07-06T08:59") == ()
    assert people(rota, "07-06T09:00") == (AOKI,)
    assert people(rota, "07-13T08:59") == (AOKI,)
    assert people(rota, "07-13T09:00") == (BABA,)
    assert people(rota, "07-20T09:00") == (AOKI,)


def test_the_highest_layer_that_names_anybody_holds_and_the_partner_has_the_rest() -> None:
    rota = Rota((layer(PARTNER, ref="night"), layer(AOKI, BABA, ref="day", days=1, hours=(OFFICE,))))
    assert people(rota, "07-10T09:00") == (AOKI,)
    assert people(rota, "07-10T16:59") == (AOKI,)
    assert people(rota, "07-10T17:00") == (PARTNER,)
    assert people(rota, "07-11T12:00") == (PARTNER,)  # Saturday
    assert people(rota, "07-20T12:00") == (PARTNER,)  # Marine Day, a Monday


def test_a_turn_of_two_is_two_people_and_one_on_leave_leaves_the_other() -> None:
    rota = Rota((layer((AOKI, BABA)),), leaves=(Leave(AOKI, tokyo("07-07T00:00"), tokyo("07-08T00:00")),))
    assert people(rota, "07-06T12:00") == (AOKI, BABA)
    assert people(rota, "07-07T12:00") == (BABA,)
    assert people(rota, "07-08T00:00") == (AOKI, BABA)


def test_hours_past_midnight_belong_to_the_day_on_which_they_begin() -> None:
    friday_night = Hours(frozenset({4}), time(22), time(6))
    rota = Rota((layer(AOKI, hours=(friday_night,)),))
    assert people(rota, "07-10T21:59") == ()
    assert people(rota, "07-11T05:59") == (AOKI,)
    assert people(rota, "07-11T06:00") == ()
    assert people(rota, "07-10T05:00") == ()


def test_hours_that_end_when_they_begin_are_a_whole_day() -> None:
    rota = Rota((layer(AOKI, hours=(Hours(frozenset({1}), time(9), time(9)),)),))
    assert gaps(rota, tokyo("07-06T09:00"), tokyo("07-13T09:00")) == [
        Gap(tokyo("07-06T09:00"), tokyo("07-07T09:00")),
        Gap(tokyo("07-08T09:00"), tokyo("07-13T09:00")),
    ]


def test_a_holiday_can_count_whatever_its_weekday() -> None:
    rota = Rota((layer(AOKI, hours=(Hours(frozenset({5, 6}), time(9), time(17), "included"),)),))
    assert people(rota, "07-11T12:00") == (AOKI,)
    assert people(rota, "07-13T12:00") == ()
    assert people(rota, "07-20T12:00") == (AOKI,)


def test_a_shift_is_an_hour_shorter_or_longer_when_the_clocks_change() -> None:
    for start, hours in ((date(2026, 3, 28), 23), (date(2026, 10, 24), 25)):
        rota = Rota((layer(AOKI, BABA, days=1, zone="Europe/Berlin", start=start),))
        begin = datetime(start.year, start.month, start.day, 12, tzinfo=UTC)
        (first, *_) = whole_shifts(rota, begin, begin + DAY)
        assert first.until - first.since == timedelta(hours=hours)


def test_a_layer_without_turns_names_nobody() -> None:
    rota = Rota((layer(AOKI, ref="low"), Layer("empty", "Asia/Tokyo", Rotation(1, MONDAY, time(0)), ())))
    assert people(rota, "07-06T12:00") == (AOKI,)
    assert list(periods(rota.layers[1], tokyo("07-06T00:00"), tokyo("07-09T00:00"))) == []


def test_a_layer_that_takes_anothers_place_leaves_the_past_as_it_was() -> None:
    change = tokyo("07-08T00:00")
    rota = Rota((layer(AOKI, ref="old", until=change), layer(BABA, ref="new", since=change)))
    assert [(shift.people, shift.until) for shift in shifts(rota, tokyo("07-07T00:00"), tokyo("07-09T00:00"))] == [
        ((AOKI,), change),
        ((BABA,), tokyo("07-09T00:00")),
    ]


# --- overrides and leave ----------------------------------------------------------------------------------------------


def override(since: str, until: str, *who: str, ref: str = "o", instead_of: str | None = None) -> Override:
    return Override(ref, tokyo(since), tokyo(until), who, instead_of)


def test_an_override_goes_before_every_layer_and_the_newest_before_all() -> None:
    first = override("07-07T09:00", "07-08T09:00", BABA, ref="first")
    second = override("07-07T12:00", "07-07T13:00", CHIBA, ref="second")
    rota = Rota((layer(AOKI),), (first, second))
    assert people(rota, "07-07T08:59") == (AOKI,)
    assert people(rota, "07-07T09:00") == (BABA,)
    assert people(rota, "07-07T12:30") == (CHIBA,)
    assert people(rota, "07-08T09:00") == (AOKI,)


def test_standing_in_changes_nothing_where_the_other_was_not_on_call() -> None:
    stand_in = override("07-06T00:00", "07-13T00:00", BABA, instead_of=AOKI)
    rota = Rota((layer(PARTNER, ref="night"), layer((AOKI, CHIBA), ref="day", hours=(OFFICE,))), (stand_in,))
    assert people(rota, "07-07T12:00") == (BABA, CHIBA)
    assert people(rota, "07-07T20:00") == (PARTNER,)
    found = on_call(rota, tokyo("07-07T12:00"))
    assert found and (found.by, found.ref, found.changed_by) == ("layer", "day", ("o",))


def test_a_stand_in_for_somebody_on_leave_holds() -> None:
    leave = Leave(AOKI, tokyo("07-06T00:00"), None)
    rota = Rota((layer(AOKI),), (override("07-07T09:00", "07-08T09:00", BABA, instead_of=AOKI),), (leave,))
    assert people(rota, "07-07T12:00") == (BABA,)
    assert people(rota, "07-08T12:00") == ()


def test_standing_in_twice_is_one_after_the_other_and_not_for_what_was_said_later() -> None:
    one = override("07-06T00:00", "07-13T00:00", BABA, ref="1", instead_of=AOKI)
    two = override("07-06T00:00", "07-13T00:00", CHIBA, ref="2", instead_of=BABA)
    later = override("07-08T00:00", "07-09T00:00", AOKI, ref="3")
    rota = Rota((layer(AOKI),), (one, two, later))
    assert people(rota, "07-07T12:00") == (CHIBA,)
    assert people(rota, "07-08T12:00") == (AOKI,)


def test_leave_falls_to_the_lower_layer_also_out_of_an_override() -> None:
    low, high = layer(PARTNER, ref="low"), layer(AOKI, ref="high")
    leave = Leave(BABA, tokyo("07-07T10:00"), tokyo("07-07T11:00"))
    rota = Rota((low, high), (override("07-07T09:00", "07-07T12:00", BABA),), (leave,))
    found = shifts(rota, tokyo("07-07T08:00"), tokyo("07-07T13:00"))
    assert [shift.people for shift in found] == [(AOKI,), (BABA,), (AOKI,), (BABA,), (AOKI,)]
    rota = Rota((low, high), leaves=(Leave(AOKI, tokyo("07-07T10:00"), None),))
    assert people(rota, "07-07T12:00") == (PARTNER,)


def test_a_rota_without_anything_is_one_gap() -> None:
    since, until = tokyo("07-06T00:00"), tokyo("07-20T00:00")
    assert gaps(Rota(), since, until) == [Gap(since, until)]
    assert gaps(Rota(), since, since) == []
    assert shifts(Rota(), since, until) == []


# --- every minute -----------------------------------------------------------------------------------------------------

PEOPLE = (AOKI, BABA, CHIBA, PARTNER)
# Most times lie where clocks are changed, so that most rotas meet that.
TIMES = st.one_of(
    st.sampled_from([time(0), time(0, 1), time(1, 30), time(2), time(2, 30), time(3), time(9), time(23, 30)]),
    st.times().map(lambda each: each.replace(second=0, microsecond=0)),
)
HOURS = st.builds(
    Hours,
    st.frozensets(st.integers(0, 6), max_size=7) | st.just(EVERY_DAY),
    TIMES,
    TIMES,
    st.sampled_from(["ignored", "excluded", "included"]),
)
TURN = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True).map(tuple)


@st.composite
def spans(draw: st.DrawFn, on: Walk) -> tuple[datetime, datetime]:
    first, second = sorted(draw(st.tuples(st.integers(0, on.minutes - 2), st.integers(0, on.minutes - 2))))
    return on.at(first), on.at(second + 1)


@st.composite
def layers(draw: st.DrawFn, on: Walk) -> Layer:
    start = on.first_day + draw(st.integers(-9, 3)) * DAY
    since, until = draw(spans(on))
    return Layer(
        ref=f"l{draw(st.integers(0, 9))}",
        zone=on.zone,
        rotation=Rotation(draw(st.sampled_from([1, 2, 7])), start, draw(TIMES)),
        turns=tuple(draw(st.lists(TURN, max_size=3))),
        hours=tuple(draw(st.lists(HOURS, max_size=2))),
        since=draw(st.sampled_from([None, None, since])),
        until=draw(st.sampled_from([None, None, until])),
    )


@st.composite
def rotas(draw: st.DrawFn, on: Walk) -> Rota:
    def overrides(number: int) -> Override:
        instead_of = draw(st.none() | st.sampled_from(PEOPLE))
        return Override(f"o{number}", *draw(spans(on)), draw(TURN), instead_of)

    def leaves() -> Leave:
        since, until = draw(spans(on))
        return Leave(draw(st.sampled_from(PEOPLE)), since, draw(st.sampled_from([until, until, None])))

    return Rota(
        tuple(draw(layers(on)) for _ in range(draw(st.integers(0, 3)))),
        tuple(overrides(number) for number in range(draw(st.integers(0, 4)))),
        tuple(leaves() for _ in range(draw(st.integers(0, 3)))),
    )


THOROUGH = settings(max_examples=scaled(600, least=60), deadline=None, suppress_health_check=[HealthCheck.too_slow])


@THOROUGH
@given(st.data(), st.sampled_from(WALKS))
def test_every_minute_is_as_the_clock_on_the_wall_says(data: st.DataObject, on: Walk) -> None:
    rota = data.draw(rotas(on))
    expected = people_by_minute(rota, on)
    since, until = data.draw(spans(on))
    begin, end = on.minute(since), on.minute(until)
    found: list[tuple[str, ...]] = [()] * on.minutes
    for shift in shifts(rota, since, until):
        first, last = on.minute(shift.since), on.minute(shift.until)
        assert found[first:last] == [()] * (last - first), "two shifts overlap"
        found[first:last] = [shift.people] * (last - first)
    assert found[begin:end] == expected[begin:end]
    for minute in data.draw(st.lists(st.integers(0, on.minutes - 1), max_size=40)):
        held = on_call(rota, on.at(minute))
        assert (held.people if held else ()) == expected[minute]
        assert held is None or held.since <= on.at(minute) < held.until


@THOROUGH
@given(st.data(), st.sampled_from(WALKS))
def test_shifts_and_gaps_are_the_whole_span_without_overlap_or_hole(data: st.DataObject, on: Walk) -> None:
    rota = data.draw(rotas(on))
    since, until = data.draw(spans(on))
    parts = sorted([*shifts(rota, since, until), *gaps(rota, since, until)], key=lambda part: part.since)
    assert (parts[0].since, parts[-1].until) == (since, until)
    assert all(part.since < part.until for part in parts)
    for one, next_ in pairwise(parts):
        assert one.until == next_.since
        assert not (isinstance(one, Gap) and isinstance(next_, Gap))
    for part in parts:
        for at in (part.since, part.since + (part.until - part.since) / 2, part.until - MINUTE / 2):
            assert on_call(rota, at) == (None if isinstance(part, Gap) else part.on_call)


@THOROUGH
@given(st.data(), st.sampled_from(WALKS))
def test_a_shift_is_the_same_whatever_span_is_asked_about(data: st.DataObject, on: Walk) -> None:
    rota = data.draw(rotas(on))
    since, until = data.draw(spans(on))
    wide = whole_shifts(rota, since - 9 * DAY, until + 9 * DAY)
    narrow = whole_shifts(rota, since, until)
    assert narrow == [shift for shift in wide if shift.until > since and shift.since < until]
