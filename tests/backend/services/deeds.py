"""All that people, buildings and time can do to a small organisation, chosen by numbers: for random schedules."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from backend.adapters.store.schema import Alert, Building, Maintenance, Notification
from backend.core.alerts import HELD, LIVE, UNCLAIMED
from backend.errors import IllegalStep
from backend.services import alerts, maintenance, outbox, snoozes
from backend.services.pages import UNSETTLED
from tests.backend.town import LIMITS, Town

KINDS = ("emergency", "smoke", "inactivity", "leak", "monitoring_lost", "battery_low")
UNITS = ("u101", "u102", "u103", "u201", "u202", "u203")
WORKERS = ("aoki", "ito", "endo")
STORM = 3  # so many units are a storm here
MOST = 8
DAY_S = 24 * 3600


class Deeds:
    """What can be done. `which` picks one of those there are; where there is none, nothing happens."""

    def __init__(self, town: Town) -> None:
        self.town = town
        town.limit(storm_units=STORM)
        self.processes = [town.process, town.start_process()]
        self.names: dict[int, tuple[Any, str, str]] = {}  # alert → kind, unit, the gateway's name for it

    def alerts(self, *states: str) -> list[Alert]:
        with self.town.session() as session:
            found = session.scalars(select(Alert).order_by(Alert.id)).all()
        return [alert for alert in found if not states or alert.state in states]

    def one_of(self, which: int, *states: str) -> Alert | None:
        found = self.alerts(*states)
        return found[which % len(found)] if found else None

    # --- the building --------------------------------------------------------------------------------------------

    def raise_alert(self, kind: Any, unit: str, stage: Any = "open") -> None:
        if len(self.names) < MOST:
            name = f"a{len(self.names)}"
            assert self.town.report(self.town.alert_report(kind, stage, name=name, unit=unit)) == ["stored"]
            self.names[self.town.find(name)] = kind, unit, name

    def raise_many(self, kind: Any) -> None:
        for unit in UNITS[: STORM + 1]:
            self.raise_alert(kind, unit)

    def sign_of_life(self, which: int) -> int | None:
        return self._say_of(self.one_of(which, *LIVE), "resumed")

    def answer_at_the_node(self, which: int) -> int | None:
        """The resident presses the node's key "I'm fine", while it asks or later."""
        return self._say_of(self.one_of(which, *LIVE), "answered")

    def nobody_answers(self, which: int) -> None:
        """The gateway says by itself that the asking is over, before the backend's own timer does."""
        self._say_of(self.one_of(which, "asking"), "open")

    def _say_of(self, alert: Alert | None, stage: Any) -> int | None:
        """Let the gateway report a later stage; return the alert's id where it is one of the gateway's."""
        if alert is None or alert.id not in self.names:
            return None
        kind, unit, name = self.names[alert.id]
        assert self.town.report(self.town.alert_report(kind, stage, name=name, unit=unit)) == ["stored"]
        return alert.id

    # --- people --------------------------------------------------------------------------------------------------

    def claim(self, which: int, who: str) -> None:
        alert = self.one_of(which, *UNCLAIMED)
        if alert is not None:
            self.town.claim(alert.id, who)

    def release(self, which: int) -> None:
        alert = self.one_of(which, *HELD)
        if alert is not None:
            self.town.do(alerts.release, alert.id, "endo")

    def close(self, which: int) -> None:
        alert = self.one_of(which, *HELD)
        if alert is not None and alert.kind != "storm":
            self.town.do(alerts.close, alert.id, "endo", outcome="device_fault")

    def send_visitor(self, which: int, who: str) -> None:
        alert = self.one_of(which, *HELD)
        if alert is not None and alert.kind != "storm":
            self.town.do(alerts.send_visitor, alert.id, "endo", worker_id=self.town.worker(who).id)

    def answer_the_call(self, which: int) -> int | None:
        """The resident who is called and asked says by key that all is well; return the id of what asked."""
        with self.town.session() as session:
            asks = select(Notification.message_id).where(Notification.purpose == "ask")
            found = set(session.scalars(asks.where(Notification.state.in_(UNSETTLED))))
            called = [message.id for message in self.town.voice.taken if message.id in found]
            if not called:
                return None
            return outbox.answered(session, called[which % len(called)], "1", now=self.town.now).alert_id

    def press(self, which: int, key: str) -> None:
        if self.town.voice.taken:
            message = self.town.voice.taken[which % len(self.town.voice.taken)]
            with self.town.session() as session:
                outbox.answered(session, message.id, key, now=self.town.now)

    def ring_out(self, which: int) -> None:
        if self.town.voice.taken:
            message = self.town.voice.taken[which % len(self.town.voice.taken)]
            with self.town.session() as session:
                outbox.unanswered(session, message.id, "no answer", now=self.town.now)

    def put_off(self, which: int, minutes: int) -> None:
        alert = self.one_of(which, "open", "claimed")
        if alert is None:
            return
        never = alert.priority == "P1" or alert.kind == "storm"
        try:
            self.town.do(snoozes.snooze, alert.id, "endo", for_s=minutes * 60, reason="spoken")
            assert not never
        except IllegalStep:
            assert never

    def wake(self, which: int) -> None:
        snoozed = [alert for alert in self.alerts("open") if alert.held_why == "snooze"]
        if snoozed:
            self.town.do(snoozes.wake, snoozed[which % len(snoozed)].id, "ito", limits=LIMITS)

    def plan_work(self, in_s: int, for_s: int, whole: bool) -> None:
        town, endo = self.town, self.town.actor("endo")
        since = town.now + timedelta(seconds=in_s)
        with town.session() as session:
            maintenance.plan(
                session,
                endo,
                building_id=session.scalars(select(Building.id)).one(),
                unit_id=None if whole else town.seeded.units["101"],
                since=since,
                until=since + timedelta(seconds=for_s),
                reason="工事",
                now=town.now,
            )

    def end_work(self) -> None:
        endo = self.town.actor("endo")
        with self.town.session() as session:
            for planned in session.scalars(select(Maintenance.id).order_by(Maintenance.id)).all():
                maintenance.end(session, planned, endo, now=self.town.now)

    # --- time ----------------------------------------------------------------------------------------------------

    def pass_time(self, seconds: int, process: int, heard: bool = True) -> None:
        """One of the two worker processes does what falls due at the end of it."""
        self.town.process = self.processes[process]
        self.town.advance(seconds, heard=heard)
