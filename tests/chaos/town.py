"""A hundred buildings, each with a gateway, a policy of two workers, and units in which buttons are pressed."""

from dataclasses import dataclass
from datetime import datetime

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import Building, Gateway, Organisation, Policy, PolicyStep, Unit, Worker
from backend.core.clocks import instant
from backend.services import directory

BUILDINGS = 100  # so that few calls wait for another to the same person, which is another test's matter
UNITS = 5  # in each building
STEP_S = 20.0  # long enough for a busy machine to let a call be answered before the next is made


@dataclass(frozen=True)
class House:
    """One building: its gateway's credential, its units, and the numbers of its two workers."""

    credential: str
    units: tuple[str, ...]
    first: str
    second: str


@dataclass(frozen=True)
class Town:
    organisation_id: int
    houses: tuple[House, ...]


def build(store: Store, at: float) -> Town:
    """Fill an empty, migrated database."""
    with store.system_session() as session:
        organisation = Organisation(name="ひだまり居住支援", created_at=instant(at))
        session.add(organisation)
        session.flush()
        organisation_id = organisation.id
    with store.session(organisation_id, viewer="system:test", purpose="test") as session:
        return Town(organisation_id, tuple(_house(session, number, instant(at)) for number in range(BUILDINGS)))


def _house(session: StoreSession, number: int, now: datetime) -> House:
    first, second = (f"+8190{step}111{number:04d}" for step in (1, 2))
    building = Building(name=f"第{number}荘", zone="Asia/Tokyo", policy_id=_policy(session, number, first, second).id)
    session.add(building)
    session.flush()
    gateway = Gateway(ref=f"gw-{number}", building_id=building.id, credential_hash="")
    gateway.created_at = gateway.created_real_at = now
    session.add(gateway)
    session.flush()
    names = tuple(f"b{number}u{unit}" for unit in range(UNITS))
    session.add_all(Unit(ref=name, name=name, building_id=building.id, gateway_id=gateway.id) for name in names)
    return House(directory.issue_credential(session, gateway), names, first, second)


def _policy(session: StoreSession, number: int, *numbers: str) -> Policy:
    policy = Policy(name=f"第{number}荘", rounds=50, exhausted_every_s=3.0)
    session.add(policy)
    session.flush()
    for position, (phone, channels) in enumerate(zip(numbers, (["sms", "voice"], ["voice"]), strict=True)):
        login = f"w{number}-{position}"
        worker = Worker(login=login, name=login, phone=phone, password_hash="nobody signs in")
        session.add(worker)
        session.flush()
        session.add(
            PolicyStep(
                policy_id=policy.id,
                position=position,
                target="worker",
                worker_id=worker.id,
                channels=channels,
                wait_s=STEP_S,
            )
        )
    return policy
