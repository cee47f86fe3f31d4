"""A small organisation to begin with: one building, six units, their residents, workers, a policy, a gateway."""

import secrets
from datetime import UTC, date, datetime

from msgspec import Struct

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import (
    Building,
    Contact,
    Gateway,
    Organisation,
    Policy,
    PolicyStep,
    Resident,
    Tenancy,
    Unit,
    UnitEntry,
)
from backend.core.access import Role
from backend.services import commands, directory

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


class Home(Struct, frozen=True):
    name: str
    floor: int
    resident: str
    kana: str
    birth: date
    phone: str
    contact: tuple[str, str, str]  # kind, name, phone
    needs: str = ""


# Nobody's names, and numbers from a range that is given to nobody (090-0000-…).
HOMES = (
    Home(
        "101",
        1,
        "佐藤 ハル",
        "さとう はる",
        date(1941, 4, 3),
        "+819000001101",
        ("family", "佐藤 健一", "+819000002101"),
    ),
    Home(
        "102",
        1,
        "鈴木 正雄",
        "すずき まさお",
        date(1938, 11, 20),
        "+819000001102",
        ("family", "鈴木 由美", "+819000002102"),
        "右耳が遠い",
    ),
    Home(
        "103",
        1,
        "高橋 トシ",
        "たかはし とし",
        date(1944, 7, 9),
        "",
        ("neighbour", "伊藤 まさ子", "+819000002103"),
    ),
    Home(
        "201",
        2,
        "田中 義雄",
        "たなか よしお",
        date(1947, 1, 31),
        "+819000001201",
        ("family", "田中 誠", "+819000002201"),
    ),
    Home(
        "202",
        2,
        "渡辺 キヨ",
        "わたなべ きよ",
        date(1935, 9, 15),
        "+819000001202",
        ("doctor", "みどり診療所", "+819000002202"),
        "歩行器を使用",
    ),
    Home(
        "203",
        2,
        "山本 昭",
        "やまもと あきら",
        date(1943, 5, 27),
        "+819000001203",
        ("family", "山本 さくら", "+819000002203"),
    ),
)
WORKERS = (
    ("aoki", "青木 恵", "あおき めぐみ", "+819000000001", Role.WORKER, True),
    ("ito", "伊藤 大輔", "いとう だいすけ", "+819000000002", Role.WORKER, True),
    ("ueda", "上田 千夏", "うえだ ちなつ", "+819000000003", Role.WORKER, False),
    ("endo", "遠藤 由紀", "えんどう ゆき", "+819000000004", Role.COORDINATOR, False),
    ("admin", "管理者", "かんりしゃ", "", Role.ADMINISTRATOR, False),
)
TENANTS_SINCE = datetime(2024, 4, 1, tzinfo=UTC)


def seed(
    store: Store,
    *,
    now: datetime,
    real_now: datetime,
    name: str = "居住支援法人 あかり",
    gateway: str = "hikari",
    login_suffix: str = "",
) -> Seeded:
    """Make an organisation; `login_suffix` keeps the logins of a second one apart. Raises IntegrityError."""
    with store.system_session() as session:
        organisation = Organisation(name=name, kana="あかり", fallback_phone="+819000000009", created_at=now)
        session.add(organisation)
        session.flush()
        organisation_id = organisation.id
    with store.session(organisation_id, viewer=VIEWER, purpose="seed") as session:
        password = secrets.token_urlsafe(12)
        logins = _workers(session, password, login_suffix)
        building = Building(name="ひかり荘", address="東京都世田谷区（架空）", policy_id=_policy(session, logins))
        session.add(building)
        session.flush()
        box, credential = directory.add_gateway(
            session, building_id=building.id, ref=gateway, now=now, real_now=real_now
        )
        units = {home.name: _home(session, building, box, home) for home in HOMES}
        commands.configure(session, box.id, now)
    return Seeded(organisation_id, box.id, gateway, credential, password, list(logins), units)


def _workers(session: StoreSession, password: str, suffix: str) -> dict[str, int]:
    made = [
        directory.add_worker(
            session,
            login=login + suffix,
            name=name,
            kana=kana,
            phone="",
            role=role,
            password=password,
            on_duty=on_duty,
        )
        for login, name, kana, _phone, role, on_duty in WORKERS
    ]
    for worker, (_login, _name, _kana, phone, *_rest) in zip(made, WORKERS, strict=True):
        worker.phone = phone  # from a range that no validation takes for real
    return {worker.login: worker.id for worker in made}


def _policy(session: StoreSession, logins: dict[str, int]) -> int:
    policy = Policy(name="標準", rounds=2)
    session.add(policy)
    session.flush()
    first, second = list(logins.values())[:2]
    steps = (
        ("worker", first, "", ["sms", "voice"]),
        ("worker", second, "", ["sms", "voice"]),
        ("on_duty", None, "", ["sms", "voice"]),
        ("role", None, Role.COORDINATOR, ["sms", "voice"]),
    )
    for position, (target, worker_id, role, channels) in enumerate(steps):
        session.add(
            PolicyStep(
                policy_id=policy.id,
                position=position,
                target=target,
                worker_id=worker_id,
                role=role,
                channels=channels,
                wait_s=60.0,
            )
        )
    session.flush()
    return policy.id


def _home(session: StoreSession, building: Building, gateway: Gateway, home: Home) -> int:
    unit = Unit(
        building_id=building.id,
        gateway_id=gateway.id,
        ref=f"u{home.name}",
        name=home.name,
        floor=home.floor,
        protocol="本人へ電話二回 → 家族 → 近所 → 鍵を持って二人で訪問",
    )
    resident = Resident(
        name=home.resident,
        kana=home.kana,
        birth_date=home.birth,
        phone=home.phone,
        communication_needs=home.needs,
    )
    session.add_all([unit, resident])
    session.flush()
    kind, name, phone = home.contact
    session.add_all(
        [
            UnitEntry(unit_id=unit.id, key_place="事務所の金庫", entry_consent=True),
            Tenancy(unit_id=unit.id, resident_id=resident.id, since=TENANTS_SINCE),
            Contact(resident_id=resident.id, kind=kind, name=name, phone=phone),
        ]
    )
    session.flush()
    return unit.id
