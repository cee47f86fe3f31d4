"""Random interleavings of sends, crashes, answers, claims, storms, snoozes, work and time: nothing is lost or doubled.

Senders act step by step and may stop for ever between any two steps. Two worker processes take turns. The provider is
honest about what it received unless it has "forgotten", which is when the next channel is used. Nothing here breaks
anything of the product's own, so whatever it logs as an error is one.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from backend.adapters.store.schema import AlertEvent, Notification, Timer
from backend.core.alerts import HELD, LIVE, UNCLAIMED
from backend.core.noise import LONGEST_MAINTENANCE_S
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Sent
from backend.services import outbox, sending
from backend.services.pages import REACHED, UNSETTLED
from backend.services.sending import Lease, Ready
from tests.backend.logged_errors import LoggedErrors
from tests.backend.services.deeds import DAY_S, KINDS, UNITS, WORKERS, Deeds
from tests.backend.town import LIMITS, Town
from tests.scale import scaled

ANY = st.integers(0, 99)


class Engine(RuleBasedStateMachine):
    new_town: Callable[[], Town]

    def __init__(self) -> None:
        super().__init__()
        self.town = self.new_town()
        self.deeds = Deeds(self.town)
        self.leases: list[Lease] = []
        self.readies: list[Ready] = []
        self.handed: list[tuple[Lease, Any]] = []
        self.ever_claimed: set[int] = set()
        self.errors = LoggedErrors()
        self.errors.__enter__()

    # --- what happens in the building ----------------------------------------------------------------------------

    @initialize(kind=st.sampled_from(KINDS), unit=st.sampled_from(UNITS))
    def begin(self, kind: Any, unit: str) -> None:
        self.deeds.raise_alert(kind, unit)

    @rule(kind=st.sampled_from(KINDS), unit=st.sampled_from(UNITS))
    def raise_alert(self, kind: Any, unit: str) -> None:
        self.deeds.raise_alert(kind, unit)

    @rule(kind=st.sampled_from(["inactivity", "monitoring_lost", "battery_low"]))
    def a_storm_comes(self, kind: Any) -> None:
        self.deeds.raise_many(kind)

    @rule(kind=st.sampled_from(KINDS), unit=st.sampled_from(UNITS))
    def the_resident_is_asked_first(self, kind: Any, unit: str) -> None:
        self.deeds.raise_alert(kind, unit, "asking")

    @rule(which=ANY)
    def the_gateway_says_that_nobody_answers(self, which: int) -> None:
        self.deeds.nobody_answers(which)

    @rule(which=ANY)
    def the_resident_answers_at_the_node(self, which: int) -> None:
        self.ends_unless_somebody_has_it(self.deeds.answer_at_the_node(which))

    @rule(which=ANY)
    def the_resident_answers_the_call(self, which: int) -> None:
        self.ends_unless_somebody_has_it(self.deeds.answer_the_call(which))

    @rule(which=ANY)
    def a_sign_of_life_comes(self, which: int) -> None:
        self.ends_unless_somebody_has_it(self.deeds.sign_of_life(which))

    def ends_unless_somebody_has_it(self, alert_id: int | None) -> None:
        alert = self.town.alert(alert_id) if alert_id is not None else None
        if alert is None or alert.priority == "P1":
            return
        assert alert.state not in UNCLAIMED, "nothing is wrong any more, and people are called all the same"
        if alert.state == "closed":
            waiting = [row.purpose for row in self.town.rows(alert.id) if row.state == "pending"]
            assert set(waiting) <= {"told"}, "what was to be sent about it still waits"

    # --- senders -------------------------------------------------------------------------------------------------

    @rule(kind=st.sampled_from(["sms", "voice"]), most=st.integers(1, 3))
    def take(self, kind: str, most: int) -> None:
        self.leases += sending.take(self.town.store, kind, most=most, real_now=self.town.real_now, limits=LIMITS)

    @precondition(lambda self: self.leases)
    @rule(which=ANY)
    def prepare(self, which: int) -> None:
        lease = self.leases.pop(which % len(self.leases))
        town = self.town
        ready = sending.prepare(
            town.store,
            lease,
            town.channels,
            now=town.now,
            real_now=town.real_now,
            limits=LIMITS,
            url="https://w.example",
        )
        if ready is None:
            return
        with town.session() as session:
            row = session.get_one(Notification, lease.row_id)
            if row.purpose in ("ask", "visit"):
                assert row.alert.state in LIVE, "somebody is asked about what is over"
            elif row.purpose != "told":
                assert row.alert.state == "open", "handed over before it opened, or after a claim"
                assert not row.alert.held_why, "handed over although it is held back"
        self.readies.append(ready)

    @precondition(lambda self: self.readies)
    @rule(which=ANY, outcome=st.sampled_from(["ok", "ok", "no", "busy", "hangs", "hangs-taken"]))
    def hand_over(self, which: int, outcome: str) -> None:
        ready = self.readies.pop(which % len(self.readies))
        channel: Any = ready.channel
        failures = {"no": DeliveryError("no", permanent=True), "busy": DeliveryError("busy", permanent=False)}
        if outcome in failures:
            channel.outcomes = [failures[outcome]]
        elif outcome == "hangs":
            channel.outcomes = [Ambiguous("hung")]
        result = sending.send(ready, self.town.real_now)
        channel.outcomes = []
        if outcome == "hangs-taken" and isinstance(result, Sent):
            result = Ambiguous("hung after taking it")
        if result is not None:
            self.handed.append((ready.lease, result))

    @precondition(lambda self: self.handed)
    @rule(which=ANY)
    def record(self, which: int) -> None:
        lease, result = self.handed.pop(which % len(self.handed))
        sending.record(self.town.store, lease, result, now=self.town.now, real_now=self.town.real_now)

    @rule(kind=st.sampled_from(["sms", "voice"]), outcome=st.sampled_from(["ok", "hangs-taken"]))
    def a_sender_dies_after_the_hand_over(self, kind: str, outcome: str) -> None:
        """Its shortest way there, so that what follows is tried often."""
        self.take(kind, 1)
        if self.leases:
            self.prepare(len(self.leases) - 1)
        if self.readies:
            self.hand_over(len(self.readies) - 1, outcome)
        self.handed = []

    @precondition(lambda self: self.leases)
    @rule(who=st.sampled_from(WORKERS))
    def a_claim_comes_between_taking_and_handing_over(self, who: str) -> None:
        with self.town.session() as session:
            alert_id = session.get_one(Notification, self.leases[-1].row_id).alert_id
        if self.town.alert(alert_id).state in UNCLAIMED:
            self.town.claim(alert_id, who)
        self.prepare(len(self.leases) - 1)

    @rule()
    def kill_all_senders(self) -> None:
        self.leases, self.readies, self.handed = [], [], []

    @rule(knows=st.booleans())
    def provider_forgets(self, knows: bool) -> None:
        self.town.sms.knows = self.town.voice.knows = knows

    # --- people --------------------------------------------------------------------------------------------------

    @rule(which=ANY, who=st.sampled_from(WORKERS))
    def claim(self, which: int, who: str) -> None:
        self.deeds.claim(which, who)

    @rule(which=ANY)
    def release(self, which: int) -> None:
        self.deeds.release(which)

    @rule(which=ANY)
    def close(self, which: int) -> None:
        self.deeds.close(which)

    @rule(which=ANY, who=st.sampled_from(WORKERS))
    def send_visitor(self, which: int, who: str) -> None:
        self.deeds.send_visitor(which, who)

    @rule(which=ANY, key=st.sampled_from(["1", "2", "4", "9"]))
    def press(self, which: int, key: str) -> None:
        self.deeds.press(which, key)

    @rule(which=ANY)
    def a_call_rings_out(self, which: int) -> None:
        self.deeds.ring_out(which)

    @rule(which=ANY, minutes=st.sampled_from([1, 15, 480]))
    def put_off(self, which: int, minutes: int) -> None:
        self.deeds.put_off(which, minutes)

    @rule(which=ANY)
    def wake(self, which: int) -> None:
        self.deeds.wake(which)

    @rule(in_s=st.sampled_from([0, 30, 300]), for_s=st.sampled_from([60, 3600, DAY_S]), whole=st.booleans())
    def work_is_planned(self, in_s: int, for_s: int, whole: bool) -> None:
        self.deeds.plan_work(in_s, for_s, whole)

    @rule()
    def work_is_over_early(self) -> None:
        self.deeds.end_work()

    # --- time ----------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 30, 61, 300, 901]), process=st.integers(0, 1))
    def time_passes(self, seconds: int, process: int) -> None:
        self.deeds.pass_time(seconds, process)
        self.all_is_in_line()

    def all_is_in_line(self) -> None:
        """After a round of a worker process every alert is where it belongs."""
        found = {alert.id: alert for alert in self.deeds.alerts()}
        for alert in found.values():
            if alert.state == "asking":
                assert alert.open_due_at is not None
                assert alert.open_due_at > self.town.now, "asked for longer than it should be"
            if alert.state == "open" and alert.held_why == "storm":
                assert found[alert.incident_id or 0].state == "open", "held back by an incident that calls nobody"
            if alert.state == "open" and alert.held_until is not None:
                assert alert.held_until > self.town.now, "held back for longer than it should be"
            if alert.kind == "storm" and alert.state == "open":
                waiting = [one for one in found.values() if one.incident_id == alert.id and one.state == "open"]
                assert waiting, "an incident calls people for nothing"
            if alert.state in HELD and alert.claimed_with_incident:
                assert alert.incident_id is not None

    # --- what must always be so -----------------------------------------------------------------------------------

    @invariant()
    def no_exception_was_swallowed(self) -> None:
        assert not self.errors.told, self.errors.told[0]

    @invariant()
    def what_asks_first_calls_nobody_else_and_has_an_end(self) -> None:
        with self.town.session() as session:
            due = dict(session.execute(select(Timer.alert_id, Timer.due_at).where(Timer.kind == "open")).all())
        for alert in self.deeds.alerts("asking"):
            assert alert.priority != "P1"
            assert due.get(alert.id) == alert.open_due_at, "it would ask for ever"
            assert {row.purpose for row in self.town.rows(alert.id)} <= {"ask"}

    @invariant()
    def no_message_is_taken_twice(self) -> None:
        taken = Counter(one.id for one in (*self.town.sms.taken, *self.town.voice.taken))
        assert all(count == 1 for count in taken.values()), taken

    @invariant()
    def every_open_alert_has_a_next_step_and_none_is_held_back_without_an_end(self) -> None:
        with self.town.session() as session:
            due = dict(session.execute(select(Timer.alert_id, Timer.due_at).where(Timer.kind == "escalate")).all())
        latest = self.town.now + timedelta(seconds=LONGEST_MAINTENANCE_S)
        for alert in self.deeds.alerts():
            if alert.state == "open":
                assert alert.id in due, "nothing will ever call anybody again"
                assert due[alert.id] <= latest
                assert not alert.held_why or due[alert.id] <= (alert.held_until or latest)

    @invariant()
    def an_emergency_is_never_held_back_nor_hidden(self) -> None:
        self.ever_claimed |= {alert.id for alert in self.deeds.alerts() if alert.state not in UNCLAIMED}
        for alert in self.deeds.alerts():
            if alert.priority != "P1":
                continue
            assert (alert.held_why, alert.incident_id) == ("", None)
            if alert.id not in self.ever_claimed:
                assert "cancelled" not in {row.state for row in self.town.rows(alert.id)}

    @invariant()
    def nobody_is_called_twice_at_once_for_the_same(self) -> None:
        """Only an emergency rings beside another call, and then only beside a lesser one."""
        with self.town.session() as session:
            ringing = session.execute(
                select(Notification.person, Notification.rank, func.count())
                .where(
                    Notification.channel == "voice",
                    Notification.purpose.in_(("page", "visit")),
                    Notification.state.in_(("sending", "sent", "delivered")),
                    Notification.handed_over_real_at > self.town.real_now - timedelta(seconds=LIMITS.lease_s),
                    Notification.provider != "",
                )
                .group_by(Notification.person, Notification.rank)
            ).all()
        assert all(count == 1 for _person, _rank, count in ringing), ringing

    def teardown(self) -> None:
        try:
            self.whoever_is_needed_is_reached()
            self.no_exception_was_swallowed()
        finally:
            self.errors.__exit__(None, None, None)
            self.town.store.close()  # hundreds of them would grow to gigabytes

    def whoever_is_needed_is_reached(self) -> None:
        """Every sender dies, and nobody does anything any more: it comes to an end all the same."""
        self.kill_all_senders()
        town = self.town
        town.sms.knows = town.voice.knows = True
        urgent = {alert.id for alert in self.deeds.alerts() if alert.state == "open" and alert.priority == "P1"}
        assert any(urgent <= reached for reached in self._reached_by(6, 61)), "an emergency called nobody"
        before = {alert.id: alert.incident_id for alert in self.deeds.alerts(*LIVE)}
        missed: set[int] = set()
        for reached in self._reached_by(8, DAY_S // 4):
            found = self.deeds.alerts()
            after = {alert.id: alert.incident_id for alert in found}
            over = {alert.id for alert in found if alert.kind == "storm" and alert.state == "closed"}  # as by work
            missed = {one for one, incident in before.items() if not {one, incident, after[one]} & reached} - over
            if not missed:
                break
        assert not missed, "an alert was held back or claimed for ever"

    def _reached_by(self, times: int, seconds: int) -> Iterator[set[int | None]]:
        """Let time pass, step after step, all calls ringing out; yield the alerts of which somebody was told by then.

        That is who was sent something about them, or heard of them in a call about another one. The resident who is
        asked and whoever is to go and look do not count, since they cannot take an alert. A call lasts minutes: in the
        hours of one step everybody's telephone is free again for what is less urgent.
        """
        town = self.town
        before = {row.id for row in self._reaching()}
        said_before = self._said_in_other_calls()
        for _ in range(times):
            town.advance(seconds)
            self.all_is_in_line()
            while self._rang_out():
                town.process.tick()
            sent = {row.alert_id for row in self._reaching() if row.id not in before}
            yield sent | set((self._said_in_other_calls() - said_before).elements())

    def _reaching(self) -> list[Notification]:
        return [row for row in self.town.rows() if row.state in REACHED and row.purpose not in ("ask", "visit")]

    def _rang_out(self) -> int:
        """Let whoever is being called not answer; return how many calls that were."""
        with self.town.session() as session:
            ringing = select(Notification.message_id).where(
                Notification.channel == "voice", Notification.state.in_(UNSETTLED)
            )
            rings = session.scalars(ringing).all()
            for message_id in rings:
                outbox.unanswered(session, message_id, "no answer", now=self.town.now)
        return len(rings)

    def _said_in_other_calls(self) -> Counter[int]:
        with self.town.session() as session:
            ended = session.scalars(select(AlertEvent).where(AlertEvent.what == "call_unanswered"))
            return Counter(event.alert_id for event in ended if "with_alert" in event.detail)


def _play(make: Callable[[], Town], examples: int) -> None:
    machine = type("Engine", (Engine,), {"new_town": staticmethod(make)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


def test_no_interleaving_on_sqlite_loses_or_doubles_a_page(sqlite_town: Callable[[], Town]) -> None:
    _play(sqlite_town, scaled(200))


def test_no_interleaving_on_postgresql_loses_or_doubles_a_page(postgres_town: Callable[[], Town]) -> None:
    _play(postgres_town, scaled(50))
