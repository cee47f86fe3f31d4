"""What is said on the phone and written in messages, in Japanese and English.

A message to a worker names the place and the matter, never the resident: phones lie about.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

KIND_JA: Mapping[str, str] = MappingProxyType(
    {
        "emergency": "緊急ボタン",
        "smoke": "煙を検知",
        "inactivity": "動きがありません",
        "bathroom": "浴室から長時間出ていません",
        "monitoring_lost": "見守りができません",
        "leak": "水漏れ",
        "node_lost": "センサー不通",
        "sensor_fault": "センサー異常",
        "battery_low": "電池残量低下",
        "tamper": "センサーが外されました",
        "clock": "時計の異常",
        "gateway_silent": "ゲートウェイ不通",
    }
)
KIND_EN: Mapping[str, str] = MappingProxyType(
    {
        "emergency": "emergency button",
        "smoke": "smoke",
        "inactivity": "no sign of life",
        "bathroom": "too long in the bathroom",
        "monitoring_lost": "cannot be watched",
        "leak": "water leak",
        "node_lost": "sensor lost",
        "sensor_fault": "sensor fault",
        "battery_low": "battery low",
        "tamper": "sensor tampered with",
        "clock": "clock wrong",
        "gateway_silent": "gateway silent",
    }
)
PRIORITY_JA: Mapping[str, str] = MappingProxyType({"P1": "緊急", "P2": "異変", "P3": "注意", "T": "機器"})
PRIORITY_EN: Mapping[str, str] = MappingProxyType({"P1": "EMERGENCY", "P2": "Alert", "P3": "Concern", "T": "Technical"})
WORKER_KEYS: Mapping[str, str] = MappingProxyType({"1": "claim", "2": "repeat", "4": "pass_on", "9": "not_me"})
RESIDENT_KEYS: Mapping[str, str] = MappingProxyType({"1": "fine", "2": "repeat"})


class About(Struct, frozen=True):
    """An alert in the words of a message."""

    priority: str
    kind: str
    building: str
    unit: str  # empty for a building's alert
    reason_ja: str
    reason_en: str


def page_sms(about: About, link: str, language: str) -> str:
    """Who takes the alert on presses the button behind the link; opening it claims nothing."""
    if language == "ja":
        head = f"【灯】{PRIORITY_JA[about.priority]}：{_place(about, '号室')} {KIND_JA[about.kind]}"
        return f"{head}\n引き受ける→ {link}" if link else head
    head = f"Tomoshibi {PRIORITY_EN[about.priority]}: {_place(about)}, {KIND_EN[about.kind]}"
    return f"{head}\nTake it: {link}" if link else head


def page_call(about: About, language: str) -> str:
    if language == "ja":
        return (
            f"灯です。{PRIORITY_JA[about.priority]}のお知らせです。{_place(about, '号室')}、{KIND_JA[about.kind]}。"
            f"{about.reason_ja} 引き受けるときは1、もう一度聞くときは2、次の人に回すときは4、"
            "担当でないときは9を押してください。"
        )
    return (
        f"This is Tomoshibi. {PRIORITY_EN[about.priority]}. {_place(about)}, {KIND_EN[about.kind]}. {about.reason_en} "
        "Press 1 to take it, 2 to hear this again, 4 to pass it on, 9 if this is not for you."
    )


def over_sms(about: About, language: str) -> str:
    """To whoever was called out, when it ended by itself."""
    if language == "ja":
        return f"【灯】解除：{_place(about, '号室')} {KIND_JA[about.kind]} は無事が確認されました。対応は不要です。"
    return f"Tomoshibi: over. {_place(about)}, {KIND_EN[about.kind]}: all is well again. Nothing to do."


def resident_call(language: str) -> str:
    if language == "ja":
        return (
            "こちらは、見守りの灯です。お元気ですか。だいじょうぶなら、1を押してください。"
            "もう一度聞くときは、2を押してください。"
        )
    return (
        "This is Tomoshibi, your watch-over service. Are you all right? If you are, press 1. "
        "To hear this again, press 2."
    )


def _place(about: About, door: str = "") -> str:
    return f"{about.building} {about.unit}{door}" if about.unit else about.building
