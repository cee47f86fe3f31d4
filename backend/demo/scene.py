"""What the demo's story and pages see of the system: alerts, phones and units at one moment, read from the store."""

from msgspec import Struct
from sqlalchemy import func, select

from backend.adapters.store.schema import Alert, DemoMessage, Notification, Resident, Timer, Unit, UnitLive, Worker
from backend.adapters.store.session import Store
from backend.core.alerts import LIVE, PAGED
from backend.core.clocks import seconds
from backend.ports import Kind

VIEWER = "system:demo"
RINGS_S = 14.0  # how long a phone rings, in domain time: less than until the next call to the same phone


class Phone(Struct, frozen=True):
    """One of the demo's phones. `role`: "worker", "coordinator", "administrator", "resident" or "fallback"."""

    number: str
    name: str
    role: str
    login: str = ""
    unit: str = ""


class Message(Struct, frozen=True):
    """What a phone got. `over`: an answered, missed or no longer ringing call; `answered`: a key was pressed in it;
    `missed`: it rang until its end, or was hung up."""

    id: str
    to: str
    kind: Kind
    text: str
    at: float
    links: list[str] = []
    keys: list[str] = []
    reply: str = ""
    alert: str = ""
    over: bool = False
    answered: bool = False
    missed: bool = False

    def rings(self, now: float) -> bool:
        return self.kind == "voice" and not self.over and now - self.at < RINGS_S


class SeenAlert(Struct, frozen=True):
    id: int
    ref: str
    unit: str
    kind: str
    priority: str
    state: str
    since: float
    claimed_by: str = ""
    outcome: str = ""

    @property
    def holds_time(self) -> bool:
        """Whether people are at work on it, so that time must not run away from them."""
        return self.state in LIVE and self.priority in PAGED


class SeenUnit(Struct, frozen=True):
    unit: str
    watching: str
    presence: str = "unknown"
    last_sign_at: float | None = None
    deadline: float | None = None


class Scene(Struct, frozen=True):
    """One moment. `next_due`: when something falls due for an alert, if any is open."""

    now: float
    rate: float
    alerts: list[SeenAlert]
    messages: list[Message]
    units: list[SeenUnit]
    next_due: float | None = None


def read(store: Store, organisation_id: int, now: float, rate: float) -> Scene:
    """Read nobody's name: names and numbers stand in the phone book."""
    with store.reading(organisation_id, viewer=VIEWER, purpose="demo scene") as session:
        names = {unit.id: unit.name for unit in session.scalars(select(Unit))}
        alerts = list(session.scalars(select(Alert).order_by(Alert.id)))
        refs = {alert.id: alert.ref for alert in alerts}
        rows = {row.message_id: row for row in session.scalars(select(Notification))}
        messages = [_message(one, rows.get(one.message_id), refs) for one in session.scalars(
            select(DemoMessage).order_by(DemoMessage.id))]  # fmt: skip
        due = session.scalar(select(func.min(Timer.due_at)))
        return Scene(
            now=now,
            rate=rate,
            alerts=[_alert(alert, names) for alert in alerts],
            messages=messages,
            units=[_unit(live, names) for live in session.scalars(select(UnitLive))],
            next_due=seconds(due) if due is not None else None,
        )


def phone_book(store: Store, organisation_id: int) -> list[Phone]:
    """Every phone of the demo; to be read once, for each reading of residents is written into the audit."""
    from backend.adapters.store.schema import Organisation, Tenancy

    with store.session(organisation_id, viewer=VIEWER, purpose="demo phones") as session:
        units = {unit.id: unit.name for unit in session.scalars(select(Unit))}
        homes = {one.resident_id: units[one.unit_id] for one in session.scalars(select(Tenancy))}
        workers = [
            Phone(worker.phone, worker.name, worker.role, worker.login)
            for worker in session.scalars(select(Worker).order_by(Worker.id))
            if worker.phone
        ]
        residents = [
            Phone(resident.phone, resident.name, "resident", unit=homes.get(resident.id, ""))
            for resident in session.scalars(select(Resident).order_by(Resident.id))
            if resident.phone
        ]
        fallback = session.get_one(Organisation, organisation_id).fallback_phone
        return [*workers, *residents, *([Phone(fallback, "代表電話", "fallback")] if fallback else [])]


def _alert(alert: Alert, names: dict[int, str]) -> SeenAlert:
    return SeenAlert(
        id=alert.id,
        ref=alert.ref,
        unit=names.get(alert.unit_id or 0, ""),
        kind=alert.kind,
        priority=alert.priority,
        state=alert.state,
        since=seconds(alert.since),
        claimed_by=alert.claimed_by.login if alert.claimed_by else "",
        outcome=alert.outcome or "",
    )


def _message(message: DemoMessage, row: Notification | None, refs: dict[int, str]) -> Message:
    return Message(
        id=message.message_id,
        # Whatever the address, it is on the phone of the same person that the message is read.
        to=(row.worker.phone if row is not None and row.worker is not None else "") or message.to,
        kind=message.kind,  # type: ignore[arg-type]  # the database keeps a Kind as text
        text=message.text,
        at=seconds(message.at),
        links=list(message.links),
        keys=list(message.keys),
        reply=message.reply,
        alert=refs.get(row.alert_id or 0, "") if row is not None else "",
        answered=message.answered_at is not None,
        missed=row is not None and row.state == "unanswered",
        over=message.answered_at is not None or row is None or row.state not in ("sending", "sent", "delivered"),
    )


def _unit(live: UnitLive, names: dict[int, str]) -> SeenUnit:
    return SeenUnit(
        unit=names.get(live.unit_id, ""),
        watching=live.watching,
        presence=live.presence,
        last_sign_at=seconds(live.last_sign_at) if live.last_sign_at else None,
        deadline=seconds(live.deadline) if live.deadline else None,
    )
