"""The demo's people. Their numbers lie in a range that is given to nobody, so no mistake can ring a real phone."""

from datetime import date

from msgspec import Struct

PASSWORD = "tomoshibi-demo"  # noqa: S105  # printed when the demo starts, and good for nothing else


class DemoWorker(Struct, frozen=True):
    login: str
    name: str
    kana: str
    phone: str
    role: str


class DemoContact(Struct, frozen=True):
    kind: str
    name: str
    kana: str
    phone: str


class DemoResident(Struct, frozen=True):
    unit: str
    name: str
    kana: str
    birth: date
    phone: str
    contacts: tuple[DemoContact, ...]
    medical: str = ""
    needs: str = ""
    risks: str = ""
    key: str = "管理室のキーボックス"
    consent: bool = True


WORKERS = (
    DemoWorker("sato", "佐藤 恵", "さとう めぐみ", "+819000000001", "worker"),
    DemoWorker("suzuki", "鈴木 健一", "すずき けんいち", "+819000000002", "worker"),
    DemoWorker("tanaka", "田中 由美", "たなか ゆみ", "+819000000003", "coordinator"),
    DemoWorker("admin", "管理 太郎", "かんり たろう", "", "administrator"),
)
FALLBACK_PHONE = "+819000000009"

RESIDENTS = (
    DemoResident(
        "101", "山本 ハル", "やまもと はる", date(1941, 3, 12), "+819000000101",
        (DemoContact("family", "山本 誠", "やまもと まこと", "+819000000111"),),
        medical="高血圧。降圧薬を服用", needs="右耳が聞こえにくい",
    ),
    DemoResident(
        "102", "中村 清", "なかむら きよし", date(1946, 8, 2), "+819000000102",
        (DemoContact("family", "中村 進", "なかむら すすむ", "+819000000112"),),
        medical="糖尿病。インスリン自己注射",
    ),
    DemoResident(
        "201", "小林 トメ", "こばやし とめ", date(1938, 11, 30), "+819000000201",
        (DemoContact("family", "小林 明子", "こばやし あきこ", "+819000000211"),),
        needs="ゆっくり、はっきり話す",
    ),
    DemoResident(
        "202", "加藤 正", "かとう ただし", date(1949, 5, 21), "+819000000202",
        (DemoContact("neighbour", "吉田 和子", "よしだ かずこ", "+819000000212"),),
        risks="室内に小型犬",
    ),
    DemoResident(
        "203", "吉田 和子", "よしだ かずこ", date(1943, 1, 17), "+819000000203",
        (
            DemoContact("family", "吉田 健", "よしだ けん", "+819000000213"),
            DemoContact("neighbour", "加藤 正", "かとう ただし", "+819000000202"),
        ),
        medical="心房細動。抗凝固薬を服用中（出血に注意）", needs="耳は聞こえる。立ち上がりに時間がかかる",
    ),
    DemoResident(
        "204", "渡辺 フミ", "わたなべ ふみ", date(1940, 9, 9), "+819000000204",
        (DemoContact("family", "渡辺 隆", "わたなべ たかし", "+819000000214"),),
        consent=False,
    ),
)  # fmt: skip

PROTOCOL = "\n".join(
    (
        "1. 自動音声で本人に確認",
        "2. 電話を2回",
        "3. 家族、次に近隣",
        "4. 鍵を持って2人で訪問",
        "5. 事前の同意のもと立ち入り",
        "6. 119・110・家主・関係機関",
    )
)
