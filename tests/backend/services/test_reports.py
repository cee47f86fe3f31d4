"""A gateway's batches: each report once, refused ones counted, stages followed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from contract import reports as contract
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from backend.adapters.store.schema import (
    Alert,
    Gateway,
    GatewayCommand,
    GatewayReport,
    RefusedReport,
    SafetyCheck,
    Unit,
    UnitHour,
    UnitLive,
)
from backend.services import alerts, commands, journals, reports, technical
from tests.backend.town import START, Town


def hot(wbgt_c: float, at: float = START) -> contract.Evidence:
    return contract.Evidence(climate=contract.Climate(at, 35.0, 80.0, wbgt_c))


def test_a_repeated_batch_has_no_second_effect(town: Town) -> None:
    batch = town.batch(town.alert_report("emergency", "open"))
    assert [one.result for one in town.post(batch).results] == ["stored"]
    assert [one.result for one in town.post(batch).results] == ["duplicate"]
    assert len(town.rows()) == 2


@pytest.mark.parametrize("stage", ["resumed", "answered"])
@pytest.mark.parametrize("kind", ["emergency", "smoke"])
def test_an_emergency_whose_opening_never_came_is_called_out_by_whatever_comes_of_it(
    town: Town, kind: contract.AlertKind, stage: contract.Stage
) -> None:
    town.report(town.alert_report(kind, stage, name="x"))
    town.process.tick()
    assert town.find("x") and town.alert(town.find("x")).state == "open"
    assert len(town.voice.to(town.phone("aoki"))) == 1


def test_a_refused_emergency_is_not_taken_while_the_database_cannot_hold_the_call_for_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = town.batch(town.alert_report("emergency", "open", unit="no-such-home"))

    def is_away(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("deadlock detected"))

    with monkeypatch.context() as patched:
        patched.setattr(technical, "raise_fault", is_away)
        with pytest.raises(OperationalError):
            town.post(batch)
    assert [one.result for one in town.post(batch).results] == ["refused"]
    with town.session() as session:
        assert session.scalars(select(Alert.priority).where(Alert.kind == "report_stuck")).all() == ["P1"]


def test_the_same_number_of_another_journal_is_another_report(town: Town) -> None:
    first = town.batch(contract.Health("1", 1.0, "ok"), journal="a")
    again = contract.Batch("b", first.sent_at, first.reports)
    town.post(first)
    assert [one.result for one in town.post(again).results] == ["stored"]


def test_a_report_over_which_the_program_stumbles_holds_up_no_other_and_is_taken_when_it_comes_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = contract.UnitLive("u203", "watching")
    batch = town.batch(live, town.alert_report("emergency", "open"), contract.Health("1", 1.0, "ok"))
    with monkeypatch.context() as patched:
        patched.setattr(reports.absences, "noticed_back", lambda *_: {}["not foreseen"])
        assert [(one.seq, one.result) for one in town.post(batch).results] == [(2, "stored"), (3, "stored")]
    with town.session() as session:
        assert [session.scalar(select(func.count()).select_from(kind)) for kind in (Alert, UnitLive)] == [2, 0]
    assert [one.result for one in town.post(batch).results] == ["stored", "duplicate", "duplicate"]


@pytest.mark.parametrize(
    "kind, level",
    [("emergency", "P1"), ("inactivity", "P2"), ("battery_low", "T")],
    ids=["press", "silence", "battery"],
)
def test_an_alert_over_which_the_program_stumbles_calls_people_out_as_the_alert_itself_would(
    town: Town, monkeypatch: pytest.MonkeyPatch, kind: str, level: str
) -> None:
    batch = town.batch(town.alert_report(kind, "open"))
    monkeypatch.setattr(reports, "priority", lambda *_: {}["not foreseen"])
    for _ in range(3):
        assert town.post(batch).results == []
    with town.session() as session:
        (row,) = session.scalars(select(Alert))
        assert row.unit is not None
        assert (row.kind, row.priority, row.state, row.unit.ref) == ("report_stuck", level, "open", "u203")
    town.process.tick()
    assert bool(town.voice.taken) == (level != "T")


def test_other_reports_over_which_the_program_stumbles_are_said_once_a_day_for_a_gateway(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports.absences, "noticed_back", lambda *_: {}["not foreseen"])
    batch = town.batch(*(contract.UnitLive(unit, "watching") for unit in ("u101", "u102", "u203")))
    assert town.post(batch).results == town.post(batch).results == []
    with town.session() as session:
        assert [(row.kind, row.priority) for row in session.scalars(select(Alert))] == [("report_stuck", "T")]


def numbers(town: Town) -> list[tuple[int, int]]:
    with town.session() as session:
        rows = session.scalars(select(GatewayReport).order_by(GatewayReport.seq))
        return [(row.seq, row.through) for row in rows]


def post_numbers(town: Town, *seqs: int) -> list[str]:
    health = contract.Health("1", 1.0, "ok")
    batch = contract.Batch("j", town.clock.now(), [contract.Numbered(n, town.clock.now(), health) for n in seqs])
    return [one.result for one in town.post(batch).results]


def test_old_numbers_are_folded_and_what_was_taken_stays_taken(town: Town) -> None:
    post_numbers(town, 1, 2, 3, 5, 6, 9)
    town.clock.advance(hours=24 * 31)
    post_numbers(town, 10)
    assert journals.fold_old(town.store, now=town.now) == 3
    assert numbers(town) == [(1, 3), (5, 6), (9, 9), (10, 10)]
    assert post_numbers(town, 1, 2, 3, 5, 6, 9, 10) == ["duplicate"] * 7
    assert post_numbers(town, 4, 7) == ["stored"] * 2  # these never came before
    town.clock.advance(hours=24 * 31)
    assert journals.fold_old(town.store, now=town.now) == 4
    assert numbers(town) == [(1, 7), (9, 10)]


def test_folding_goes_on_in_bounded_steps_and_by_the_worker(town: Town) -> None:
    post_numbers(town, *range(1, 13))
    town.clock.advance(hours=24 * 31)
    assert [journals.fold_old(town.store, now=town.now, most=5) for _ in range(4)] == [4, 4, 3, 0]
    assert numbers(town) == [(1, 12)]
    post_numbers(town, 13, 14)
    town.clock.advance(hours=24 * 31)
    town.process.tick()
    assert numbers(town) == [(1, 14)]


def test_eight_identical_alerts_posted_at_once_are_one_alert_and_no_error(town: Town) -> None:
    batch = town.batch(town.alert_report("emergency", "open"))
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: town.post(batch), range(8)))
    results = sorted(one.result for reply in replies for one in reply.results)
    assert results == ["duplicate"] * 7 + ["stored"]
    with town.session() as session:
        assert session.scalar(select(func.count(Alert.id))) == 1
    assert len(town.rows()) == 2


def test_a_unit_that_is_not_the_gateways_is_refused_and_the_rest_is_kept(town: Town) -> None:
    foreign = town.alert_report("emergency", "open", name="x", unit="nobody")
    assert town.report(foreign, town.alert_report("smoke", "open")) == ["refused", "stored"]
    with town.session() as session:
        refused = session.scalars(select(RefusedReport)).one()
        assert "nobody" in refused.problem and "emergency" in refused.body
        assert set(session.scalars(select(Alert.kind))) == {"report_stuck", "smoke"}


@pytest.mark.parametrize(
    "kind, level",
    [("emergency", "P1"), ("inactivity", "P2"), ("battery_low", "T")],
    ids=["press", "silence", "battery"],
)
def test_an_alert_of_another_gateways_unit_calls_people_out_as_urgently_and_names_the_home(
    town: Town, kind: str, level: str
) -> None:
    town.add_building("別館", town.policy_id())
    batch = town.batch(town.alert_report(kind, "open", unit="別館-1"))
    assert [[one.result for one in town.post(batch).results] for _ in range(3)] == [
        ["refused"],
        ["duplicate"],
        ["duplicate"],
    ]
    assert town.report(town.alert_report(kind, "open", unit="別館-1")) == ["refused"]  # its next stage
    with town.session() as session:
        (row,) = session.scalars(select(Alert))
        assert (row.kind, row.priority, row.state, row.unit_id) == ("report_stuck", level, "open", None)
        assert "別館 1" in row.reason_ja and "別館 1" in row.reason_en
    town.process.tick()
    assert bool(town.voice.taken) == (level != "T")


def test_a_refused_press_after_the_first_was_closed_calls_anew(town: Town) -> None:
    assert town.report(town.alert_report("emergency", "open", unit="nobody")) == ["refused"]
    town.claim(1, "aoki")
    town.do(alerts.close, 1, "aoki", outcome="helped")
    assert town.report(town.alert_report("emergency", "open", unit="nobody")) == ["refused"]
    with town.session() as session:
        assert list(session.scalars(select(Alert.state).order_by(Alert.id))) == ["closed", "open"]


def test_a_refused_report_in_which_nobody_needs_help_calls_nobody(town: Town) -> None:
    resumed = town.alert_report("inactivity", "resumed", unit="nobody")
    assert town.report(resumed, contract.UnitLive("nobody", "watching")) == ["refused", "refused"]
    with town.session() as session:
        assert list(session.scalars(select(Alert))) == []
        assert session.scalar(select(func.count(RefusedReport.id))) == 2


def test_a_gateway_of_one_organisation_cannot_raise_an_alert_in_another(town: Town) -> None:
    other = town.another_organisation()
    with town.store.session(other.organisation_id) as session:
        session.get_one(Unit, other.units["203"]).ref = "their-203"
    assert town.report(town.alert_report("emergency", "open", unit="their-203")) == ["refused"]


def test_a_text_that_a_database_cannot_hold_is_refused_and_stops_nothing(town: Town) -> None:
    nasty = contract.Alert("n", "u203", "emergency", "open", town.clock.now(), contract.Words("\0", "\0"))
    results = town.report(nasty, contract.Health("1", 1.0, "ok"))
    assert results[1] == "stored"
    with town.session() as session:
        (row,) = session.scalars(select(Alert))
        assert row.unit is not None
        expected = {"stored": ("emergency", "P1", "u203"), "refused": ("report_stuck", "P1", "u203")}
        assert (row.kind, row.priority, row.unit.ref) == expected[results[0]]


def test_asking_waits_with_the_pages_until_nobody_has_answered(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "asking")
    assert town.alert(alert_id).state == "asking"
    town.advance(119)
    assert town.rows(alert_id) == []
    town.advance(1)
    assert len(town.voice.taken) == 1  # the resident is called once the node has asked
    town.advance(120)
    assert len(town.voice.taken) == 2  # and once more
    town.advance(119)
    assert town.alert(alert_id).state == "asking"
    town.advance(1)
    assert town.alert(alert_id).state == "open"
    assert len(town.sms.to(town.phone("aoki"))) == 1


def test_where_nobody_can_be_called_the_step_is_skipped_and_shown(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "asking", unit="u103")
    town.advance(120)
    assert town.alert(alert_id).state == "open"
    assert town.alert(alert_id).gaps == ["resident"]


def test_an_emergency_is_paged_in_the_transaction_that_stores_it(town: Town) -> None:
    alert_id = town.raise_alert()
    assert [(row.channel, row.state, row.rank) for row in town.rows(alert_id)] == [
        ("sms", "pending", 0),
        ("voice", "pending", 0),
    ]
    assert town.told() == ["configure", "receipt"]


def test_a_bathroom_stay_and_a_silence_in_the_heat_ask_and_page_at_once(town: Town) -> None:
    for kind, evidence in (("bathroom", contract.Evidence()), ("inactivity", hot(31.5))):
        alert_id = town.raise_alert(kind, "asking", evidence=evidence)  # type: ignore[arg-type]
        assert town.alert(alert_id).state == "open"
        assert len(town.rows(alert_id)) == 2
        town.advance(120)
        assert "resident_called" in town.history(alert_id)
        town.claim(alert_id, "ito")


def test_a_silence_in_the_heat_that_comes_open_has_the_resident_called_as_well(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open", evidence=hot(31.5))
    assert len(town.rows(alert_id)) == 2
    town.process.tick()
    assert "resident_called" in town.history(alert_id)
    town.report(town.alert_report("inactivity", "open", evidence=hot(32.0)))
    town.process.tick()
    assert town.history(alert_id).count("resident_called") == 1
    mild = town.raise_alert("inactivity", "open", unit="u202", name="mild")  # the gateway asked before it opened
    town.process.tick()
    assert "resident_called" not in town.history(mild)


def test_the_heat_of_this_morning_makes_no_emergency_of_a_silence_tonight(town: Town) -> None:
    old = hot(33.0, at=town.clock.now() - 7201)
    assert town.alert(town.raise_alert("inactivity", "asking", evidence=old)).priority == "P2"


def test_an_asking_that_grows_dangerous_is_paged_at_once(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "asking", evidence=hot(28.0))
    town.report(town.alert_report("inactivity", "asking", evidence=hot(31.0)))
    alert = town.alert(alert_id)
    assert (alert.priority, alert.state) == ("P1", "open")
    assert {row.rank for row in town.rows(alert_id)} == {0}


def test_a_sign_of_life_ends_an_unclaimed_p2_and_tells_whoever_was_called(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    town.process.tick()
    town.report(town.alert_report("inactivity", "resumed"))
    town.process.tick()
    alert = town.alert(alert_id)
    assert (alert.state, alert.outcome, alert.verdict) == ("closed", "resumed", "false")
    assert len(town.sms.to(town.phone("aoki"))) == 2
    assert town.sms.to(town.phone("ito")) == []
    assert town.told()[-1] == "closed"


def test_a_sign_of_life_is_only_shown_on_a_claimed_alert_and_on_an_emergency(town: Town) -> None:
    claimed = town.raise_alert("inactivity", "open")
    town.claim(claimed, "aoki")
    town.report(town.alert_report("inactivity", "resumed"))
    assert town.alert(claimed).state == "claimed"
    assert town.alert(claimed).resumed_at == town.now
    emergency = town.raise_alert()
    town.report(town.alert_report("emergency", "resumed"))
    assert town.alert(emergency).state == "open"


def test_the_key_on_the_node_ends_the_asking_and_is_the_days_safety_check(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "asking")
    town.report(town.alert_report("inactivity", "answered"))
    assert town.alert(alert_id).outcome == "answered"
    with town.session() as session:
        check = session.scalars(select(SafetyCheck)).one()
        assert (check.unit_id, check.state, check.method) == (town.seeded.units["203"], "done", "answer")


def test_a_button_pressed_again_after_the_end_is_a_new_alert(town: Town) -> None:
    first = town.raise_alert(evidence=contract.Evidence(presses=1))
    town.claim(first, "aoki")
    town.do(alerts.close, first, "aoki", outcome="accidental")
    assert town.report(town.alert_report("emergency", "open", evidence=contract.Evidence(presses=1))) == ["stored"]
    with town.session() as session:
        assert session.scalar(select(func.count(Alert.id))) == 1
    town.report(town.alert_report("emergency", "open", evidence=contract.Evidence(presses=2)))
    with town.session() as session:
        again = session.scalars(select(Alert).order_by(Alert.id.desc()).limit(1)).one()
        assert again.id != first and again.state == "open"
        assert commands.alert_name(again) == "a-emergency"


def test_a_technical_alert_rings_nobody_until_its_clock_has_run_out(town: Town) -> None:
    alert_id = town.raise_alert("battery_low", "open")
    town.advance(4 * 3600 - 1)
    assert town.rows(alert_id) == []
    town.advance(1)
    assert "overdue" in town.history(alert_id)
    assert [message.to for message in town.sms.taken] == [town.phone("endo")]
    assert town.voice.taken == []


def test_a_late_unit_state_does_not_replace_a_newer_one(town: Town) -> None:
    def live(watching: contract.Watching, at: float) -> contract.Batch:
        town._seq += 1
        return contract.Batch("j", at, [contract.Numbered(town._seq, at, contract.UnitLive("u203", watching))])

    town.post(live("watching", 2000.0))
    town.post(live("cannot_watch", 1000.0))
    with town.session() as session:
        assert session.scalars(select(UnitLive)).one().watching == "watching"


def test_hours_health_changes_and_backups_are_kept_and_a_corrected_hour_replaces_the_first(town: Town) -> None:
    words = contract.Words("変化", "change")
    hour = contract.UnitHour("u203", 3600.0, {"living": 3}, 60.0)
    assert (
        town.report(
            hour,
            contract.UnitHour("u203", 3600.0, {"living": 4}, 60.0),
            contract.Health("1.0", 5.0, "ok", unassigned=["stranger"]),
            contract.Change("u203", "nights", 0.0, 1.0, 2.0, words),
            contract.RhythmBackup("u203", "k1", "c2VhbGVk"),
            contract.RhythmBackup("u203", "k1", "c2VhbGVkIQ=="),
        )
        == ["stored"] * 6
    )
    with town.session() as session:
        assert session.scalars(select(UnitHour)).one().body["counts"] == {"living": 4}
        assert session.get_one(Gateway, town.seeded.gateway_id).health["unassigned"] == ["stranger"]


def test_commands_come_in_order_and_configuration_is_sent_whole_and_only_when_it_changed(town: Town) -> None:
    town.claim(town.raise_alert(), "aoki")
    with town.session() as session:
        assert not commands.configure(session, town.seeded.gateway_id, town.now)
        session.get_one(Unit, town.seeded.units["101"]).false_alarms_per_30_days = 0.5
        session.flush()
        assert commands.configure(session, town.seeded.gateway_id, town.now)
    with town.session() as session:
        told = commands.pending(session, town.seeded.gateway_id, 0).commands
        assert [type(one.command).__name__ for one in told] == ["Receipt", "Receipt", "Configure"]
        assert [one.n for one in told] == [2, 3, 4]
        last = told[-1].command
        assert isinstance(last, contract.Configure) and len(last.building.units) == 6
        assert commands.pending(session, town.seeded.gateway_id, 4).commands == []
        commands.arrived(session, town.seeded.gateway_id, 4, town.now)
        assert session.scalar(select(func.count(GatewayCommand.id)).where(GatewayCommand.delivered_at.is_(None))) == 0
