"""Fill the register of an empty installation: an organisation, its workers, and one building with who lives there."""

import secrets
from datetime import datetime

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
    ResidentPhoto,
    Tenancy,
    Unit,
    UnitEntry,
)
from backend.services import commands, directory, photos, rota_layers
from backend.services.actors import SYSTEM
from backend.services.register import Home, Hung, Register, Staff, checked

VIEWER = "system:seed"


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

    Raises ManyInvalid naming the fields, and IntegrityError where a login is taken.
    """
    register = checked(register)
    pictures = photos.of(register.homes)
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
        units = {home.ref: _home(session, gateway, home, register, pictures.get(home.ref)) for home in register.homes}
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
        row = PolicyStep(policy_id=policy.id, position=position, target=step.target, role=step.role or "")
        row.worker_id = logins[step.login] if step.login else None
        row.channels, row.wait_s = list(step.channels), step.wait_s
        row.contact_kinds = list(step.contact_kinds)
        session.add(row)
    session.flush()
    return policy.id


def _rota(session: StoreSession, register: Register, logins: dict[str, int], now: datetime) -> int | None:
    people = [f"worker:{logins[one.login]}" for one in register.staff if one.on_call]
    return rota_layers.always(session, SYSTEM, people, name="当番", now=now).id if people else None


def _home(session: StoreSession, gateway: Gateway, home: Home, register: Register, photo: ResidentPhoto | None) -> int:
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
        language=home.language,
        medical_notes=home.medical,
        communication_needs=home.needs,
        risks=home.risks,
    )
    session.add_all([unit, resident])
    session.flush()
    session.add(UnitEntry(unit_id=unit.id, key_place=register.key_place, entry_consent=home.entry_consent))
    session.add(Tenancy(unit_id=unit.id, resident_id=resident.id, since=register.since))
    if photo is not None:
        photo.resident_id = resident.id
        session.add(photo)
    for position, one in enumerate(home.relatives):
        contact = Contact(resident_id=resident.id, position=position, kind=one.kind, name=one.name, kana=one.kana)
        contact.phone, contact.language = one.phone, one.language
        contact.may_know, contact.disclosure = one.may_know, one.disclosure
        session.add(contact)
    session.flush()
    return unit.id


def _hang(session: StoreSession, gateway: Gateway, one: Hung, unit_id: int, since: datetime) -> None:
    node = Node(gateway_id=gateway.id, ref=one.node, mains=one.mains, kinds=list(one.kinds))
    session.add(node)
    session.flush()
    session.add(NodePlace(node_id=node.id, unit_id=unit_id, room=one.room, since=since))
