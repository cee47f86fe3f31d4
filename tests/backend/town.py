"""A small organisation with its gateway, its workers' phones and a worker process stepped by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from contract import reports as contract
from sqlalchemy import select

from backend.adapters.store import Store, lock
from backend.adapters.store.schema import (
    Alert,
    AlertEvent,
    Building,
    Gateway,
    GatewayCommand,
    Notification,
    Policy,
    Resident,
    Tenancy,
    Unit,
    Worker,
)
from backend.config import Config, Limits, check
from backend.core.clocks import instant
from backend.ports import Doubt, Fate, Found, Kind, Message, Sent
from backend.services import alerts, beginning, reports, supervision
from backend.services.actors import Actor, acting
from backend.services.seed import Seeded, seed
from backend.worker import Worker as WorkerProcess
from tests.fakes import Clock

START = 1_795_400_000.0
LIMITS = Limits()
WORDS = contract.Words("理由。", "A reason.")


class Phones:
    """A provider that takes every message, unless `outcomes` says what happens to the next ones."""

    rate_per_s = 1000.0

    def __init__(self, kind: Kind, name: str | None = None) -> None:
        self.kind: Kind = kind
        self.name = name or f"phones-{kind}"
        self.taken: list[Message] = []
        self.outcomes: list[Exception] = []
        self.fate: Fate | None = None
        self.knows = True

    def send(self, message: Message) -> Sent:
        if self.outcomes:
            raise self.outcomes.pop(0)
        self.taken.append(message)
        return Sent(f"ref-{message.id}")

    def lookup(self, doubt: Doubt) -> Found | None:
        if self.fate is not None:
            return Found(self.fate)
        if not self.knows:
            return None
        return Found("sent" if any(one.id == doubt.message_id for one in self.taken) else "not_received")

    def to(self, phone: str) -> list[Message]:
        return [message for message in self.taken if message.to == phone]


class Town:
    """The organisation; domain and real time stand still until moved."""

    def __init__(self, store: Store, seeded: Seeded) -> None:
        self.store, self.seeded = store, seeded
        self.organisation_id = seeded.organisation_id
        self.clock = Clock(START)
        self.real = Clock(START)
        self.sms, self.voice = Phones("sms"), Phones("voice")
        self.channels: dict[str, Sequence[Any]] = {"sms": [self.sms], "voice": [self.voice]}
        self.limit()
        self._seq = 0

    def limit(self, **limits: Any) -> None:
        """Let other limits hold than the usual ones, and start the worker process with them."""
        self.config: Config = check({"secret_key": "x" * 32, "public_url": "https://watch.example", "limits": limits})
        self.process = self.start_process()

    def start_process(self) -> WorkerProcess:
        return WorkerProcess(self.config, self.store, self.channels, self.clock, self.real.now)

    @property
    def now(self) -> datetime:
        return instant(self.clock.now())

    @property
    def real_now(self) -> datetime:
        return instant(self.real.now())

    def session(self, viewer: str = "system:test") -> Any:
        return self.store.session(self.organisation_id, viewer=viewer, purpose="test")

    def advance(self, seconds: float, *, heard: bool = True) -> None:
        """Let `seconds` pass in both times, and the worker do what falls due at the end of them.

        `heard`: the gateway sends its heartbeat meanwhile.
        """
        self.clock.advance(seconds=seconds)
        self.real.advance(seconds=seconds)
        if heard:
            self.post(self.batch())
        self.process.tick()

    # --- the gateway ----------------------------------------------------------------------------------------------

    def batch(self, *sent: contract.Report, journal: str = "j") -> contract.Batch:
        numbered = []
        for report in sent:
            self._seq += 1
            numbered.append(contract.Numbered(self._seq, self.clock.now(), report))
        return contract.Batch(journal, self.clock.now(), numbered)

    def post(self, batch: contract.Batch, gateway_id: int | None = None) -> contract.BatchReply:
        with self.store.session(self.organisation_id, viewer="gateway:1") as session:
            gateway = session.get_one(Gateway, gateway_id or self.seeded.gateway_id)
            return reports.apply(
                session, gateway, batch, now=self.now, real_now=self.real_now, limits=self.config.limits
            )

    def another_organisation(self) -> Seeded:
        """A second one in the same database, of the same people under other logins."""
        register = beginning.register(name="よその法人", gateway="other", login_suffix="2")
        return seed(self.store, register, now=self.now, real_now=self.real_now)

    def hear(self, other: Seeded) -> None:
        """The gateway of another organisation of this database sends its heartbeat."""
        with self.store.session(other.organisation_id, viewer="gateway:2") as session:
            gateway = lock(session, Gateway, other.gateway_id)
            supervision.heard(session, gateway, now=self.now, real_now=self.real_now)

    def report(self, *sent: contract.Report) -> list[str]:
        return [one.result for one in self.post(self.batch(*sent)).results]

    def raise_alert(self, kind: contract.AlertKind = "emergency", stage: contract.Stage = "open", **more: Any) -> int:
        """Let the gateway raise an alert; returns the alert's id."""
        alert = self.alert_report(kind, stage, **more)
        assert self.report(alert) == ["stored"]
        return self.find(alert.alert)

    def alert_report(
        self, kind: contract.AlertKind, stage: contract.Stage, name: str | None = None, **more: Any
    ) -> contract.Alert:
        unit = more.pop("unit", "u203")
        if stage == "asking":
            more.setdefault("ask_until", self.clock.now() + 120)
            more.setdefault("open_at", self.clock.now() + 360)
        return contract.Alert(name or f"a-{kind}", unit, kind, stage, self.clock.now(), WORDS, **more)

    def find(self, name: str) -> int:
        with self.session() as session:
            found: int = session.scalars(select(Alert.id).where(Alert.ref == name)).one()
            return found

    def alert_everywhere(self, kind: contract.AlertKind, *units: str, stage: contract.Stage = "open") -> list[int]:
        """Let the gateway raise an alert in each of these units at once; returns their ids."""
        names = [f"{kind}-{unit}" for unit in units]
        batch = [self.alert_report(kind, stage, name=name, unit=unit) for name, unit in zip(names, units, strict=True)]
        assert set(self.report(*batch)) == {"stored"}
        return [self.find(name) for name in names]

    def add_building(self, name: str, policy_id: int | None) -> int:
        """One more building with one unit, "<name>-1", under the first one's rota; returns its gateway's id."""
        with self.session() as session:
            rota_id = session.scalars(select(Building.rota_id).order_by(Building.id)).first()
            building = Building(name=name, policy_id=policy_id, rota_id=rota_id)
            session.add(building)
            session.flush()
            gateway = Gateway(building_id=building.id, ref=name, credential_hash="")
            gateway.created_at, gateway.created_real_at = self.now, self.real_now
            session.add(gateway)
            session.flush()
            session.add(Unit(building_id=building.id, gateway_id=gateway.id, ref=f"{name}-1", name="1"))
            return gateway.id

    def policy_id(self) -> int:
        with self.session() as session:
            found: int = session.scalars(select(Policy.id)).one()
            return found

    def told(self) -> list[str]:
        """The kinds of command the gateway was given, in order."""
        with self.session() as session:
            return list(session.scalars(select(GatewayCommand.kind).order_by(GatewayCommand.n)))

    # --- who lives here -------------------------------------------------------------------------------------------

    def everybody_moves_out(self) -> None:
        with self.session() as session:
            for tenancy in session.scalars(select(Tenancy)):
                tenancy.until = self.now

    def moves_in(self, unit: str) -> None:
        """Somebody, whoever it is, begins to live in that unit now."""
        with self.session() as session:
            resident = session.scalars(select(Resident).order_by(Resident.id)).first()
            assert resident is not None
            session.add(Tenancy(unit_id=self.seeded.units[unit], resident_id=resident.id, since=self.now))

    # --- people ---------------------------------------------------------------------------------------------------

    def worker(self, login: str) -> Worker:
        with self.session() as session:
            found: Worker = session.scalars(select(Worker).where(Worker.login == login)).one()
            return found

    def phone(self, login: str) -> str:
        return self.worker(login).phone

    def actor(self, login: str) -> Actor:
        return acting(self.worker(login), "web")

    def do(self, what: Any, alert_id: int, login: str, **more: Any) -> Alert:
        """Let a worker do one of services.alerts to an alert."""
        with self.session() as session:
            done: Alert = what(session, alert_id, self.actor(login), now=self.now, **more)
            return done

    def claim(self, alert_id: int, login: str) -> Alert:
        return self.do(alerts.claim, alert_id, login)

    # --- what is known --------------------------------------------------------------------------------------------

    def alert(self, alert_id: int) -> Alert:
        with self.session() as session:
            found: Alert = session.get_one(Alert, alert_id)
            assert found.unit is None or found.unit.name
            return found

    def history(self, alert_id: int) -> list[str]:
        with self.session() as session:
            rows = select(AlertEvent.what).where(AlertEvent.alert_id == alert_id).order_by(AlertEvent.id)
            return list(session.scalars(rows))

    def rows(self, alert_id: int | None = None) -> list[Notification]:
        with self.session() as session:
            rows = select(Notification).order_by(Notification.id)
            if alert_id is not None:
                rows = rows.where(Notification.alert_id == alert_id)
            return list(session.scalars(rows))

    def states(self, alert_id: int) -> list[tuple[str, str, str]]:
        return [(row.person, row.channel, row.state) for row in self.rows(alert_id)]
