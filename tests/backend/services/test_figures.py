"""From when on it counts that nobody has claimed an alert: from when people were called for it."""

from datetime import timedelta

import pytest
from contract import reports as contract

from backend.core.figures import Life
from backend.core.waits import Wait
from backend.services import alerts, figures, snoozes
from tests.backend.services.test_flapping import come, go, three_times
from tests.backend.services.test_incidents import UNITS, the_storm
from tests.backend.services.test_maintenance import HOUR_S, plan
from tests.backend.town import START, Town


def lives(town: Town) -> dict[int, Life]:
    begin = town.now - timedelta(days=1)
    with town.session() as session:
        found = figures.lives(session, begin, town.now + timedelta(seconds=1), town.now)
    return {life.alert_id: life for life in found}


def claim_of(town: Town, alert_id: int) -> Wait | None:
    waits = lives(town)[alert_id].waits
    return None if waits is None else waits.claim


def hot(town: Town) -> contract.Evidence:
    return contract.Evidence(climate=contract.Climate(town.clock.now(), 35.0, 80.0, 32.0))


def test_what_work_on_the_equipment_holds_back_is_late_only_once_people_are_called(town: Town) -> None:
    plan(town)
    alert_id = town.raise_alert("monitoring_lost", "open")
    town.advance(600)
    assert claim_of(town, alert_id) is None
    town.advance(HOUR_S - 600)
    town.advance(30)
    town.claim(alert_id, "aoki")
    assert claim_of(town, alert_id) == Wait(30.0, over=True)


def test_what_comes_and_goes_before_people_are_called_is_neither_late_nor_a_false_alarm(town: Town) -> None:
    three_times(town)
    fourth = come(town, 4)
    town.advance(300)
    go(town, 4)
    life = lives(town)[fourth]
    assert (life.waits, life.verdict) == (None, None)


def test_what_comes_and_goes_and_lasts_is_measured_from_the_call(town: Town) -> None:
    three_times(town)
    fourth = come(town, 4)
    town.advance(600)
    town.advance(45)
    town.claim(fourth, "aoki")
    assert claim_of(town, fourth) == Wait(45.0, over=True)


def test_the_time_for_which_somebody_put_it_off_does_not_count(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    town.advance(40)
    town.do(snoozes.snooze, alert_id, "aoki", for_s=900.0, reason="spoken")
    town.advance(900)
    town.advance(20)
    town.claim(alert_id, "aoki")
    assert claim_of(town, alert_id) == Wait(60.0, over=True)


def test_a_silence_that_becomes_an_emergency_is_measured_as_one_from_then_on(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open", name="i")
    town.advance(170)
    town.report(town.alert_report("inactivity", "open", name="i", evidence=hot(town)))
    town.advance(30)
    town.claim(alert_id, "aoki")
    life = lives(town)[alert_id]
    assert (life.priority, claim_of(town, alert_id)) == ("P1", Wait(30.0, over=True))


def test_an_incident_is_counted_by_its_members_alone(town: Town) -> None:
    town.limit(storm_units=5)
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    incident = the_storm(town)
    town.advance(50)
    town.claim(incident.id, "aoki")
    town.process.tick()
    assert incident.priority == "P2"
    assert {alert_id: claim_of(town, alert_id) for alert_id in lives(town)} == dict.fromkeys(members, Wait(50.0, True))


@pytest.mark.parametrize("stage", ["resumed", "answered"])
def test_what_ended_itself_after_people_were_called_is_a_false_alarm(town: Town, stage: contract.Stage) -> None:
    called = town.raise_alert("inactivity", "open", name="i")
    town.advance(30)
    town.report(town.alert_report("inactivity", stage, name="i"))
    assert lives(town)[called].verdict == "false"


def test_what_ended_while_the_resident_was_asked_is_none(town: Town) -> None:
    town.raise_alert("inactivity", "asking", name="i")
    town.report(town.alert_report("inactivity", "resumed", name="i"))
    assert lives(town) == {}


def test_whoever_sets_out_is_waited_for_from_the_call_on(town: Town) -> None:
    alert_id = town.raise_alert("emergency", "open")
    town.advance(30)
    town.claim(alert_id, "aoki")
    town.advance(30)
    town.do(alerts.coming, alert_id, "aoki")
    waits = lives(town)[alert_id].waits
    assert waits is not None and waits.visit == Wait(60.0, over=False)
    town.advance(1200)
    town.do(alerts.arrived, alert_id, "aoki")
    waits = lives(town)[alert_id].waits
    assert waits is not None and (waits.visit, waits.since.timestamp()) == (Wait(1260.0, over=True), START)
