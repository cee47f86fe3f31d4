"""A silent gateway, and who watches the worker."""

import threading
from datetime import datetime

import pytest
from contract import reports as contract
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from backend.adapters.store import Store
from backend.adapters.store.schema import Alert, Gateway, PolicyStep, SafetyCheck
from backend.core.clocks import instant
from backend.services import directory, heartbeats, supervision
from tests.backend.test_worker import running, wait_for
from tests.backend.town import START, Town


def kinds(town: Town) -> list[tuple[str, str, str]]:
    with town.session() as session:
        return [(one.kind, one.priority, one.state) for one in session.scalars(select(Alert).order_by(Alert.id))]


def beaten_at(town: Town) -> datetime | None:
    with town.store.system_reading() as session:
        return heartbeats.last(session, "worker")


def gives_it_its_time_from_now_on(town: Town) -> None:
    """The running worker does to the gateway, whose silence it notices 90 s from now and not sooner."""
    wait_for(lambda: beaten_at(town) == town.real_now)
    town.real.advance(seconds=60)
    wait_for(lambda: beaten_at(town) == town.real_now)
    assert kinds(town) == []
    town.real.advance(seconds=30)
    wait_for(lambda: kinds(town) == [("gateway_silent", "T", "open")])


def heard(town: Town) -> None:
    town.post(town.batch())
    town.process.tick()


def silent(town: Town, seconds: float) -> None:
    town.advance(seconds, heard=False)


def test_a_gateway_that_never_came_is_a_fault_and_no_emergency(town: Town) -> None:
    silent(town, 0)
    silent(town, 89)
    assert kinds(town) == []
    silent(town, 1)
    assert kinds(town) == [("gateway_silent", "T", "open")]
    assert "まだつながっていません" in town.alert(1).reason_ja
    assert town.alert(1).since == instant(START)
    silent(town, 7 * 86400)
    assert [kind for kind, _priority, _state in kinds(town)] == ["gateway_silent"], "nobody is woken for it"


def test_a_gateway_that_comes_at_last_ends_its_fault_and_is_watched_as_any_other(town: Town) -> None:
    silent(town, 0)
    silent(town, 7200)
    heard(town)
    assert kinds(town) == [("gateway_silent", "T", "closed")]
    silent(town, 600)
    assert [kind for kind, _priority, _state in kinds(town)] == ["gateway_silent", "gateway_silent", "monitoring_lost"]


def test_a_gateway_that_never_came_is_expected_only_where_somebody_lives(town: Town) -> None:
    silent(town, 0)
    town.everybody_moves_out()
    silent(town, 86400)
    assert kinds(town) == []
    town.moves_in("203")
    silent(town, 1)
    assert kinds(town) == [("gateway_silent", "T", "open")]


def test_what_is_wrong_with_one_building_hides_no_silence_of_another(town: Town) -> None:
    other = town.another_organisation()
    heard(town)
    town.hear(other)
    with town.session() as session:
        for step in session.scalars(select(PolicyStep)):
            step.target = "nobody at all"
    silent(town, 600)
    with town.store.session(other.organisation_id) as session:
        assert set(session.scalars(select(Alert.kind))) == {"gateway_silent", "monitoring_lost"}


def test_of_many_that_fall_silent_together_some_are_seen_to_at_once_and_in_the_end_all(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "MOST_AT_ONCE", 3)
    heard(town)
    with town.session() as session:
        here = session.get_one(Gateway, town.seeded.gateway_id)
        for number in range(6):
            gateway, _credential = directory.add_gateway(
                session, building_id=here.building_id, ref=f"more-{number}", now=town.now, real_now=town.real_now
            )
            gateway.last_seen_at, gateway.last_seen_real_at = town.now, town.real_now
    silent(town, 90)
    assert kinds(town).count(("gateway_silent", "T", "open")) == 3
    silent(town, 1)
    silent(town, 1)
    assert kinds(town).count(("gateway_silent", "T", "open")) == 7


def test_silence_becomes_red_then_one_p2_for_the_building_then_a_check_for_every_unit(town: Town) -> None:
    heard(town)
    silent(town, 89)
    assert kinds(town) == []
    silent(town, 1)
    assert kinds(town) == [("gateway_silent", "T", "open")]
    silent(town, 509)
    assert len(kinds(town)) == 1
    silent(town, 1)
    assert kinds(town)[1] == ("monitoring_lost", "P2", "open")
    assert all(unit in town.alert(2).reason_ja for unit in town.seeded.units)
    assert len(town.sms.to(town.phone("aoki"))) == 1
    silent(town, 6600)
    with town.session() as session:
        checks = session.scalars(select(SafetyCheck)).all()
        assert {check.unit_id for check in checks} == set(town.seeded.units.values())
        assert {check.state for check in checks} == {"open"}
    silent(town, 600)
    assert len(kinds(town)) == 2


def test_its_return_ends_what_nobody_has_claimed_and_leaves_the_checks_open(town: Town) -> None:
    heard(town)
    silent(town, 7200)
    town.claim(2, "aoki")
    heard(town)
    assert kinds(town) == [("gateway_silent", "T", "closed"), ("monitoring_lost", "P2", "claimed")]
    with town.session() as session:
        assert {check.state for check in session.scalars(select(SafetyCheck))} == {"open"}
        assert session.get_one(Gateway, town.seeded.gateway_id).silent_stage == 0


def test_a_second_silence_is_a_second_alert(town: Town) -> None:
    heard(town)
    silent(town, 90)
    heard(town)
    silent(town, 90)
    assert [kind for kind, _priority, _state in kinds(town)] == ["gateway_silent"] * 2


def test_a_silent_gateway_ends_no_alert_that_is_asking_or_open(town: Town) -> None:
    heard(town)
    asking = town.raise_alert("inactivity", "asking")
    silent(town, 600)
    assert town.alert(asking).state == "open"  # nobody answered, and nothing was taken back


def test_two_workers_notice_a_silence_once(town: Town) -> None:
    heard(town)
    second = town.start_process()
    second.tick()
    silent(town, 600)
    second.tick()
    assert len(kinds(town)) == 2


def test_after_a_long_stop_of_ours_a_gateway_is_given_time_to_be_heard(town: Town) -> None:
    heard(town)
    town.real.advance(seconds=3600)
    town.process = town.start_process()
    town.process.tick()
    assert kinds(town) == []
    silent(town, 90)
    assert kinds(town) == [("gateway_silent", "T", "open")]


def test_a_second_worker_after_a_long_stop_gives_a_gateway_as_much_time_as_the_first(town: Town) -> None:
    heard(town)
    town.real.advance(seconds=3600)
    town.process = town.start_process()
    town.process.tick()
    town.real.advance(seconds=10)
    second = town.start_process()
    second.tick()
    assert kinds(town) == []
    town.real.advance(seconds=80)
    second.tick()
    assert kinds(town) == [("gateway_silent", "T", "open")]


def test_while_a_running_worker_stands_still_no_gateway_is_silent(town: Town) -> None:
    heard(town)
    with running(town.process):
        wait_for(lambda: beaten_at(town) == town.real_now)
        town.real.advance(seconds=3600)
        gives_it_its_time_from_now_on(town)


def test_while_the_database_is_away_no_gateway_is_silent(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    heard(town)
    tried = threading.Event()

    def is_away(*_: object) -> None:
        tried.set()
        raise OperationalError("SELECT", {}, Exception("no connection"))

    with running(town.process):
        wait_for(lambda: beaten_at(town) == town.real_now)
        with monkeypatch.context() as patched:
            patched.setattr(Store, "system_session", is_away)
            patched.setattr(Store, "session", is_away)
            for _ in range(5):
                town.real.advance(seconds=30)
                tried.clear()
                assert tried.wait(60)
        gives_it_its_time_from_now_on(town)


def test_a_worker_that_is_killed_again_and_again_still_notices(town: Town) -> None:
    heard(town)
    for _ in range(10):
        town.real.advance(seconds=10)
        town.process = town.start_process()
        town.process.tick()
    assert kinds(town) == [("gateway_silent", "T", "open")]


def test_a_worker_that_stopped_is_named(town: Town) -> None:
    with town.store.system_session() as session:
        assert heartbeats.stale(session, town.real_now) == ["worker"]
    town.process.tick()
    with town.store.system_session() as session:
        assert heartbeats.stale(session, town.real_now) == []
        town.real.advance(seconds=16)
        assert heartbeats.stale(session, town.real_now) == ["worker"]


def test_a_unit_that_cannot_be_watched_is_a_p2_and_is_closed_when_it_can_again(town: Town) -> None:
    alert_id = town.raise_alert("monitoring_lost", "open")
    assert town.alert(alert_id).priority == "P2"
    assert town.report(contract.UnitLive("u203", "cannot_watch")) == ["stored"]
    town.report(town.alert_report("monitoring_lost", "resumed"))
    assert town.alert(alert_id).state == "closed"
