"""Buildings for the benches: each with a gateway, units, and one worker of its own who is called and never answers."""

from dataclasses import dataclass
from datetime import datetime

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import Building, Gateway, Organisation, Policy, PolicyStep, Unit, Worker
from backend.services import directory

WAIT_S = 300.0  # before the next round: what is measured is over by then
UNIT = r"b\d+u\d+"  # how a unit is found in a text


@dataclass(frozen=True)
class House:
    credential: str
    phone: str  # its worker's
    units: tuple[str, ...]


def build(store: Store, buildings: int, units: int, now: datetime) -> tuple[House, ...]:
    """Fill an empty, migrated database with one organisation of so many buildings of so many units."""
    with store.system_session() as session:
        organisation = Organisation(name="ひだまり居住支援", fallback_phone="+81312345678", created_at=now)
        session.add(organisation)
        session.flush()
        organisation_id = organisation.id
    with store.session(organisation_id, viewer="system:bench", purpose="bench") as session:
        coordinator = Worker(login="c", name="c", phone="+819011199999", password_hash="nobody signs in")
        coordinator.role = "coordinator"
        session.add(coordinator)
        return tuple(_house(session, number, units, now) for number in range(buildings))


def _house(session: StoreSession, number: int, units: int, now: datetime) -> House:
    policy = Policy(name=f"第{number}荘", rounds=3, exhausted_every_s=WAIT_S)
    phone = f"+8190111{number:05d}"
    worker = Worker(login=f"w{number}", name=f"w{number}", phone=phone, password_hash="nobody signs in")
    session.add_all((policy, worker))
    session.flush()
    step = {"target": "worker", "worker_id": worker.id, "channels": ["sms", "voice"], "wait_s": WAIT_S}
    session.add(PolicyStep(policy_id=policy.id, position=0, **step))
    building = Building(name=f"第{number}荘", zone="Asia/Tokyo", policy_id=policy.id)
    session.add(building)
    session.flush()
    gateway = Gateway(ref=f"gw-{number}", building_id=building.id, credential_hash="")
    gateway.created_at = gateway.created_real_at = now
    session.add(gateway)
    session.flush()
    names = tuple(f"b{number}u{unit}" for unit in range(units))
    session.add_all(Unit(ref=name, name=name, building_id=building.id, gateway_id=gateway.id) for name in names)
    return House(directory.issue_credential(session, gateway), phone, names)
