"""Who lives and works in a `World`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from werkzeug.security import generate_password_hash

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import (
    Building,
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

AOI, BEA, CHIKA = "+819011110001", "+819011110002", "+819011110003"
HANA = "+819011110203"
UNIT = "203"
PASSWORD = "a password for tests"


@dataclass(frozen=True)
class Step:
    """One step of the policy: the worker with that login, the resident's contacts, or whoever is on call."""

    channels: tuple[str, ...]
    login: str = ""
    wait_s: float = 60.0
    contacts: tuple[str, ...] | None = None  # their kinds; empty: all of them


STEPS = (Step(("sms", "voice"), "aoi"), Step(("voice",), "bea"))


@dataclass(frozen=True)
class Town:
    organisation_id: int
    credential: str
    workers: dict[str, int]


def build(store: Store, steps: Sequence[Step], fallback_phone: str, at: float) -> Town:
    """Fill an empty database, which has its tables."""
    with store.system_session() as session:
        organisation = Organisation(name="ひだまり居住支援", fallback_phone=fallback_phone, created_at=instant(at))
        session.add(organisation)
        session.flush()
        organisation_id = organisation.id
    with store.session(organisation_id, viewer="system:test", purpose="test") as session:
        workers = _workers(session)
        credential = _building(session, _policy(session, steps, workers), at)
    return Town(organisation_id, credential, workers)


def _workers(session: StoreSession) -> dict[str, int]:
    people = (("aoi", "葵", AOI, "worker"), ("bea", "Bea", BEA, "worker"), ("chika", "千佳", CHIKA, "coordinator"))
    secret = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")
    workers = [
        Worker(login=login, name=name, phone=phone, role=role, language="ja", password_hash=secret)
        for login, name, phone, role in people
    ]
    session.add_all(workers)
    session.flush()
    return {worker.login: worker.id for worker in workers}


def _policy(session: StoreSession, steps: Sequence[Step], workers: dict[str, int]) -> Policy:
    policy = Policy(name="昼夜", rounds=1, exhausted_every_s=300.0, claim_timeout_s=1800.0)
    session.add(policy)
    session.flush()
    for position, step in enumerate(steps):
        target, worker_id = ("worker", workers[step.login]) if step.login else ("rota", None)
        target = target if step.contacts is None else "contact"
        row = PolicyStep(policy_id=policy.id, position=position, target=target, worker_id=worker_id)
        row.contact_kinds = list(step.contacts or ())
        row.channels, row.wait_s = list(step.channels), step.wait_s
        session.add(row)
    return policy


def _building(session: StoreSession, policy: Policy, at: float) -> str:
    building = Building(name="ひだまり荘", zone="Asia/Tokyo", policy_id=policy.id)
    session.add(building)
    session.flush()
    gateway, credential = directory.add_gateway(
        session, building_id=building.id, ref="gw-1", now=instant(at), real_now=datetime.now(UTC)
    )
    home, empty = (Unit(ref=ref, name=ref, building_id=building.id, gateway_id=gateway.id) for ref in (UNIT, "204"))
    resident = Resident(name="山田花", phone=HANA, language="ja")
    session.add_all([home, empty, resident])
    session.flush()
    session.add(Tenancy(unit_id=home.id, resident_id=resident.id, since=instant(at - 86400 * 365)))
    return credential
