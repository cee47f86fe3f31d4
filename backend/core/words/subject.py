"""What a message is about: kinds of alert, places and spans of time, in words."""

from dataclasses import dataclass

from backend.core.call_in import Role
from backend.core.words.calling_in import of_caller

# kind of alert (contract.reports.AlertKind) → (short for an SMS, spoken cause)
KINDS_JA = {
    "emergency": ("緊急ボタン", "緊急ボタンが押されました"),
    "smoke": ("煙を感知", "煙が感知されました"),
    "inactivity": ("動きなし", "動きがなく、ご本人の応答もありません"),
    "bathroom": ("浴室が長い", "浴室から長い間出てこられません"),
    "night_out": ("夜間の外出", "夜間に外出されたまま、戻られていないようです。ご本人の応答もありません"),
    "water_running": ("水が出たまま", "水が長い間出たままです"),
    "no_water": ("水の使用なし", "長い間水を使われておらず、ご本人の応答もありません"),
    "monitoring_lost": ("見守り不能", "見守りができなくなりました。ご様子は分かりません"),
    "leak": ("水漏れ", "水漏れが感知されました"),
    "call_in": ("随時の通報", "電話かSMSで連絡がありました"),
    "daily_call": ("安否確認に応答なし", "毎日の安否確認の電話に、応答がありません"),
    "node_lost": ("センサー不通", "センサーと連絡がとれません"),
    "sensor_fault": ("センサー異常", "センサーに異常があります"),
    "battery_low": ("電池切れ間近", "センサーの電池がもうすぐ切れます"),
    "tamper": ("センサー取外し", "センサーが取り外されたようです"),
    "clock": ("時計の異常", "センサーの時計が合っていません"),
    "storm": ("通報が重なる", "短い間に多くの通報が重なっています"),
    "self_test": ("自己点検", "自己点検です"),
    "self_test_failed": ("自己点検に失敗", "通報の自己点検に失敗しました"),
    "provider_down": ("通信会社の障害", "電話やメッセージの会社とつながりません"),
    "report_stuck": ("取り込めない報告", "ゲートウェイからの報告を取り込めません。何が起きているか、分かりません"),
    "gateway_silent": ("通信途絶", "建物のゲートウェイと連絡がとれません。各住戸のご様子は分かりません"),
}
KINDS_EN = {
    "emergency": ("EMERGENCY button", "the emergency button was pressed"),
    "smoke": ("SMOKE", "smoke was detected"),
    "inactivity": ("no movement", "there is no movement, and the resident does not answer"),
    "bathroom": ("long in bathroom", "somebody has been in the bathroom far longer than usual"),
    "night_out": (
        "out at night",
        "the resident seems to have gone out in the night and not to be back, and does not answer",
    ),
    "water_running": ("water running", "water has been running far longer than usual"),
    "no_water": ("no water used", "no water has been used for a long time, and the resident does not answer"),
    "monitoring_lost": ("cannot be watched", "the home can no longer be watched. How the resident is, is not known"),
    "leak": ("water leak", "a water leak was detected"),
    "call_in": ("call-in", "somebody has called or written"),
    "daily_call": ("daily call unanswered", "the daily call was not answered"),
    "node_lost": ("sensor lost", "a sensor cannot be reached"),
    "sensor_fault": ("sensor fault", "a sensor is faulty"),
    "battery_low": ("battery low", "the battery of a sensor is nearly empty"),
    "tamper": ("sensor removed", "a sensor seems to have been removed"),
    "clock": ("clock fault", "the clock of a sensor is wrong"),
    "storm": ("alerts at once", "many alerts have come within a short time"),
    "self_test": ("self-test", "this is a self-test"),
    "self_test_failed": ("self-test failed", "the self-test of the alerts has failed"),
    "provider_down": ("provider down", "a provider of calls or messages cannot be reached"),
    "report_stuck": ("report stuck", "a report of a gateway cannot be taken in. What is happening is not known"),
    "gateway_silent": (
        "gateway silent",
        "the gateway of the building cannot be reached. How the residents are, is not known",
    ),
}

# The same where an SMS has room for hardly more than its link.
BRIEF_JA = {
    "emergency": "緊急",
    "smoke": "煙",
    "inactivity": "動きなし",
    "bathroom": "浴室長い",
    "night_out": "夜間外出",
    "water_running": "流水続く",
    "no_water": "水使わず",
    "monitoring_lost": "見守不能",
    "leak": "水漏れ",
    "call_in": "随時通報",
    "daily_call": "応答なし",
    "node_lost": "機器不通",
    "sensor_fault": "機器異常",
    "battery_low": "電池切れ",
    "tamper": "取外し",
    "clock": "時計異常",
    "storm": "通報多数",
    "self_test": "自己点検",
    "self_test_failed": "点検失敗",
    "provider_down": "回線障害",
    "report_stuck": "報告不明",
    "gateway_silent": "通信途絶",
}
BRIEF_EN = {
    "emergency": "SOS",
    "smoke": "SMOKE",
    "inactivity": "no move",
    "bathroom": "in bath",
    "night_out": "out",
    "water_running": "tap on",
    "no_water": "tap off",
    "monitoring_lost": "unseen",
    "leak": "leak",
    "call_in": "call-in",
    "daily_call": "silent",
    "node_lost": "no node",
    "sensor_fault": "fault",
    "battery_low": "battery",
    "tamper": "removed",
    "clock": "clock",
    "storm": "many",
    "self_test": "test",
    "self_test_failed": "failed",
    "provider_down": "no line",
    "report_stuck": "stuck",
    "gateway_silent": "offline",
}
BRIEF_CALLERS = {
    "resident": ("本人", "resident"),
    "contact": ("家族等", "contact"),
    "nobody": ("登録外", "unknown"),
}

LASTING = frozenset(
    {
        "inactivity",
        "bathroom",
        "night_out",
        "water_running",
        "no_water",
        "monitoring_lost",
        "node_lost",
        "sensor_fault",
        "clock",
        "gateway_silent",
        "provider_down",
    }
)


@dataclass(frozen=True)
class Caller:
    """Who has called in: by "voice" or "sms", and the last digits of the number, empty where it is withheld."""

    kind: str
    role: Role
    number_end: str


@dataclass(frozen=True)
class Subject:
    """What a message is about; `unit` is empty when it is the whole building, both where nobody knows where."""

    kind: str  # a key of core.alerts.PRIORITY
    building: str
    unit: str
    ago_s: float = 0.0  # how long ago it began, in domain seconds: said aloud, which is heard now
    clock: str = ""  # when it began, "10:32" in the building's zone: written, which may be read later
    caller: Caller | None = None


def in_words(subject: Subject, language: str) -> tuple[str, str]:
    """Return what has happened: short, for an SMS, and as it is said."""
    if subject.caller is not None:
        return of_caller(subject.caller.kind, subject.caller.role, subject.caller.number_end, language)
    return (KINDS_EN if language == "en" else KINDS_JA)[subject.kind]


def in_brief(subject: Subject, language: str) -> tuple[str, str]:
    """Return the same in brief: with who called, where somebody has, and in as few letters as can be."""
    least = (BRIEF_EN if language == "en" else BRIEF_JA)[subject.kind]
    if subject.caller is None:
        return least, least
    who, end = BRIEF_CALLERS[subject.caller.role][language == "en"], subject.caller.number_end
    return (f"{who} *{end}" if language == "en" else f"{who}…{end}") if end else who, least


def is_calm(subject: Subject) -> bool:
    return subject.kind not in ("emergency", "smoke")


def name_of(subject: Subject) -> str:
    """The bare name of the room, else of the building."""
    return subject.unit or subject.building


def room_ja(subject: Subject) -> str:
    if not subject.unit:
        return subject.building
    return f"{subject.unit}号室" if subject.unit.isdigit() else subject.unit


def place_ja(subject: Subject) -> str:
    return f"{subject.building} {room_ja(subject)}" if subject.unit else subject.building


def room_en(subject: Subject) -> str:
    return f"Room {subject.unit}" if subject.unit else subject.building


def place_en(subject: Subject) -> str:
    return f"{subject.building} room {subject.unit}" if subject.unit else subject.building


def spoken_place_en(subject: Subject) -> str:
    digits = " ".join(subject.unit) if subject.unit.isdigit() else subject.unit  # "2 0 3", not "two hundred and three"
    return f"{subject.building}, room {digits}" if subject.unit else subject.building


def hours_minutes(seconds: float) -> tuple[int, int]:
    """Hours and minutes as somebody would say them: whole five minutes from an hour on."""
    minutes = int(seconds // 60)
    hours, rest = divmod(minutes, 60)
    return hours, rest - rest % 5 if hours else rest


def when_ja(subject: Subject) -> str:
    hours, minutes = hours_minutes(subject.ago_s)
    if not hours and not minutes:
        return "たった今"
    ago = (f"{hours}時間" if hours else "") + (f"{minutes}分" if minutes else "") + "前"
    return ago + ("から" if subject.kind in LASTING else "に")


def ago_en(seconds: float) -> str:
    hours, minutes = hours_minutes(seconds)
    if not hours and not minutes:
        return "just now"
    parts = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in ((hours, "hour"), (minutes, "minute")) if n]
    return " ".join(parts) + " ago"
