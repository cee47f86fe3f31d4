"""A small organisation with everything a page can show, for the tests of the web and of the browser."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from werkzeug.security import generate_password_hash

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
    Worker,
)
from backend.core.numbers import phone_number
from backend.core.rota import EVERY_DAY, Hours
from backend.services import directory, partners, rota_layers
from backend.services.actors import SYSTEM
from backend.services.rota_layers import LayerDraft

PASSWORD = "himitsu-no-kotoba"
QUICK_HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")  # the real one is slow on purpose
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)

RESIDENTS = (
    # unit, name, kana, born, medical, communication, risks
    (
        "101",
        "佐藤 ハル",
        "さとう はる",
        date(1941, 4, 3),
        "心不全。血液をさらさらにする薬（ワーファリン）",
        "右耳が聞こえにくい。ゆっくり大きな声で",
        "",
    ),
    (
        "102",
        "鈴木 正一",
        "すずき しょういち",
        date(1948, 9, 20),
        "糖尿病（インスリン）",
        "",
        "玄関に段差。小型犬がいる",
    ),
    ("103", "Maria Santos", "マリア サントス", date(1952, 12, 1), "", "日本語は少し。英語・タガログ語", ""),
    (
        "201",
        "高橋 キヨ",
        "たかはし きよ",
        date(1936, 2, 11),
        "認知症（軽度）。夜間に歩くことがある",
        "名前を名乗ってから話す",
        "",
    ),
    ("202", "田中 茂", "たなか しげる", date(1950, 7, 7), "高血圧", "", "床に物が多く、つまずきやすい"),
    ("203", "渡辺 文子", "わたなべ ふみこ", date(1944, 11, 30), "", "", ""),
)


@dataclass(frozen=True)
class Town:
    """What a test needs to know of what was put in; `credential` is the gateway's."""

    organisation_id: int
    gateway_id: int
    credential: str
    units: dict[str, int]
    workers: dict[str, int]


def build(store: Store, name: str = "灯居住支援センター", prefix: str = "", building: str = "ひだまり荘") -> Town:
    """Put one organisation with one building of six units into the store; `prefix` keeps logins apart."""
    with store.system_session() as session:
        organisation = Organisation(name=name, fallback_phone="+81312345678", created_at=LONG_AGO)
        session.add(organisation)
        session.flush()
        organisation_id = organisation.id
    with store.session(organisation_id, viewer="system:test", purpose="test") as session:
        workers = _workers(session, prefix)
        place = Building(
            name=building, address="東京都文京区本郷 7-3-1", postal_code="113-0033", policy_id=_policy(session, workers)
        )
        place.rota_id = _rota(session, f"{building} 当番", *workers.values())
        session.add(place)
        session.flush()
        now = datetime.now(UTC)
        gateway, credential = directory.add_gateway(
            session, building_id=place.id, ref=f"{prefix}gw-1", now=now, real_now=now
        )
        units = {each[0]: _home(session, place, gateway, *each) for each in RESIDENTS}
        return Town(organisation_id, gateway.id, credential, units, workers)


def _workers(session: StoreSession, prefix: str) -> dict[str, int]:
    people = (
        ("aoki", "青木 さくら", "あおき さくら", "worker", "ja", "090-1111-0001"),
        ("baba", "馬場 健", "ばば けん", "worker", "ja", "090-1111-0002"),
        ("chiba", "千葉 まり", "ちば まり", "coordinator", "ja", "090-1111-0003"),
        ("dana", "Dana Lee", "ダナ リー", "worker", "en", "090-1111-0004"),
    )
    added = {
        login: Worker(
            login=prefix + login,
            name=name,
            kana=kana,
            role=role,
            language=language,
            phone=phone_number(phone),
            password_hash=QUICK_HASH,
        )
        for login, name, kana, role, language, phone in people
    }
    session.add_all(added.values())
    session.flush()
    return {login: worker.id for login, worker in added.items()}


def _policy(session: StoreSession, workers: dict[str, int]) -> int:
    policy = Policy(name="夜間")
    session.add(policy)
    session.flush()
    for position, (login, channels) in enumerate((("aoki", ["sms", "voice"]), ("baba", ["voice"]))):
        session.add(
            PolicyStep(
                policy_id=policy.id,
                position=position,
                target="worker",
                worker_id=workers[login],
                channels=channels,
                wait_s=60,
            )
        )
    session.flush()
    return policy.id


def _rota(session: StoreSession, name: str, aoki: int, baba: int, chiba: int, dana: int) -> int:
    """Two by turns on weekdays, one of two on weekends and holidays, and a night centre from 17 to 9."""
    rota = rota_layers.create(session, name=name, now=LONG_AGO)
    night = f"partner:{partners.add(session, name='夜間見守りセンター', phone='050-1111-2222').id}"
    for title, turns, hours in (
        ("夜間", [night], Hours(EVERY_DAY, time(17), time(9))),
        ("平日 日中", [f"worker:{aoki}", f"worker:{baba}"], Hours(frozenset(range(5)), time(9), time(17), "excluded")),
        ("土日祝 日中", [f"worker:{chiba}", f"worker:{dana}"], Hours(frozenset({5, 6}), time(9), time(17), "included")),
    ):
        people = tuple((person,) for person in turns)
        draft = LayerDraft(title, "Asia/Tokyo", 7, date(2025, 12, 29), time(9), people, (hours,))
        rota_layers.put(session, rota.id, SYSTEM, draft, now=LONG_AGO)
    return rota.id


def _home(
    session: StoreSession,
    building: Building,
    gateway: Gateway,
    number: str,
    name: str,
    kana: str,
    born: date,
    medical: str,
    communication: str,
    risks: str,
) -> int:
    unit = Unit(
        building_id=building.id,
        gateway_id=gateway.id,
        ref=number,
        name=f"{number}号室",
        floor=int(number[0]),
        protocol="1. 本人へ電話 2回\n2. 長女、次に隣室\n3. 鍵を持って訪問（できれば2人で）\n4. 119番・家主",
    )
    resident = Resident(
        name=name,
        kana=kana,
        birth_date=born,
        phone="+819022220" + number,
        medical_notes=medical,
        communication_needs=communication,
        risks=risks,
        language="en" if name.isascii() else "ja",
    )
    session.add_all([unit, resident])
    session.flush()
    session.add_all(
        [
            Tenancy(unit_id=unit.id, resident_id=resident.id, since=LONG_AGO),
            UnitEntry(
                unit_id=unit.id,
                key_place="管理室の金庫 3段目",
                entry_consent=True,
                consent_note="緊急時のみ・2025年10月",
            ),
            Contact(
                resident_id=resident.id,
                position=0,
                kind="family",
                name="長女 由美",
                phone="+819033330001",
                disclosure="異変の有無",
            ),
            Contact(
                resident_id=resident.id,
                position=1,
                kind="neighbour",
                name="隣室 山本",
                phone="+819033330002",
                disclosure="様子を見てもらう",
            ),
        ]
    )
    return unit.id
