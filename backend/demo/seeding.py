"""Fill an empty database with the demo's building and people."""

from datetime import datetime, timedelta

import msgspec
from contract import reports
from contract.reports import Building as ContractBuilding

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import (
    Building,
    Contact,
    Gateway,
    Node,
    NodePlace,
    Organisation,
    Policy,
    PolicyStep,
    Resident,
    Tenancy,
    Unit,
    UnitEntry,
)
from backend.core.clocks import seconds
from backend.demo import people
from backend.demo.building import UNITS, Sensor
from backend.demo.scene import VIEWER
from backend.services import commands, directory

_BEFORE = timedelta(days=730)  # long enough ago for any history
_WAIT_S = 60.0


class Seeded(msgspec.Struct, frozen=True):
    """What the gateway must be given: its credential, and its building as the contract has it."""

    credential: str
    building: ContractBuilding


def seed(
    store: Store, hanging: tuple[Sensor, ...], zone: str, now: datetime, real_now: datetime, human_limits_s: float
) -> Seeded:
    """Write everything in one transaction for the organisation; `hanging` is every node of the building."""
    since = now - _BEFORE
    with store.system_session() as session:
        organisation = Organisation(
            name="居住支援法人 あかり（実演）", kana="あかり", fallback_phone=people.FALLBACK_PHONE, created_at=since
        )
        session.add(organisation)
        session.flush()
        organisation_id = organisation.id
    with store.session(organisation_id, viewer=VIEWER, purpose="demo seed") as session:
        building = Building(name="ひかり荘", zone=zone, address="東京都世田谷区（架空）", policy_id=_policy(session))
        session.add(building)
        session.flush()
        gateway, credential = directory.add_gateway(
            session, building_id=building.id, ref="hikari", now=now, real_now=real_now
        )
        _homes(session, building, gateway, since)
        _nodes(session, gateway, hanging, since)
        told = _told(hanging, zone, seconds(since), human_limits_s)
        commands.tell(session, gateway.id, reports.Configure(told), now)
        return Seeded(credential, told)


def _policy(session: StoreSession) -> int:
    ids = {}
    for one in people.WORKERS:
        worker = directory.add_worker(
            session, login=one.login, name=one.name, kana=one.kana, role=one.role, password=people.PASSWORD
        )
        worker.phone = one.phone  # not through the check: these numbers exist nowhere
        ids[one.login] = worker.id
    policy = Policy(name="ひかり荘 通報の順番")
    session.add(policy)
    session.flush()
    for position, login in enumerate(("sato", "suzuki", "tanaka")):
        session.add(
            PolicyStep(
                policy_id=policy.id,
                position=position,
                target="worker",
                worker_id=ids[login],
                channels=["sms", "voice"],
                wait_s=_WAIT_S,
            )
        )
    return policy.id


def _homes(session: StoreSession, building: Building, gateway: Gateway, since: datetime) -> None:
    units = {}
    for name in UNITS:
        unit = units[name] = Unit(
            building_id=building.id,
            gateway_id=gateway.id,
            ref=name,
            name=name,
            floor=int(name[0]),
            protocol=people.PROTOCOL,
        )
        session.add(unit)
    session.flush()
    for person in people.RESIDENTS:
        _home(session, units[person.unit], person, since)


def _home(session: StoreSession, unit: Unit, person: people.DemoResident, since: datetime) -> None:
    resident = Resident(
        name=person.name,
        kana=person.kana,
        birth_date=person.birth,
        phone=person.phone,
        medical_notes=person.medical,
        communication_needs=person.needs,
        risks=person.risks,
    )
    session.add(resident)
    session.flush()
    session.add(Tenancy(unit_id=unit.id, resident_id=resident.id, since=since))
    session.add(UnitEntry(unit_id=unit.id, key_place=person.key, entry_consent=person.consent))
    for position, contact in enumerate(person.contacts):
        session.add(
            Contact(
                resident_id=resident.id,
                position=position,
                kind=contact.kind,
                name=contact.name,
                kana=contact.kana,
                phone=contact.phone,
            )
        )


def _nodes(session: StoreSession, gateway: Gateway, hanging: tuple[Sensor, ...], since: datetime) -> None:
    units = {unit.ref: unit.id for unit in session.query(Unit)}
    for one in hanging:
        node = Node(gateway_id=gateway.id, ref=one.node, mains=one.mains, kinds=list(one.kinds))
        session.add(node)
        session.flush()
        session.add(NodePlace(node_id=node.id, unit_id=units[one.unit], room=one.room, since=since))


def _told(hanging: tuple[Sensor, ...], zone: str, since: float, human_limits_s: float) -> ContractBuilding:
    """The same for the gateway, asking no longer than the demo waits for people: by node, by call, by call again."""
    return ContractBuilding(
        zone=zone,
        units=[reports.UnitSettings(name) for name in UNITS],
        nodes=[
            reports.NodePlace(one.node, one.unit, one.room, since, mains=one.mains, kinds=list(one.kinds))
            for one in hanging
        ],
        ask_node_s=human_limits_s,
        ask_total_s=2.5 * human_limits_s,
    )
