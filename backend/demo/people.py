"""The demo's people. Their numbers lie in a range that is given to nobody, so no mistake can ring a real phone."""

from datetime import date

from backend.core.access import Role
from backend.services.register import Home, Relative, Staff

PASSWORD = "tomoshibi-demo"  # noqa: S105  # printed when the demo starts, and good for nothing else
WORKERS = (
    Staff("sato", "佐藤 恵", "さとう めぐみ", "+819000000001", Role.WORKER, on_call=True),
    Staff("suzuki", "鈴木 健一", "すずき けんいち", "+819000000002", Role.WORKER),
    Staff("tanaka", "田中 由美", "たなか ゆみ", "+819000000003", Role.COORDINATOR),
    Staff("admin", "管理 太郎", "かんり たろう", "", Role.ADMINISTRATOR),
)
FALLBACK_PHONE = "+819000000009"
KEY_PLACE = "管理室のキーボックス"
HOMES = (
    Home(
        "101", "101", 1, "山本 ハル", "やまもと はる", date(1941, 3, 12), "+819000000101",
        (Relative("family", "山本 誠", "+819000000111", "やまもと まこと"),),
        medical="高血圧。降圧薬を服用", needs="右耳が聞こえにくい",
    ),
    Home(
        "102", "102", 1, "中村 清", "なかむら きよし", date(1946, 8, 2), "+819000000102",
        (Relative("family", "中村 進", "+819000000112", "なかむら すすむ"),),
        medical="糖尿病。インスリン自己注射",
    ),
    Home(
        "201", "201", 2, "小林 トメ", "こばやし とめ", date(1938, 11, 30), "+819000000201",
        (Relative("family", "小林 明子", "+819000000211", "こばやし あきこ"),),
        needs="ゆっくり、はっきり話す",
    ),
    Home(
        "202", "202", 2, "加藤 正", "かとう ただし", date(1949, 5, 21), "+819000000202",
        (Relative("neighbour", "吉田 和子", "+819000000212", "よしだ かずこ"),),
        risks="室内に小型犬",
    ),
    Home(
        "203", "203", 2, "吉田 和子", "よしだ かずこ", date(1943, 1, 17), "+819000000203",
        (
            Relative("family", "吉田 健", "+819000000213", "よしだ けん"),
            Relative("neighbour", "加藤 正", "+819000000202", "かとう ただし"),
        ),
        medical="心房細動。抗凝固薬を服用中（出血に注意）", needs="耳は聞こえる。立ち上がりに時間がかかる",
    ),
    Home(
        "204", "204", 2, "渡辺 フミ", "わたなべ ふみ", date(1940, 9, 9), "+819000000204",
        (Relative("family", "渡辺 隆", "+819000000214", "わたなべ たかし"),),
        entry_consent=False,
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
