"""The daily self-test of an organisation: once, whoever runs, the whole way, and never to anybody but its number."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from contract import reports as contract
from sqlalchemy import delete, select, update

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import Alert, Building, Gateway, Organisation, PolicyStep, SelfTest, Worker
from backend.core.self_tests import KIND
from backend.errors import DeliveryError, Invalid
from backend.services import directory, figures, outbox, reports, self_tests
from backend.services.self_test_rounds import Rounds
from tests.backend.town import LIMITS, Phones, Town

NUMBER = "+819011117777"


class WebProcess:
    """The gateways' API, which takes a report as it always does, unless `problem` says what is wrong with it."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.problem = ""
        self.taken = 0

    def report(self, credential: str, batch: contract.Batch) -> None:
        if self.problem:
            raise DeliveryError(self.problem, permanent=False)
        town = self._town
        with town.store.system_reading() as session:
            gateway = directory.gateway_of(session, credential)
        assert gateway is not None, "the credential is good"
        with town.store.session(gateway.organisation_id) as session:
            reply = reports.apply(session, gateway, batch, now=town.now, real_now=town.real_now, limits=LIMITS)
        assert [one.result for one in reply.results] == ["stored"], reply
        self.taken += 1


def rounds(town: Town, web: WebProcess, providers: self_tests.Providers | None = None) -> Rounds:
    by = self_tests.providers_of(town.channels) if providers is None else providers
    return Rounds(town.store, web.report, by, LIMITS)


@pytest.fixture
def web(town: Town) -> WebProcess:
    """The web process, which the town's worker process reaches; the self-test is in an hour."""
    web = WebProcess(town)
    let_reach(town, web)
    local = town.now.astimezone(ZoneInfo("Asia/Tokyo")) + timedelta(hours=1)
    with town.session() as session:
        self_tests.set_up(session, at=local.strftime("%H:%M"), phone=NUMBER, calls="never", now=town.now)
    return web


def let_reach(town: Town, web: WebProcess) -> None:
    town.process._watchers.self_tests = rounds(town, web)


def runs(town: Town) -> list[SelfTest]:
    with town.session() as session:
        return list(session.scalars(select(SelfTest).order_by(SelfTest.id)))


def faults(town: Town) -> list[Alert]:
    with town.session() as session:
        return list(session.scalars(select(Alert).where(Alert.kind == "self_test_failed").order_by(Alert.id)))


def calls(town: Town, often: str) -> None:
    """The test number is called that often, by the two providers for each kind that there are from now on."""
    town.channels = {kind: [Phones(kind, f"{name}-{kind}") for name in ("a", "b")] for kind in ("sms", "voice")}
    town.process = town.start_process()
    let_reach(town, WebProcess(town))
    with town.session() as session:
        session.get_one(Organisation, town.organisation_id).self_test_calls = often


def deliver(town: Town, *but: str) -> None:
    """The providers say that everything arrived, all `but` these."""
    providers = [one for of in town.channels.values() for one in of if one.name not in but]
    for message in [message for one in providers for message in one.taken]:
        with town.session() as session:
            outbox.delivered(session, message.id, now=town.now)


def test_nothing_runs_where_nobody_set_a_time(town: Town) -> None:
    let_reach(town, WebProcess(town))
    for _ in range(3):
        town.advance(86400)
    assert runs(town) == []
    with town.session() as session:
        assert self_tests.trouble(session, town.now) == "not_set"


def test_a_message_goes_the_whole_way_and_its_delivery_passes_the_test(town: Town, web: WebProcess) -> None:
    town.advance(3700)
    (message,) = town.sms.taken
    assert (message.to, message.links, message.keys) == (NUMBER, (), {})
    assert "自己点検" in message.text and "異変ではありません" in message.text
    deliver(town)
    town.advance(1)
    (run,) = runs(town)
    assert (run.result, run.problem, run.ended_at) == ("passed", "", town.now)
    assert run.alert_id is not None
    alert = town.alert(run.alert_id)
    assert (alert.kind, alert.state, alert.outcome, alert.priority) == (KIND, "closed", "self_test_passed", "T")
    assert town.history(alert.id) == ["raised", "paged", "closed"]
    assert [row.person for row in town.rows()] == ["self_test"], "nobody else was called or told"
    assert faults(town) == []
    with town.session() as session:
        assert self_tests.trouble(session, town.now) == ""


def test_it_stands_in_no_figure_of_claims(town: Town, web: WebProcess) -> None:
    town.advance(3700)
    deliver(town)
    town.advance(1)
    with town.session() as session:
        begin, end = town.now - timedelta(days=1), town.now + timedelta(days=1)
        assert figures.lives(session, begin, end, town.now) == []
        assert [send.provider for send in figures.sends(session, begin, end)] == ["phones-sms"]


def test_it_runs_once_a_day(town: Town, web: WebProcess) -> None:
    for _ in range(3 * 24):
        town.advance(3600)
        deliver(town)
    assert [run.result for run in runs(town)] == ["passed"] * 3
    days = [run.day for run in runs(town)]
    assert all(later - day == timedelta(days=1) for day, later in pairwise(days))


def test_without_a_delivery_report_it_fails_after_ten_minutes_and_one_fault_is_raised(
    town: Town, web: WebProcess
) -> None:
    town.advance(3700)
    town.advance(590)
    assert [run.result for run in runs(town)] == [""]
    town.advance(20)
    (run,) = runs(town)
    assert (run.result, run.problem) == ("failed", "no_report")
    (fault,) = faults(town)
    assert (fault.priority, fault.state) == ("T", "open")
    assert "届いたという報告がありませんでした" in fault.reason_ja
    assert run.alert_id is not None and town.alert(run.alert_id).outcome == "self_test_failed"
    town.advance(86400)
    town.advance(700)
    assert [run.result for run in runs(town)] == ["failed", "failed"]
    assert len(faults(town)) == 1, "it is the same fault"
    town.advance(86400)
    deliver(town)
    town.advance(1)
    assert [run.result for run in runs(town)] == ["failed", "failed", "passed"]
    assert [fault.state for fault in faults(town)] == ["closed"]


def test_what_the_provider_refuses_fails_at_once_and_is_said_in_its_words(town: Town, web: WebProcess) -> None:
    town.sms.outcomes = [DeliveryError("no such number", permanent=True)]
    town.advance(3700)
    (run,) = runs(town)
    assert (run.result, run.problem, run.detail) == ("failed", "refused", "phones-sms: no such number")
    assert "no such number" in faults(town)[0].reason_en
    assert town.voice.taken == [], "nothing makes up for it"


def test_a_web_process_that_is_away_is_tried_again_and_fails_the_test_in_the_end(town: Town, web: WebProcess) -> None:
    web.problem = "connection refused"
    town.advance(3700)
    town.advance(120)
    assert [run.result for run in runs(town)] == [""]
    web.problem = ""
    town.advance(61)
    deliver(town)
    town.advance(1)
    assert [run.result for run in runs(town)] == ["passed"]
    web.problem = "connection refused"
    town.advance(86400)
    town.advance(700)
    run = runs(town)[-1]
    assert (run.result, run.problem, run.detail) == ("failed", "not_taken", "connection refused")


def test_a_test_that_nobody_began_within_the_hour_is_missing(town: Town, web: WebProcess) -> None:
    town.clock.advance(hours=2, minutes=30)
    town.real.advance(hours=2, minutes=30)
    with town.session() as session:
        assert self_tests.trouble(session, town.now) == "missing", "the board says so while no worker process does"
    town.process.tick()
    (run,) = runs(town)
    assert (run.result, run.problem) == ("failed", "missed")
    assert town.sms.taken == []
    assert len(faults(town)) == 1


def test_an_engine_that_calls_nobody_fails_the_test(
    town: Town, web: WebProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(self_tests, "page", breaks)
    town.advance(3700)
    town.advance(700)
    assert [(run.result, run.problem) for run in runs(town)] == [("failed", "to_nobody")]


def test_an_organisation_whose_rows_are_broken_is_a_failure_and_the_others_are_tested(
    town: Town, web: WebProcess
) -> None:
    other = town.another_organisation()
    with town.store.session(other.organisation_id) as session:
        row = session.get_one(Organisation, other.organisation_id)
        row.self_test_at, row.self_test_set_at = "99:99", town.now
    town.clock.advance(seconds=3700)
    with pytest.raises(RuntimeError, match="1 self-tests"):
        rounds(town, web).keep(town.now, town.real_now)
    assert [run.day for run in runs(town)] == [town.now.astimezone(ZoneInfo("Asia/Tokyo")).date()]


def test_where_no_provider_can_send_the_test_fails(town: Town, web: WebProcess) -> None:
    town.process._watchers.self_tests = rounds(town, web, {"email": ["email"]})
    town.advance(3700)
    assert [(run.result, run.problem) for run in runs(town)] == [("failed", "no_provider")]


def test_two_processes_at_once_begin_one_test_and_hand_it_in_once(town: Town, web: WebProcess) -> None:
    town.clock.advance(seconds=3700)
    town.real.advance(seconds=3700)
    now, real_now = town.now, town.real_now
    start = threading.Barrier(3)

    def keep(_: int) -> int:
        start.wait(60)
        return rounds(town, web).keep(now, real_now)

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(keep, range(3))) >= 1
    rounds(town, web).keep(now, real_now)
    assert len(runs(town)) == 1
    assert web.taken == 1
    town.process.tick()
    assert len(town.sms.taken) == 1


def test_a_process_that_dies_before_it_hands_the_report_in_leaves_it_to_another(town: Town, web: WebProcess) -> None:
    class Dies(WebProcess):
        def report(self, credential: str, batch: contract.Batch) -> None:
            raise KeyboardInterrupt

    town.clock.advance(seconds=3700)
    town.real.advance(seconds=3700)
    with pytest.raises(KeyboardInterrupt):
        rounds(town, Dies(town)).keep(town.now, town.real_now)
    town.process.tick()
    assert town.sms.taken == [], "it may still be at it"
    town.advance(61)
    deliver(town)
    town.advance(1)
    assert [run.result for run in runs(town)] == ["passed"]


def test_the_credential_is_worth_nothing_after_the_report_and_its_gateway_is_nobodys(
    town: Town, web: WebProcess
) -> None:
    town.advance(3700)
    with town.session() as session:
        gateway = session.scalars(select(Gateway).where(Gateway.is_self_test)).one()
        assert gateway.revoked_at is not None
    for _ in range(4):
        town.advance(3600)
    with town.session() as session:
        kinds = set(session.scalars(select(Alert.kind)))
    assert kinds <= {KIND, "self_test_failed"}, "its silence is nothing to anybody"


def test_a_gateway_of_a_building_reports_no_self_test(town: Town, web: WebProcess) -> None:
    with town.session() as session:
        run = self_tests.run_now(session, {"sms": ["phones-sms"]}, town.now).id
    (outcome,) = town.post(town.batch(contract.SelfTest(run))).results
    assert (outcome.result, outcome.problem) == ("refused", "a gateway reports no self-test")


def test_a_coordinators_run_does_not_take_the_place_of_the_daily_one_and_is_one_at_a_time(
    town: Town, web: WebProcess
) -> None:
    with town.session() as session:
        self_tests.run_now(session, {"sms": ["phones-sms"]}, town.now)
    with town.session() as session, pytest.raises(Invalid):
        self_tests.run_now(session, {"sms": ["phones-sms"]}, town.now)
    town.process.tick()
    deliver(town)
    town.advance(3700)
    deliver(town)
    town.advance(1)
    assert [(run.result, run.day is None) for run in runs(town)] == [("passed", True), ("passed", False)]


def test_a_setting_says_what_is_wrong_with_it(town: Town) -> None:
    for at, phone, field in (("25:00", NUMBER, "at"), ("06:00", "", "phone"), ("06:00", "12", "phone")):
        with town.session() as session, pytest.raises(Invalid) as raised:
            self_tests.set_up(session, at=at, phone=phone, now=town.now)
        assert raised.value.field == field
    with town.session() as session:
        assert session.get_one(Organisation, town.organisation_id).self_test_at == ""


def test_what_was_due_before_the_setting_was_made_is_not_missing(town: Town) -> None:
    let_reach(town, WebProcess(town))
    before: datetime = town.now.astimezone(ZoneInfo("Asia/Tokyo")) - timedelta(hours=3)
    with town.session() as session:
        self_tests.set_up(session, at=before.strftime("%H:%M"), phone=NUMBER, now=town.now)
    town.process.tick()
    assert runs(town) == []


def test_no_storm_takes_a_self_test_in_and_none_delays_it(town: Town, web: WebProcess) -> None:
    town.limit(storm_units=2)
    let_reach(town, web)
    town.advance(3590)
    town.alert_everywhere("leak", "u203", "u201")
    town.advance(20)
    deliver(town)
    town.advance(1)
    (run,) = runs(town)
    assert run.result == "passed"
    assert run.alert_id is not None and town.alert(run.alert_id).incident_id is None


def run_of(town: Town, *but: str) -> tuple[str, list[str], list[tuple[str, str]]]:
    """Let a day's run come and all arrive `but` by these; return its result, what it sent by, what was wrong."""
    town.advance(3700)
    deliver(town, *but)
    town.advance(700)
    run = runs(town)[-1]
    town.advance(86400 - 4400)
    assert len(run.also) == 0
    return run.result, [way["provider"] for way in run.sends], [(run.problem, run.detail)]


def test_each_sms_provider_sends_and_the_voice_providers_call_in_turn_each_until_it_passes(
    town: Town, web: WebProcess
) -> None:
    calls(town, "daily")
    assert run_of(town, "b-sms") == ("failed", ["a-sms", "b-sms", "a-voice"], [("no_report", "b-sms")])
    assert "b-sms" in faults(town)[0].reason_ja
    silent = ("unanswered", "b-voice: its end was never reported")
    assert run_of(town, "b-voice") == ("failed", ["a-sms", "b-sms", "b-voice"], [silent])
    with town.session() as session:
        session.get_one(Organisation, town.organisation_id).self_test_calls = "weekly"
    assert run_of(town) == ("passed", ["a-sms", "b-sms", "b-voice"], [("", "")]), "though it is no Monday"
    assert run_of(town) == ("passed", ["a-sms", "b-sms"], [("", "")])
    assert [fault.state for fault in faults(town)] == ["closed"]


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        (lambda session: setattr(session.scalars(select(Building)).one(), "policy_id", None), "no_policy"),
        (lambda session: session.execute(delete(PolicyStep)), "no_policy"),
        (lambda session: session.execute(update(Worker).values(active=False)), "nobody_called"),
        (lambda session: session.execute(update(Worker).values(phone="", email="a@example.jp")), "no_way"),
    ],
)
def test_a_building_whose_emergencies_would_call_nobody_is_named(
    town: Town, web: WebProcess, broken: Callable[[StoreSession], object], problem: str
) -> None:
    with town.session() as session:
        broken(session)
        building = session.scalars(select(Building)).one().name
    town.advance(3700)
    deliver(town)
    town.advance(1)
    (run,) = runs(town)
    assert (run.result, run.problem, run.detail) == ("failed", problem, building)
    assert building in faults(town)[0].reason_ja
