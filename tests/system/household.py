"""The people and flats of an `Installation`: as many units as wanted, each with a motion sensor and a button."""

from dataclasses import dataclass
from datetime import UTC, datetime

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import (
    Building,
    Gateway,
    Node,
    NodePlace,
    Organisation,
    Policy,
    PolicyStep,
    Unit,
    Worker,
)
from backend.core.clocks import instant
from backend.services.commands import configure
from backend.services.directory import add_gateway, add_worker

AOI, BEA = "+819011110001", "+819011110002"
PASSWORD = "a password for tests"
FIRST_STEP = ["sms", "voice"]  # how Aoi is paged


@dataclass(frozen=True)
class Household:
    organisation_id: int
    gateway: str
    credential: str
    units: list[str]


def motion_node(unit: str) -> str:
    return f"{unit}-room"


def button_node(unit: str) -> str:
    return f"{unit}-button"


def build(store: Store, units: int, at: float) -> Household:
    """Fill an empty, migrated database, and queue the gateway's configuration."""
    with store.system_session() as session:
        organisation = Organisation(name="ひだまり居住支援", created_at=instant(at))
        session.add(organisation)
        session.flush()
        organisation_id = organisation.id
    with store.session(organisation_id, viewer="system:test", purpose="test") as session:
        building = Building(name="ひだまり荘", zone="Asia/Tokyo", policy_id=_policy(session).id)
        session.add(building)
        session.flush()
        gateway, credential = add_gateway(
            session, building_id=building.id, ref="hikari-1", now=instant(at), real_now=datetime.now(UTC)
        )
        names = [f"u{100 + number}" for number in range(units)]
        for name in names:
            _unit(session, name, building, gateway, at)
        session.flush()
        configure(session, gateway.id, instant(at))
        return Household(organisation_id, credential.partition(".")[0], credential, names)


def _policy(session: StoreSession) -> Policy:
    aoi, bea = (
        add_worker(session, login=login, name=name, phone=phone, password=PASSWORD)
        for login, name, phone in (("aoi", "葵", AOI), ("bea", "Bea", BEA))
    )
    policy = Policy(name="昼夜", rounds=2, exhausted_every_s=3.0)
    session.add(policy)
    session.flush()
    for position, (worker, channels) in enumerate(((aoi, FIRST_STEP), (bea, ["voice"]))):
        session.add(_step(policy, position, worker, channels))
    return policy


def _step(policy: Policy, position: int, worker: Worker, channels: list[str]) -> PolicyStep:
    return PolicyStep(
        policy_id=policy.id, position=position, target="worker", worker_id=worker.id, channels=channels, wait_s=2.0
    )


def _unit(session: StoreSession, name: str, building: Building, gateway: Gateway, at: float) -> None:
    unit = Unit(ref=name, name=name, building_id=building.id, gateway_id=gateway.id)
    room = Node(gateway_id=gateway.id, ref=motion_node(name), kinds=["motion"])
    button = Node(gateway_id=gateway.id, ref=button_node(name), mains=True, kinds=["emergency", "fine"])
    session.add_all([unit, room, button])
    session.flush()
    for node, place in ((room, "living"), (button, "entrance")):
        session.add(NodePlace(node_id=node.id, unit_id=unit.id, room=place, since=instant(at - 86_400)))
