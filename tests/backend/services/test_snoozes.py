"""An alert that is put off: by whom, why, until when; then people are called again."""

import pytest
from contract import reports as contract
from sqlalchemy import select

from backend.adapters.store.schema import Snooze
from backend.core.noise import REASONS
from backend.errors import IllegalStep, Invalid, NotAllowed
from backend.services import alerts, snoozes
from tests.backend.town import LIMITS, Town

HOUR_S = 3600.0


def put_off(town: Town, alert_id: int, login: str = "aoki", for_s: float = HOUR_S, reason: str = "spoken") -> None:
    town.do(snoozes.snooze, alert_id, login, for_s=for_s, reason=reason)


def test_a_snooze_takes_back_what_is_pending_and_ends_by_itself_at_the_first_step(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    town.advance(60)  # the second step
    put_off(town, alert_id)
    sms, calls = len(town.sms.taken), len(town.voice.taken)
    town.advance(HOUR_S - 1)
    assert (len(town.sms.taken), len(town.voice.taken)) == (sms, calls)
    town.advance(1)
    assert town.sms.taken[sms].to == town.voice.taken[calls].to == town.phone("aoki")
    assert town.alert(alert_id).held_why == ""
    assert town.history(alert_id)[-2:] == ["hold_over", "paged"]


def test_what_was_taken_to_be_sent_before_the_snooze_is_not_sent_after_it(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    put_off(town, alert_id)
    town.process.tick()
    assert town.sms.taken == town.voice.taken == []
    assert {row.state for row in town.rows(alert_id)} == {"cancelled"}


def test_who_and_why_are_kept(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    put_off(town, alert_id, "ito", reason="known_cause")
    ito = town.worker("ito").id
    with town.session() as session:
        kept = session.scalars(select(Snooze)).one()
        assert (kept.worker_id, kept.reason) == (ito, "known_cause")
        assert (kept.until - kept.since).total_seconds() == HOUR_S


def test_the_claim_clock_starts_anew_when_it_ends_and_does_not_run_out_meanwhile(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    put_off(town, alert_id)
    town.advance(HOUR_S - 1)
    assert "overdue" not in town.history(alert_id)
    assert town.alert(alert_id).claim_due_at is None
    town.advance(1)
    due_at = town.alert(alert_id).claim_due_at
    assert due_at is not None and (due_at - town.now).total_seconds() == 180


@pytest.mark.parametrize("kind", ["emergency", "smoke"])
def test_an_emergency_is_never_put_off(town: Town, kind: contract.AlertKind) -> None:
    alert_id = town.raise_alert(kind)
    with pytest.raises(IllegalStep):
        put_off(town, alert_id)
    town.process.tick()
    assert len(town.voice.taken) == 1


def test_a_snoozed_silence_that_becomes_an_emergency_is_paged_at_once(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    put_off(town, alert_id)
    hot = contract.Evidence(climate=contract.Climate(town.clock.now(), 35.0, 80.0, 32.0))
    town.report(town.alert_report("inactivity", "open", evidence=hot))
    town.process.tick()
    assert town.alert(alert_id).priority == "P1"
    assert len(town.voice.to(town.phone("aoki"))) == 1


def test_it_can_be_claimed_while_it_is_put_off_and_the_snooze_is_over_then(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    put_off(town, alert_id)
    town.claim(alert_id, "ito")
    town.do(alerts.release, alert_id, "ito")
    town.process.tick()
    assert len(town.voice.to(town.phone("aoki"))) == 1  # not held back by what was before the claim


def test_a_sign_of_life_ends_it_while_it_is_put_off(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    put_off(town, alert_id)
    town.report(town.alert_report("inactivity", "resumed"))
    town.advance(2 * HOUR_S)
    assert town.alert(alert_id).outcome == "resumed"
    assert town.sms.taken == town.voice.taken == []


def test_it_can_be_ended_before_its_time(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    put_off(town, alert_id)
    town.do(snoozes.wake, alert_id, "ito", limits=LIMITS)
    with pytest.raises(IllegalStep):
        town.do(snoozes.wake, alert_id, "ito", limits=LIMITS)
    town.process.tick()
    assert len(town.voice.to(town.phone("aoki"))) == 1


def test_a_second_snooze_replaces_the_first_also_by_a_shorter_one(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    put_off(town, alert_id, for_s=8 * HOUR_S)
    put_off(town, alert_id, for_s=900)
    town.advance(900)
    assert len(town.voice.to(town.phone("aoki"))) == 1


def test_whoever_has_it_may_put_it_off_and_nobody_else_but_a_coordinator(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    town.claim(alert_id, "aoki")
    with pytest.raises(NotAllowed):
        put_off(town, alert_id, "ito")
    put_off(town, alert_id, "aoki")
    assert (town.alert(alert_id).state, town.alert(alert_id).claimed_by_id) == ("open", None)
    town.advance(HOUR_S)
    assert len(town.voice.to(town.phone("aoki"))) == 1


def test_a_technical_alert_waits_for_its_own_clock_again_when_its_snooze_ends(town: Town) -> None:
    alert_id = town.raise_alert("battery_low", "open")
    put_off(town, alert_id)
    town.advance(HOUR_S)
    assert town.sms.taken == []
    town.advance(4 * HOUR_S)
    assert len(town.sms.to(town.phone("endo"))) == 1


@pytest.mark.parametrize("for_s", [0, -1, 8 * HOUR_S + 1, float("nan")])
def test_it_lasts_eight_hours_at_most(town: Town, for_s: float) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    with pytest.raises(Invalid):
        put_off(town, alert_id, for_s=for_s)


def test_it_needs_one_of_the_reasons(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    with pytest.raises(Invalid):
        put_off(town, alert_id, reason="")
    for reason in REASONS:
        put_off(town, alert_id, reason=reason)


def test_what_is_asked_about_or_on_the_way_to_or_over_is_not_put_off(town: Town) -> None:
    asking = town.raise_alert("inactivity", "asking")
    with pytest.raises(IllegalStep):
        put_off(town, asking)
    on_the_way = town.raise_alert("leak", "open")
    town.claim(on_the_way, "aoki")
    town.do(alerts.coming, on_the_way, "aoki")
    with pytest.raises(IllegalStep):
        put_off(town, on_the_way)
    town.do(alerts.close, on_the_way, "aoki", outcome="safe_home")
    with pytest.raises(IllegalStep):
        put_off(town, on_the_way)
