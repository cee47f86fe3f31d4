"""When many alerts at once are one incident."""

from datetime import UTC, datetime, timedelta

from backend.core.alerts import Priority
from backend.core.storms import MERGED, Calling, level_of, of_a_storm, takes_in

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def unit(number: int, ago_s: float = 0.0, level: str = "P2") -> Calling:
    return Calling(number, level, ago(ago_s), unit_id=number, gateway_id=1)


def gateway(number: int, ago_s: float = 0.0) -> Calling:
    return Calling(100 + number, "T", ago(ago_s), unit_id=None, gateway_id=number)


def storm(*calling: Calling) -> list[int]:
    return [one.alert_id for one in of_a_storm(calling, NOW, units=8, gateways=3)]


def test_eight_units_within_five_minutes_are_a_storm_and_seven_are_none() -> None:
    assert storm(*map(unit, range(1, 8))) == []
    assert storm(*map(unit, range(8, 0, -1))) == list(range(1, 9))


def test_three_silent_gateways_are_a_storm_and_a_gateways_units_count_as_units() -> None:
    assert storm(gateway(1), gateway(2)) == []
    assert storm(gateway(1), gateway(2), gateway(3)) == [101, 102, 103]
    assert storm(*[Calling(n, "T", NOW, unit_id=n, gateway_id=n) for n in range(1, 8)]) == []


def test_a_unit_with_many_alerts_and_a_gateway_with_two_count_once() -> None:
    assert storm(*[Calling(n, "P2", NOW, unit_id=1, gateway_id=1) for n in range(1, 20)]) == []
    assert storm(gateway(1), Calling(7, "P2", NOW, None, 1), gateway(2)) == []


def test_what_was_called_out_five_minutes_ago_is_not_of_it() -> None:
    seven = [unit(n, 10) for n in range(1, 8)]
    assert storm(*seven, unit(9, 300)) == []
    assert storm(*seven, unit(9, 299)) == [9, 1, 2, 3, 4, 5, 6, 7]


def test_everything_within_five_minutes_is_of_it_whatever_made_it_one() -> None:
    assert storm(gateway(1), gateway(2), gateway(3), unit(5, 100)) == [5, 101, 102, 103]


def test_an_emergency_is_of_no_storm() -> None:
    assert Priority.P1 not in MERGED


def test_an_open_incident_takes_in_what_comes_within_a_quarter_of_an_hour_of_the_last() -> None:
    assert takes_in(ago(1000), last_at=ago(900), at=NOW)
    assert not takes_in(ago(1000), last_at=ago(901), at=NOW)
    assert not takes_in(ago(10), last_at=NOW, at=ago(11))


def test_an_incident_is_as_urgent_as_its_most_urgent_member() -> None:
    assert level_of(["T", "T"]) == Priority.T
    assert level_of(["T", "P2", "T"]) == Priority.P2
