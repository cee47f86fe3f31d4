"""A hundred buildings, each with a gateway, a policy of two workers, and units with a resident and a button each."""

from dataclasses import dataclass
from datetime import datetime

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import (
    Building,
    Gateway,
    Organisation,
    Policy,
    PolicyStep,
    Resident,
    Tenancy,
    Unit,
    Worker,
)
from backend.core.clocks import instant
from backend.services import directory

BUILDINGS = 100  # so that few calls wait for another to the same person, which is another test's matter
UNITS = 5  # in each building
FORGETFUL_EVERY, FORGOTTEN_S = 4, 12.0  # in so manieth building a claim is forgotten so soon
STEP_S = 20.0  # long enough for a busy machine to let a call be answered before the next is made


@dataclass(frozen=True)
class House:
    """One building: its gateway's credential, its units, and the numbers of its residents and its two workers."""

    building_id: int
    forgets: bool  # whoever claims is not heard of again
    credential: str
    units: tuple[str, ...]
    residents: tuple[str, ...]  # in the order of the units
    first: str
    second: str


@dataclass(frozen=True)
class Town:
    organisation_id: int
    houses: tuple[House, ...]

    @property
    def forgetful(self) -> frozenset[int]:
        """The ids of the buildings whose claims are forgotten."""
        return frozenset(house.building_id for house in self.houses if house.forgets)


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
    policy, forgets = _policy(session, number, first, second), number % FORGETFUL_EVERY == 0
    if forgets:
        policy.claim_timeout_s = FORGOTTEN_S
    building = Building(name=f"第{number}荘", zone="Asia/Tokyo", policy_id=policy.id)
    session.add(building)
    session.flush()
    gateway = Gateway(ref=f"gw-{number}", building_id=building.id, credential_hash="")
    gateway.created_at = gateway.created_real_at = now
    session.add(gateway)
    session.flush()
    names = tuple(f"b{number}u{unit}" for unit in range(UNITS))
    residents = tuple(f"+8180{unit:04d}{number:04d}" for unit in range(UNITS))
    for name, phone in zip(names, residents, strict=True):
        unit = Unit(ref=name, name=name, building_id=building.id, gateway_id=gateway.id)
        resident = Resident(name=name, phone=phone)
        session.add_all([unit, resident])
        session.flush()
        session.add(Tenancy(unit_id=unit.id, resident_id=resident.id, since=now))
    return House(building.id, forgets, directory.issue_credential(session, gateway), names, residents, first, second)


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
