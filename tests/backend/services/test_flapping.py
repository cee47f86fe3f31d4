"""An alert that comes and goes: the fourth time within an hour it has to last before people are called."""

import pytest
from contract import reports as contract

from tests.backend.town import Town


def come(town: Town, time: int, kind: contract.AlertKind = "monitoring_lost", unit: str = "u203") -> int:
    return town.raise_alert(kind, "open", name=f"{kind}-{unit}-{time}", unit=unit)


def go(town: Town, time: int, kind: contract.AlertKind = "monitoring_lost", unit: str = "u203") -> None:
    town.report(town.alert_report(kind, "resumed", name=f"{kind}-{unit}-{time}", unit=unit))


def three_times(town: Town, every_s: float = 600, **where: str) -> None:
    for time in range(3):
        come(town, time, **where)  # type: ignore[arg-type]
        town.advance(every_s / 2)
        go(town, time, **where)  # type: ignore[arg-type]
        town.advance(every_s / 2)


def test_the_fourth_time_within_an_hour_nobody_is_called_until_it_has_lasted_ten_minutes(town: Town) -> None:
    three_times(town)
    calls = len(town.voice.taken)
    fourth = come(town, 4)
    town.advance(599)
    assert len(town.voice.taken) == calls
    assert (town.alert(fourth).held_why, town.alert(fourth).comes_and_goes) == ("flapping", True)
    town.advance(1)
    assert len(town.voice.taken) == calls + 1
    assert (town.alert(fourth).held_why, town.alert(fourth).comes_and_goes) == ("", True)


def test_one_that_goes_again_within_ten_minutes_has_disturbed_nobody(town: Town) -> None:
    three_times(town)
    calls, messages = len(town.voice.taken), len(town.sms.taken)
    for time in range(4, 8):
        come(town, time)
        town.advance(300)
        go(town, time)
        town.advance(60)
    assert (len(town.voice.taken), len(town.sms.taken)) == (calls, messages)


def test_three_times_in_more_than_an_hour_are_nothing_special(town: Town) -> None:
    three_times(town, every_s=1800)
    calls = len(town.voice.taken)
    come(town, 4)
    town.process.tick()
    assert len(town.voice.taken) == calls + 1


def test_another_unit_and_another_kind_are_none_of_its_business(town: Town) -> None:
    three_times(town)
    calls = len(town.voice.taken)
    come(town, 4, unit="u101")
    come(town, 4, kind="leak")
    town.advance(1)
    assert len(town.voice.taken) > calls
    assert (
        town.alert(town.find("leak-u203-4")).held_why == town.alert(town.find("monitoring_lost-u101-4")).held_why == ""
    )


def test_an_emergency_is_never_damped(town: Town) -> None:
    for time in range(5):
        come(town, time, kind="smoke")
        go(town, time, kind="smoke")
    assert {row.purpose for row in town.rows()} == {"page"}
    assert all(not town.alert(town.find(f"smoke-u203-{time}")).comes_and_goes for time in range(5))


def test_what_a_person_closed_or_the_resident_answered_did_not_go_by_itself(town: Town) -> None:
    for time in range(3):
        town.raise_alert("inactivity", "open", name=f"i{time}")
        town.report(town.alert_report("inactivity", "answered", name=f"i{time}"))
    assert not town.alert(town.raise_alert("inactivity", "open", name="i4")).comes_and_goes


def test_what_ended_while_the_resident_was_asked_is_not_counted(town: Town) -> None:
    for time in range(3):
        town.raise_alert("inactivity", "asking", name=f"i{time}")
        town.report(town.alert_report("inactivity", "resumed", name=f"i{time}"))
    assert not town.alert(town.raise_alert("inactivity", "open", name="i4")).comes_and_goes


@pytest.mark.parametrize("kind", ["battery_low", "tamper"])
def test_a_technical_one_is_marked_and_waits_for_its_clock_as_ever(town: Town, kind: contract.AlertKind) -> None:
    three_times(town, kind=kind)
    fourth = come(town, 4, kind=kind)
    town.advance(600)
    assert town.sms.taken == []
    assert town.alert(fourth).comes_and_goes
    town.advance(4 * 3600)
    assert len(town.sms.to(town.phone("endo"))) == 1
