"""A small organisation to begin with, for `tomoshibi-backend seed`: nobody's names, and numbers that nobody has."""

from datetime import UTC, date, datetime

from msgspec.structs import replace

from backend.core.access import Role
from backend.services.register import Home, Register, Relative, Staff, Step

TENANTS_SINCE = datetime(2024, 4, 1, tzinfo=UTC)
# 090-0000-… is given to nobody.
HOMES = (
    Home(
        "u101", "101", 1, "佐藤 ハル", "さとう はる", date(1941, 4, 3), "+819000001101",
        (Relative("family", "佐藤 健一", "+819000002101"),),
    ),
    Home(
        "u102", "102", 1, "鈴木 正雄", "すずき まさお", date(1938, 11, 20), "+819000001102",
        (Relative("family", "鈴木 由美", "+819000002102"),), needs="右耳が遠い",
    ),
    Home(
        "u103", "103", 1, "高橋 トシ", "たかはし とし", date(1944, 7, 9), "",
        (Relative("neighbour", "伊藤 まさ子", "+819000002103"),),
    ),
    Home(
        "u201", "201", 2, "田中 義雄", "たなか よしお", date(1947, 1, 31), "+819000001201",
        (Relative("family", "田中 誠", "+819000002201"),),
    ),
    Home(
        "u202", "202", 2, "渡辺 キヨ", "わたなべ きよ", date(1935, 9, 15), "+819000001202",
        (Relative("doctor", "みどり診療所", "+819000002202"),), needs="歩行器を使用",
    ),
    Home(
        "u203", "203", 2, "山本 昭", "やまもと あきら", date(1943, 5, 27), "+819000001203",
        (Relative("family", "山本 さくら", "+819000002203"),),
    ),
)  # fmt: skip
STAFF = (
    Staff("aoki", "青木 恵", "あおき めぐみ", "+819000000001", Role.WORKER, on_call=True),
    Staff("ito", "伊藤 大輔", "いとう だいすけ", "+819000000002", Role.WORKER, on_call=True),
    Staff("ueda", "上田 千夏", "うえだ ちなつ", "+819000000003", Role.WORKER),
    Staff("endo", "遠藤 由紀", "えんどう ゆき", "+819000000004", Role.COORDINATOR),
    Staff("admin", "管理者", "かんりしゃ", "", Role.ADMINISTRATOR),
)


def register(name: str = "居住支援法人 あかり", gateway: str = "hikari", login_suffix: str = "") -> Register:
    """Return what to seed; `login_suffix` keeps the logins of a second such organisation apart."""
    staff = tuple(replace(one, login=one.login + login_suffix) for one in STAFF)
    return Register(
        name=name,
        kana="あかり",
        fallback_phone="+819000000009",
        building="ひかり荘",
        address="東京都世田谷区（架空）",
        gateway=gateway,
        policy="標準",
        steps=(
            Step("worker", login=staff[0].login),
            Step("worker", login=staff[1].login),
            Step("rota"),
            Step("role", role=Role.COORDINATOR),
        ),
        staff=staff,
        homes=HOMES,
        key_place="事務所の金庫",
        protocol="本人へ電話二回 → 家族 → 近所 → 鍵を持って二人で訪問",
        since=TENANTS_SINCE,
        invented=True,
    )
