"""A storm of alerts: one incident is called out, its members go with it, and no emergency is ever of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from contract import reports as contract
from sqlalchemy import select

from backend.adapters.store.schema import Alert, Timer
from backend.errors import IllegalStep
from backend.services import alerts, incidents, outbox, partners, snoozes
from backend.services.actors import Actor
from tests.backend.town import Town

UNITS = ("u101", "u102", "u103", "u201", "u202")


@pytest.fixture
def town(new_town: Callable[[], Town]) -> Town:
    """A town small enough for five units to be many."""
    town = new_town()
    town.limit(storm_units=5)
    return town


def the_storm(town: Town) -> Alert:
    with town.session() as session:
        found: Alert = session.scalars(select(Alert).where(Alert.kind == "storm").order_by(Alert.id.desc())).first()
        return found


def storms(town: Town) -> int:
    with town.session() as session:
        return len(session.scalars(select(Alert.id).where(Alert.kind == "storm")).all())


def sent(town: Town, *alert_ids: int) -> int:
    """How many calls and messages about these alerts have gone out."""
    return sum(row.provider != "" for alert_id in alert_ids for row in town.rows(alert_id))


# --- how it comes about ----------------------------------------------------------------------------------------------


def test_many_units_at_once_are_called_out_as_one_incident_in_place_of_each(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    storm = the_storm(town)
    assert (storm.priority, storm.state) == ("P2", "open")
    assert [town.alert(one).incident_id for one in members] == [storm.id] * 5
    assert sent(town, *members) == 0
    (sms,), (call,) = town.sms.to(town.phone("aoki")), town.voice.to(town.phone("aoki"))
    assert "5件" in sms.text and sms.links
    assert "5件" in call.text and "101" in call.text


def test_one_fewer_are_ordinary_alerts(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS[:4])
    town.process.tick()
    assert storms(town) == 0
    assert len(town.sms.to(town.phone("aoki"))) == len(members)


def test_what_was_paged_before_it_became_a_storm_is_taken_back_where_it_was_not_sent(town: Town) -> None:
    first = town.alert_everywhere("inactivity", *UNITS[:4])
    town.process.tick()
    before = sent(town, *first)
    town.advance(30)
    town.alert_everywhere("leak", "u202")
    town.process.tick()
    assert {town.alert(one).held_why for one in first} == {"storm"}
    town.advance(120)
    assert sent(town, *first) == before
    assert not [row for one in first for row in town.rows(one) if row.state == "pending"]


def test_a_button_press_is_never_hidden_in_a_storm(town: Town) -> None:
    town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    emergency = town.raise_alert("emergency", unit="u101")
    town.process.tick()
    assert town.alert(emergency).incident_id is None
    assert len(town.rows(emergency)) == 2
    assert {row.state for row in town.rows(emergency)} == {"sent"}


def test_a_silence_that_becomes_an_emergency_leaves_the_storm_and_is_paged_at_once(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    hot = contract.Evidence(climate=contract.Climate(town.clock.now(), 35.0, 80.0, 32.0))
    town.report(town.alert_report("inactivity", "open", name="inactivity-u101", unit="u101", evidence=hot))
    town.process.tick()
    assert (town.alert(members[0]).priority, town.alert(members[0]).incident_id) == ("P1", None)
    assert sent(town, members[0]) >= 1


def test_silent_gateways_are_a_storm_of_their_own_which_is_paged_when_buildings_are_lost(town: Town) -> None:
    policy = town.policy_id()
    gateways = [town.seeded.gateway_id, town.add_building("b", policy), town.add_building("c", policy)]
    for gateway_id in gateways:
        town.post(town.batch(), gateway_id)
    town.process.tick()
    town.advance(90, heard=False)
    assert (the_storm(town).priority, town.sms.taken) == ("T", [])
    town.advance(510, heard=False)
    assert the_storm(town).priority == "P2"
    assert "6件" in town.sms.to(town.phone("aoki"))[0].text
    assert len(town.sms.to(town.phone("aoki"))) == 1


def test_buildings_whose_alerts_would_call_other_people_are_of_no_common_storm(town: Town) -> None:
    elsewhere = town.add_building("b", None)
    town.alert_everywhere("inactivity", *UNITS[:4])
    report = town.alert_report("inactivity", "open", name="there", unit="b-1")
    assert town.post(town.batch(report), elsewhere).results[0].result == "stored"
    town.process.tick()
    assert storms(town) == 0


# --- as long as it lasts ---------------------------------------------------------------------------------------------


def test_what_comes_while_it_is_open_is_taken_in_and_what_comes_a_quarter_of_an_hour_after_the_last_is_not(
    town: Town,
) -> None:
    town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    town.advance(900)
    late = town.raise_alert("leak", unit="u203")
    town.process.tick()
    assert town.alert(late).incident_id == the_storm(town).id
    assert sent(town, late) == 0
    town.advance(901)
    later = town.raise_alert("bathroom", unit="u203")
    town.process.tick()
    assert town.alert(later).incident_id is None
    assert sent(town, later) >= 1


def test_members_keep_their_own_clocks(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    town.advance(180)
    assert all("overdue" in town.history(one) for one in members)
    assert town.alert(members[0]).claim_due_at is not None


def test_whoever_claims_it_has_all_of_it(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    with town.session() as session:
        call = town.voice.to(town.phone("aoki"))[0]
        assert outbox.answered(session, call.id, "1", now=town.now).result == "claimed"
    town.process.tick()
    aoki = town.worker("aoki").id
    assert {(town.alert(one).state, town.alert(one).claimed_by_id) for one in members} == {("claimed", aoki)}
    assert town.told().count("receipt") == len(members)
    before = len(town.voice.taken), len(town.sms.taken)
    town.advance(600)
    assert (len(town.voice.taken), len(town.sms.taken)) == before


def test_a_partner_who_claims_it_has_all_of_it(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    storm = the_storm(town).id
    with town.session() as session:
        partner = partners.add(session, name="夜間見守りセンター", phone="050-1111-2222").id
        night = Actor(f"partner:{partner}", via="voice", partner_id=partner)
        alerts.claim(session, storm, night, now=town.now)
    town.process.tick()
    assert {(town.alert(one).state, town.alert(one).claimed_by_partner_id) for one in members} == {("claimed", partner)}


def test_those_who_were_called_out_are_told_once_of_all_of_it(town: Town) -> None:
    town.alert_everywhere("inactivity", *UNITS[:4])
    town.process.tick()
    town.alert_everywhere("leak", "u202")
    town.process.tick()
    town.claim(the_storm(town).id, "ito")
    town.process.tick()
    told = [message for message in town.sms.to(town.phone("aoki")) if not message.links]
    assert [("伊藤 大輔さんが引き受けました" in message.text) for message in told] == [True]


def test_a_member_can_be_claimed_by_itself_and_stays_with_whoever_has_it(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    town.claim(members[2], "ito")
    town.claim(the_storm(town).id, "aoki")
    town.process.tick()
    assert town.alert(members[2]).claimed_by_id == town.worker("ito").id
    assert town.alert(members[0]).claimed_by_id == town.worker("aoki").id


def test_what_is_given_back_with_it_waits_for_it_and_what_was_begun_does_not_come_back(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    storm = the_storm(town).id
    town.claim(storm, "aoki")
    town.process.tick()
    town.do(alerts.coming, members[0], "aoki")
    before = len(town.sms.to(town.phone("aoki")))
    town.do(alerts.release, storm, "aoki")
    town.process.tick()
    assert town.alert(members[0]).state == "coming"
    assert {town.alert(one).held_why for one in members[1:]} == {"storm"}
    assert len(town.sms.to(town.phone("aoki"))) == before + 1  # the incident alone


def test_a_member_that_is_given_back_while_somebody_has_the_incident_is_paged_by_itself(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    town.claim(the_storm(town).id, "aoki")
    town.process.tick()
    town.do(alerts.release, members[0], "aoki")
    town.process.tick()
    assert town.alert(members[0]).incident_id is None
    assert sent(town, members[0]) >= 1


def test_whoever_goes_from_member_to_member_has_not_forgotten_the_incident(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    storm = the_storm(town).id
    town.claim(storm, "aoki")
    town.process.tick()
    town.advance(1700)
    town.do(alerts.note, members[0], "aoki", text="ご家族と話した")
    town.advance(1000)
    assert town.alert(storm).state == "claimed"
    assert "claim_forgotten" in town.history(members[1])  # of this one nothing was heard
    town.advance(801)
    assert "claim_forgotten" in town.history(storm)


# --- how it ends -----------------------------------------------------------------------------------------------------


def test_it_ends_with_its_last_member_and_says_so(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    storm = the_storm(town).id
    for unit in UNITS:
        assert town.alert(storm).state == "open"
        town.report(town.alert_report("inactivity", "resumed", name=f"inactivity-{unit}", unit=unit))
        town.process.tick()
    assert (town.alert(storm).state, town.alert(storm).outcome) == ("closed", "subsided")
    assert "終了しました" in town.sms.to(town.phone("aoki"))[-1].text
    assert {town.alert(one).outcome for one in members} == {"resumed"}


def test_it_calls_nobody_any_more_once_every_member_was_claimed_by_itself(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    for one in members:
        town.claim(one, "ito")
    town.process.tick()
    assert the_storm(town).outcome == "subsided"


def test_a_claimed_one_ends_with_its_last_member_and_is_closed_by_nobody(town: Town) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    storm = the_storm(town).id
    town.claim(storm, "aoki")
    town.process.tick()
    with pytest.raises(IllegalStep):
        town.do(alerts.close, storm, "aoki", outcome="device_fault")
    for one in members:
        assert town.alert(storm).state == "claimed"
        town.do(alerts.close, one, "aoki", outcome="safe_home")
        town.process.tick()
    assert (town.alert(storm).state, town.alert(storm).outcome) == ("closed", "subsided")


def test_it_cannot_be_put_off_because_nobody_would_be_called_for_its_members(town: Town) -> None:
    town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    with pytest.raises(IllegalStep):
        town.do(snoozes.snooze, the_storm(town).id, "aoki", for_s=900, reason="other")


# --- processes -------------------------------------------------------------------------------------------------------


def test_two_worker_processes_make_one_incident_of_it(town: Town) -> None:
    town.alert_everywhere("inactivity", *UNITS)

    def keep(_: int) -> int:
        return incidents.keep(town.store, now=town.now, limits=town.config.limits)

    with ThreadPoolExecutor(4) as pool:
        joined = list(pool.map(keep, range(8)))
    assert (storms(town), sum(joined)) == (1, 5)


def test_a_worker_that_was_killed_in_the_midst_of_it_leaves_nobody_without_a_call(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    town.claim(the_storm(town).id, "aoki")
    monkeypatch.setattr(incidents, "keep", lambda *_, **__: 0)  # nobody ever goes over them again
    town.do(alerts.release, the_storm(town).id, "aoki")
    town.claim(the_storm(town).id, "ito")
    town.advance(61)
    assert all(sent(town, one) for one in members)


def test_every_open_member_has_a_timer(town: Town) -> None:
    members = town.alert_everywhere("battery_low", *UNITS)
    town.process.tick()
    with town.session() as session:
        timers = set(session.scalars(select(Timer.alert_id).where(Timer.kind == "escalate")))
    assert {*members, the_storm(town).id} <= timers


def test_of_many_members_only_some_follow_at_once_so_that_no_emergency_waits_for_all(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = town.alert_everywhere("inactivity", *UNITS)
    town.process.tick()
    town.claim(the_storm(town).id, "aoki")
    monkeypatch.setattr(incidents, "MOST_AT_ONCE", 2)
    followed = []
    for _ in range(3):
        incidents.keep(town.store, now=town.now, limits=town.config.limits)
        followed.append(sum(town.alert(one).state == "claimed" for one in members))
    assert followed == [2, 4, 5]
