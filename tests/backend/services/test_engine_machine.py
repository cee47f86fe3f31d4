"""Random interleavings of sends, crashes, claims and time: nothing is lost, nothing goes out after a claim.

Senders act step by step and may stop for ever between any two steps. The provider is honest about what it received
unless it has "forgotten", which is when the next channel is used.
"""

from collections import Counter
from collections.abc import Callable
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
from sqlalchemy import select

from backend.adapters.store.schema import Notification, Timer
from backend.core.alerts import HELD
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Sent
from backend.services import alerts, outbox, sending
from backend.services.sending import Lease, Ready
from tests.backend.town import LIMITS, Town
from tests.scale import scaled

KINDS = ("emergency", "smoke", "inactivity", "leak")
WORKERS = ("aoki", "ito", "endo")


class Engine(RuleBasedStateMachine):
    new_town: Callable[[], Town]

    def __init__(self) -> None:
        super().__init__()
        self.town = self.new_town()
        self.raised: list[int] = []
        self.leases: list[Lease] = []
        self.readies: list[Ready] = []
        self.handed: list[tuple[Lease, Any]] = []
        self.claimed: set[int] = set()
        self.by_row: dict[int, tuple[int, str]] = {}

    def row_of(self, lease: Lease) -> tuple[int, str]:
        """The alert and the purpose of what was taken."""
        if lease.row_id not in self.by_row:
            with self.town.session() as session:
                row = session.get_one(Notification, lease.row_id)
                self.by_row[lease.row_id] = row.alert_id, row.purpose
        return self.by_row[lease.row_id]

    @initialize(kind=st.sampled_from(KINDS))
    def begin(self, kind: Any) -> None:
        self.raise_alert(kind)

    @precondition(lambda self: len(self.raised) < 3)
    @rule(kind=st.sampled_from(KINDS))
    def raise_alert(self, kind: Any) -> None:
        name = f"a{len(self.raised)}"
        assert self.town.report(self.town.alert_report(kind, "open", name=name)) == ["stored"]
        self.raised.append(self.town.find(name))

    @rule(kind=st.sampled_from(["sms", "voice"]), most=st.integers(1, 3))
    def take(self, kind: str, most: int) -> None:
        self.leases += sending.take(self.town.store, kind, most=most, real_now=self.town.real_now, limits=LIMITS)

    @precondition(lambda self: self.leases)
    @rule(which=st.integers(0, 99))
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
        if ready is not None:
            alert_id, purpose = self.row_of(lease)
            assert purpose == "told" or alert_id not in self.claimed, "handed over after a claim"
            self.readies.append(ready)

    @precondition(lambda self: self.readies)
    @rule(which=st.integers(0, 99), outcome=st.sampled_from(["ok", "ok", "no", "busy", "hangs", "hangs-taken"]))
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
    @rule(which=st.integers(0, 99))
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
        alert_id, _purpose = self.row_of(self.leases[-1])
        if self.town.alert(alert_id).state == "open":
            self.town.claim(alert_id, who)
            self.claimed.add(alert_id)
        self.prepare(len(self.leases) - 1)

    @rule()
    def kill_all_senders(self) -> None:
        self.leases, self.readies, self.handed = [], [], []

    @rule(knows=st.booleans())
    def provider_forgets(self, knows: bool) -> None:
        self.town.sms.knows = self.town.voice.knows = knows

    @precondition(lambda self: self.raised)
    @rule(which=st.integers(0, 99), who=st.sampled_from(WORKERS))
    def claim(self, which: int, who: str) -> None:
        alert_id = self.raised[which % len(self.raised)]
        if self.town.alert(alert_id).state == "open":
            self.town.claim(alert_id, who)
            self.claimed.add(alert_id)

    @precondition(lambda self: self.claimed)
    @rule()
    def release(self) -> None:
        alert_id = min(self.claimed)
        self.town.do(alerts.release, alert_id, "endo")
        self.claimed.discard(alert_id)

    @rule(key=st.sampled_from(["2", "4", "9"]), which=st.integers(0, 99))
    def press(self, key: str, which: int) -> None:
        if self.town.voice.taken:
            message = self.town.voice.taken[which % len(self.town.voice.taken)]
            with self.town.session() as session:
                outbox.answered(session, message.id, key, now=self.town.now)

    @rule(seconds=st.sampled_from([1, 30, 61, 300]))
    def time_passes(self, seconds: int) -> None:
        self.town.advance(seconds)

    @invariant()
    def no_message_is_taken_twice(self) -> None:
        taken = Counter(one.id for one in (*self.town.sms.taken, *self.town.voice.taken))
        assert all(count == 1 for count in taken.values()), taken

    @invariant()
    def every_open_alert_has_a_next_step(self) -> None:
        for alert_id in self.raised:
            if self.town.alert(alert_id).state == "open":
                with self.town.session() as session:
                    waiting = select(Timer.id).where(Timer.alert_id == alert_id, Timer.kind == "escalate")
                    assert session.scalar(waiting) is not None

    def teardown(self) -> None:
        """Every sender dies; whoever is still needed is reached all the same."""
        self.kill_all_senders()
        town = self.town
        town.sms.knows = town.voice.knows = True
        before = len(town.voice.taken)
        waiting = {one for one in self.raised if town.alert(one).state == "open"}
        for _ in range(6):  # longer than the longest wait of any step
            town.advance(61)
        with town.session() as session:
            messages = [one.id for one in town.voice.taken[before:]]
            rows = session.scalars(select(Notification).where(Notification.message_id.in_(messages))).all()
        called = {row.alert_id for row in rows}
        assert waiting <= called, "an open alert called nobody"
        for alert_id in self.claimed:
            assert town.alert(alert_id).state in HELD
            assert alert_id not in called, "a claimed alert was called out"


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
