"""Fill the register of an empty installation: an organisation, its workers, and one building with who lives there."""

import secrets
from datetime import date, datetime

from msgspec import Struct

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
from backend.services import commands, directory, rota_layers
from backend.services.actors import SYSTEM

VIEWER = "system:seed"


class Staff(Struct, frozen=True):
    """Somebody who signs in. `role` as in core.access; `phone` in E.164, and not checked: it may exist nowhere."""

    login: str
    name: str
    kana: str
    phone: str
    role: str
    on_call: bool = False  # at all times, with whoever else is, until a coordinator plans it


class Step(Struct, frozen=True):
    """A step of the policy: a worker by login, a role, or whoever is on call."""

    target: str
    login: str = ""
    role: str = ""
    channels: tuple[str, ...] = ("sms", "voice")
    wait_s: float = 60.0


class Relative(Struct, frozen=True):
    """Whom to call about a resident. `kind`: family, neighbour, doctor …"""

    kind: str
    name: str
    phone: str
    kana: str = ""


class Home(Struct, frozen=True):
    """A unit with its resident. `ref` is its name in the contract, `name` the number on the door."""

    ref: str
    name: str
    floor: int
    resident: str
    kana: str
    birth: date
    phone: str
    relatives: tuple[Relative, ...]
    medical: str = ""
    needs: str = ""
    risks: str = ""
    entry_consent: bool = True


class Hung(Struct, frozen=True):
    """A node, the ref of the home in which it hangs, and what it reports."""

    node: str
    home: str
    room: str
    kinds: tuple[str, ...]
    mains: bool = False


class Register(Struct, frozen=True):
    """All that is written. `since`: from when on people live there and nodes hang there.

    `key_place` and `protocol` (what to do, in which order) are every home's.
    """

    name: str
    kana: str
    fallback_phone: str
    building: str
    address: str
    gateway: str
    policy: str
    steps: tuple[Step, ...]
    staff: tuple[Staff, ...]
    homes: tuple[Home, ...]
    key_place: str
    protocol: str
    since: datetime
    hung: tuple[Hung, ...] = ()
    zone: str = "Asia/Tokyo"


class Seeded(Struct, frozen=True):
    """What was made; the credential and the password are shown once and kept nowhere in clear."""

    organisation_id: int
    gateway_id: int
    gateway_ref: str
    credential: str
    password: str
    logins: list[str]
    units: dict[str, int]


def seed(store: Store, register: Register, *, now: datetime, real_now: datetime, password: str = "") -> Seeded:
    """Write the register; without a `password` for everybody one is made up.

    Raises IntegrityError where a login is taken.
    """
    password = password or secrets.token_urlsafe(12)
    with store.system_session() as session:
        organisation = Organisation(
            name=register.name, kana=register.kana, fallback_phone=register.fallback_phone, created_at=now
        )
        session.add(organisation)
        session.flush()
        organisation_id = organisation.id
    with store.session(organisation_id, viewer=VIEWER, purpose="seed") as session:
        logins = {one.login: _staff(session, one, password) for one in register.staff}
        policy_id = _policy(session, register, logins)
        building = Building(name=register.building, zone=register.zone, address=register.address, policy_id=policy_id)
        building.rota_id = _rota(session, register, logins, now)
        session.add(building)
        session.flush()
        gateway, credential = directory.add_gateway(
            session, building_id=building.id, ref=register.gateway, now=now, real_now=real_now
        )
        units = {home.ref: _home(session, gateway, home, register) for home in register.homes}
        for one in register.hung:
            _hang(session, gateway, one, units[one.home], register.since)
        commands.configure(session, gateway.id, now)
    by_name = {home.name: units[home.ref] for home in register.homes}
    return Seeded(organisation_id, gateway.id, gateway.ref, credential, password, list(logins), by_name)


def _staff(session: StoreSession, one: Staff, password: str) -> int:
    worker = directory.add_worker(
        session,
        login=one.login,
        name=one.name,
        kana=one.kana,
        role=one.role,
        password=password,
    )
    worker.phone = one.phone
    return worker.id


def _policy(session: StoreSession, register: Register, logins: dict[str, int]) -> int:
    policy = Policy(name=register.policy)
    session.add(policy)
    session.flush()
    for position, step in enumerate(register.steps):
        row = PolicyStep(policy_id=policy.id, position=position, target=step.target, role=step.role)
        row.worker_id = logins[step.login] if step.login else None
        row.channels, row.wait_s = list(step.channels), step.wait_s
        session.add(row)
    session.flush()
    return policy.id


def _rota(session: StoreSession, register: Register, logins: dict[str, int], now: datetime) -> int | None:
    people = [f"worker:{logins[one.login]}" for one in register.staff if one.on_call]
    return rota_layers.always(session, SYSTEM, people, name="当番", now=now).id if people else None


def _home(session: StoreSession, gateway: Gateway, home: Home, register: Register) -> int:
    unit = Unit(
        building_id=gateway.building_id,
        gateway_id=gateway.id,
        ref=home.ref,
        name=home.name,
        floor=home.floor,
        protocol=register.protocol,
    )
    resident = Resident(
        name=home.resident,
        kana=home.kana,
        birth_date=home.birth,
        phone=home.phone,
        medical_notes=home.medical,
        communication_needs=home.needs,
        risks=home.risks,
    )
    session.add_all([unit, resident])
    session.flush()
    session.add(UnitEntry(unit_id=unit.id, key_place=register.key_place, entry_consent=home.entry_consent))
    session.add(Tenancy(unit_id=unit.id, resident_id=resident.id, since=register.since))
    for position, one in enumerate(home.relatives):
        contact = Contact(resident_id=resident.id, position=position, kind=one.kind, name=one.name, kana=one.kana)
        contact.phone = one.phone
        session.add(contact)
    session.flush()
    return unit.id


def _hang(session: StoreSession, gateway: Gateway, one: Hung, unit_id: int, since: datetime) -> None:
    node = Node(gateway_id=gateway.id, ref=one.node, mains=one.mains, kinds=list(one.kinds))
    session.add(node)
    session.flush()
    session.add(NodePlace(node_id=node.id, unit_id=unit_id, room=one.room, since=since))
