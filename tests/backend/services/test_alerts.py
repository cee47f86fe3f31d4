"""What people do to an alert."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from backend.adapters.store.schema import SafetyCheck, Timer
from backend.core.alerts import OUTCOMES
from backend.errors import AlreadyClaimed, IllegalStep, Invalid, LinkSpent, NotAllowed, NotFound
from backend.services import absences, alerts, links, outbox
from tests.backend.town import Town


def test_of_two_workers_who_claim_at_once_exactly_one_has_it(new_town: Callable[[], Town]) -> None:
    for _ in range(3):
        town = new_town()
        alert_id = town.raise_alert()
        actors = [town.actor(login) for login in ("aoki", "ito", "ueda", "endo")]

        def claim(actor: object, town: Town = town, alert_id: int = alert_id) -> str:
            try:
                with town.session() as session:
                    alerts.claim(session, alert_id, actor, now=town.now)  # type: ignore[arg-type]
            except AlreadyClaimed as error:
                return error.by
            return "won"

        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(claim, actors))
        winner = town.alert(alert_id).claimed_by_id
        assert results.count("won") == 1
        assert actors[results.index("won")].worker_id == winner
        assert all(result for result in results)  # the others are told who
        assert town.history(alert_id).count("claimed") == 1


def test_a_claim_takes_back_what_is_pending_and_forgets_the_next_step(town: Town) -> None:
    alert_id = town.raise_alert()
    town.claim(alert_id, "ito")
    assert {row.state for row in town.rows(alert_id)} == {"cancelled"}
    town.advance(600)
    assert town.sms.taken == town.voice.taken == []
    with town.session() as session:
        assert session.scalars(select(Timer.kind)).all() == ["forgotten"]


def told(town: Town, login: str) -> list[str]:
    """The messages to a worker that ask for nothing: they hold no link."""
    return [message.text for message in town.sms.to(town.phone(login)) if not message.links]


def test_whoever_was_paged_is_told_once_who_has_taken_it(town: Town) -> None:
    alert_id = town.raise_alert()
    town.process.tick()
    town.advance(60)
    town.claim(alert_id, "ito")
    town.claim(alert_id, "ito")
    town.process.tick()
    assert [text for text in told(town, "aoki") if "伊藤 大輔さんが引き受けました" in text] == told(town, "aoki") != []
    assert (len(told(town, "aoki")), told(town, "ito"), told(town, "ueda")) == (1, [], [])
    town.do(alerts.close, alert_id, "ito", outcome="helped")
    town.advance(600)
    assert len(told(town, "aoki")) == 1


def test_nobody_is_told_of_a_claim_who_was_not_paged_or_said_that_it_is_not_for_them(town: Town) -> None:
    alert_id = town.raise_alert()
    town.claim(alert_id, "ito")
    town.process.tick()
    assert town.sms.taken == []
    town.do(alerts.release, alert_id, "ito")
    town.process.tick()
    with town.session() as session:
        outbox.answered(session, town.voice.to(town.phone("aoki"))[0].id, "9", now=town.now)
    town.claim(alert_id, "endo")
    town.process.tick()
    assert told(town, "aoki") == []


def test_a_claim_by_the_fallback_number_is_told_without_a_name(town: Town) -> None:
    town.raise_alert()
    for _ in range(10):
        town.advance(60)
    with town.session() as session:
        outbox.answered(session, town.voice.to("+819000000009")[0].id, "1", now=town.now)
    town.process.tick()
    assert "予備の連絡先が引き受けました" in told(town, "aoki")[0]


def test_what_was_given_back_before_anybody_was_told_is_not_told_and_the_next_claim_is(town: Town) -> None:
    alert_id = town.raise_alert()
    town.process.tick()
    town.claim(alert_id, "ito")
    town.do(alerts.release, alert_id, "ito")
    town.process.tick()
    assert told(town, "aoki") == []
    town.claim(alert_id, "endo")
    town.process.tick()
    assert "遠藤 由紀さんが" in told(town, "aoki")[0]


def test_of_an_emergency_nobody_took_in_time_the_coordinators_learn_once_and_it_keeps_ringing(town: Town) -> None:
    alert_id = town.raise_alert()
    town.process.tick()
    town.advance(60)
    (message,) = town.sms.to(town.phone("endo"))
    assert message.text.startswith("【未対応】") and message.links
    assert "overdue" in town.history(alert_id)
    assert len(town.voice.to(town.phone("ito"))) == 1
    town.advance(50)
    assert len(town.sms.to(town.phone("endo"))) == 1


def test_of_a_silence_the_coordinators_learn_at_their_own_step(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    town.advance(60)
    town.advance(60)
    town.advance(59)
    assert town.sms.to(town.phone("endo")) == []
    town.advance(1)
    assert "overdue" in town.history(alert_id)
    assert len(town.voice.to(town.phone("endo"))) == 1  # the fourth step


def test_the_gateway_hears_of_claim_coming_and_end(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "open")
    town.claim(alert_id, "aoki")
    town.do(alerts.coming, alert_id, "aoki")
    town.do(alerts.arrived, alert_id, "aoki")
    town.do(alerts.close, alert_id, "aoki", outcome="helped", note="転倒")
    assert town.told() == ["configure", "receipt", "receipt", "closed"]
    alert = town.alert(alert_id)
    assert (alert.state, alert.verdict, alert.note) == ("closed", "real", "転倒")
    assert town.history(alert_id)[-4:] == ["claimed", "coming", "arrived", "closed"]


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_every_outcome_closes_and_carries_its_verdict(sqlite_town: Callable[[], Town], outcome: str) -> None:
    town = sqlite_town()
    alert_id = town.raise_alert()
    town.claim(alert_id, "aoki")
    assert town.do(alerts.close, alert_id, "aoki", outcome=outcome).verdict == OUTCOMES[outcome]


def test_only_the_holder_or_a_coordinator_may_go_on_with_an_alert(town: Town) -> None:
    alert_id = town.raise_alert()
    town.claim(alert_id, "aoki")
    for step in (alerts.release, alerts.coming, alerts.arrived):
        with pytest.raises(NotAllowed):
            town.do(step, alert_id, "ito")
    with pytest.raises(NotAllowed):
        town.do(alerts.close, alert_id, "ito", outcome="helped")
    assert town.do(alerts.close, alert_id, "endo", outcome="helped").state == "closed"


def test_what_the_table_does_not_hold_changes_nothing(town: Town) -> None:
    alert_id = town.raise_alert()
    with pytest.raises(IllegalStep):
        town.do(alerts.close, alert_id, "aoki", outcome="helped")
    with pytest.raises(Invalid):
        town.do(alerts.close, alert_id, "aoki", outcome="resumed")
    with pytest.raises(NotFound):
        town.claim(alert_id + 1, "aoki")
    assert town.alert(alert_id).state == "open"


def test_claiming_what_one_has_already_changes_nothing(town: Town) -> None:
    alert_id = town.raise_alert()
    town.claim(alert_id, "aoki")
    town.claim(alert_id, "aoki")
    assert town.history(alert_id).count("claimed") == 1


def test_a_released_alert_is_paged_anew_from_the_first_step(town: Town) -> None:
    alert_id = town.raise_alert()
    town.process.tick()
    town.claim(alert_id, "aoki")
    town.do(alerts.release, alert_id, "aoki")
    town.process.tick()
    assert len(town.sms.to(town.phone("aoki"))) == 2
    assert town.alert(alert_id).claim_due_at is not None


def test_a_claim_that_is_forgotten_is_paged_anew_unless_somebody_says_a_word(town: Town) -> None:
    alert_id = town.raise_alert()
    town.process.tick()
    town.claim(alert_id, "aoki")
    town.advance(1799)
    town.do(alerts.note, alert_id, "aoki", text="向かっています")
    town.advance(1799)
    assert town.alert(alert_id).state == "claimed"
    town.advance(1)
    assert town.alert(alert_id).state == "open"
    assert "claim_forgotten" in town.history(alert_id)
    assert len(town.sms.to(town.phone("aoki"))) == 2


def test_who_has_arrived_has_longer_but_not_for_ever(town: Town) -> None:
    alert_id = town.raise_alert()
    town.process.tick()
    town.claim(alert_id, "aoki")
    town.do(alerts.arrived, alert_id, "aoki")
    town.advance(7199)
    town.do(alerts.note, alert_id, "aoki", text="救急車を待っています")
    town.advance(7199)
    assert town.alert(alert_id).state == "on_site"
    town.advance(1)
    assert town.alert(alert_id).state == "open"
    assert len(town.sms.to(town.phone("aoki"))) == 2


def test_the_residents_key_ends_an_unclaimed_alert_and_is_the_safety_check(town: Town) -> None:
    alert_id = town.raise_alert("inactivity", "asking")
    town.advance(120)
    (call,) = town.voice.taken
    with town.session() as session:
        assert outbox.answered(session, call.id, "5", now=town.now).result == "unknown_key"
        assert outbox.answered(session, call.id, "1", now=town.now).result == "thanks"
    assert town.alert(alert_id).outcome == "answered"
    assert town.told()[-2:] == ["closed", "answered"]
    with town.session() as session:
        assert session.scalars(select(SafetyCheck.method)).one() == "call"
    town.advance(600)
    assert len(town.voice.taken) == 1 and town.sms.taken == []


def test_a_link_claims_once_and_looking_at_it_claims_nothing(town: Town) -> None:
    alert_id = town.raise_alert()
    town.process.tick()
    (message,) = town.sms.taken
    token = message.links[0].rpartition("/")[2]
    with town.store.system_session() as session:
        assert links.look(session, token, town.now).alert_id == alert_id
    assert town.alert(alert_id).state == "open"
    with town.session() as session:
        links.redeem(session, token, now=town.now)
    assert town.alert(alert_id).claimed_by_id == town.worker("aoki").id
    for wrong in (token, "no-such-token", ""):
        with pytest.raises(LinkSpent), town.session() as session:
            links.redeem(session, wrong, now=town.now)


def test_a_link_ends_by_itself(town: Town) -> None:
    town.raise_alert()
    town.process.tick()
    token = town.sms.taken[0].links[0].rpartition("/")[2]
    town.clock.advance(hours=1)
    with pytest.raises(LinkSpent), town.session() as session:
        links.redeem(session, token, now=town.now)


def test_a_period_of_absence_is_told_to_the_gateway_and_a_visit_is_a_check(town: Town) -> None:
    unit_id = town.seeded.units["203"]
    with town.session() as session:
        actor = town.actor("aoki")
        visit = absences.begin(session, unit_id, "visit", actor, since=town.now, now=town.now)
        absences.begin(session, unit_id, "visit", actor, since=town.now, now=town.now)
        assert len(absences.running(session, unit_id, town.now)) == 1
        absences.end(session, visit.id, actor, now=town.now)
        absences.end(session, visit.id, actor, now=town.now)
        assert absences.running(session, unit_id, town.now) == []
    assert town.told() == ["configure", "absence", "absence", "absence_ended"]
    with town.session() as session:
        assert session.scalar(select(func.count(SafetyCheck.id))) == 1
