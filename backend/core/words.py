"""What is said and written to people. Pure: facts in, sentences out, in Japanese ("ja") and English ("en").

A spoken text is heard once, perhaps half asleep: what happened and where come first, one thought per sentence, figures
as people say them. What goes to workers names the place and never the resident: a lock screen is read by anybody, a
voicemail heard. Who lives there stands behind the link and on the screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.core.segments import fits_one_segment

# kind of alert (contract.reports.AlertKind) → (short for an SMS, spoken cause)
KINDS_JA = {
    "emergency": ("緊急ボタン", "緊急ボタンが押されました"),
    "smoke": ("煙を感知", "煙が感知されました"),
    "inactivity": ("動きなし", "動きがなく、ご本人の応答もありません"),
    "bathroom": ("浴室が長い", "浴室から長い間出てこられません"),
    "monitoring_lost": ("見守り不能", "見守りができなくなりました。ご様子は分かりません"),
    "leak": ("水漏れ", "水漏れが感知されました"),
    "node_lost": ("センサー不通", "センサーと連絡がとれません"),
    "sensor_fault": ("センサー異常", "センサーに異常があります"),
    "battery_low": ("電池切れ間近", "センサーの電池がもうすぐ切れます"),
    "tamper": ("センサー取外し", "センサーが取り外されたようです"),
    "clock": ("時計の異常", "センサーの時計が合っていません"),
    "gateway_silent": ("通信途絶", "建物のゲートウェイと連絡がとれません。各住戸のご様子は分かりません"),
}
KINDS_EN = {
    "emergency": ("EMERGENCY button", "the emergency button was pressed"),
    "smoke": ("SMOKE", "smoke was detected"),
    "inactivity": ("no movement", "there is no movement, and the resident does not answer"),
    "bathroom": ("long in bathroom", "somebody has been in the bathroom far longer than usual"),
    "monitoring_lost": ("cannot be watched", "the home can no longer be watched. How the resident is, is not known"),
    "leak": ("water leak", "a water leak was detected"),
    "node_lost": ("sensor lost", "a sensor cannot be reached"),
    "sensor_fault": ("sensor fault", "a sensor is faulty"),
    "battery_low": ("battery low", "the battery of a sensor is nearly empty"),
    "tamper": ("sensor removed", "a sensor seems to have been removed"),
    "clock": ("clock fault", "the clock of a sensor is wrong"),
    "gateway_silent": (
        "gateway silent",
        "the gateway of the building cannot be reached. How the residents are, is not known",
    ),
}


LASTING = frozenset(
    {"inactivity", "bathroom", "monitoring_lost", "node_lost", "sensor_fault", "clock", "gateway_silent"}
)


@dataclass(frozen=True)
class Subject:
    """What a message is about; `unit` is empty when it is the whole building."""

    kind: str  # contract.reports.AlertKind, or "gateway_silent"
    building: str
    unit: str
    ago_s: float = 0.0  # how long ago it began, in domain seconds: said aloud, which is heard now
    clock: str = ""  # when it began, "10:32" in the building's zone: written, which may be read later


# --- written --------------------------------------------------------------------------------------------------------


def alert_sms(subject: Subject, language: str, link: str, *, overdue: bool = False) -> str:
    """The page to a worker, with the link that claims; one segment long wherever that can be done.

    `overdue`: nobody has taken it in time.
    """
    short = _kind(subject, language)[0]
    if language == "en":
        nobody = "NOBODY HAS TAKEN: " if overdue else ""
        place, room = nobody + _place_en(subject), nobody + _room_en(subject)
        return _fullest([[place, short, subject.clock], [room, short, subject.clock], [room, short]], link)
    urgent = "【未対応】" if overdue else "【灯】" if _is_calm(subject) else "【緊急】"
    place, room = urgent + _place_ja(subject), urgent + _room_ja(subject)
    return _fullest([[place, short, subject.clock], [room, short, subject.clock], [room, short]], link)


def claimed_sms(subject: Subject, language: str, by: str) -> str:
    """To those who were told: somebody else has taken it; `by` is empty for whoever answers the fallback number."""
    if language == "en":
        what, taker = f"{_room_en(subject)}, {_kind(subject, language)[0]}", by or "the on-call number"
        return f"{what}: {taker} has taken it. You need not do anything."
    taker = f"{by}さん" if by else "予備の連絡先"
    return f"【灯】{_room_ja(subject)} {_kind(subject, language)[0]}：{taker}が引き受けました。対応は不要です。"


def resumed_sms(subject: Subject, language: str) -> str:
    """To those who were told: a sign of life came, the alert is closed."""
    if language == "en":
        return f"{_room_en(subject)}: a sign of life was seen. The alert is closed; you need not do anything."
    return f"【灯】{_room_ja(subject)} 動きが確認できました。通報は終了しました。"


def answered_sms(subject: Subject, language: str) -> str:
    """To those who were told: the resident answered the automatic call."""
    if language == "en":
        return f"{_room_en(subject)}: the resident answered and is all right. The alert is closed."
    return f"【灯】{_room_ja(subject)} ご本人から「大丈夫」と応答がありました。通報は終了しました。"


# --- spoken to workers ----------------------------------------------------------------------------------------------


def alert_call(subject: Subject, language: str) -> str:
    """What has happened, as said on the phone."""
    cause = _kind(subject, language)[1]
    if language == "en":
        opening = "This is Tomoshibi." if _is_calm(subject) else "This is Tomoshibi, with an emergency."
        return f"{opening} {_spoken_place_en(subject)}: {cause}. It began {_ago_en(subject.ago_s)}."
    opening = "見守りの灯です。" if _is_calm(subject) else "見守りの灯です。緊急です。"
    return f"{opening}{_place_ja(subject)}。{_when_ja(subject)}、{cause}。"


def keys_call(language: str) -> str:
    """Which key does what."""
    if language == "en":
        return "To take it, press 1. To hear it again, 2. To pass it on, 4. If this is not your call, 9."
    return "引き受ける方は1を、もう一度聞くには2を、次の人に回すには4を、お間違いの場合は9を押してください。"


REPLIES = {
    "claimed": (
        "受け付けました。あなたが担当です。画面で詳しい内容を確認してください。よろしくお願いします。",
        "Thank you. It is yours now. Please look at the screen for the details.",
    ),
    "taken": (
        "すでにほかの方が引き受けています。対応は不要です。",
        "Somebody else has already taken it. You need not do anything.",
    ),
    "closed": (
        "この通報はすでに終了しています。対応は不要です。",
        "This alert is already closed. You need not do anything.",
    ),
    "passed": ("次の方に連絡します。", "The next person will be called."),
    "wrong": ("失礼いたしました。次の方に連絡します。", "We are sorry. The next person will be called."),
    "fine": ("ありがとうございます。あんしんしました。", "Thank you. We are glad to hear it."),
    "unclear": ("そのキーは使えません。", "That key does nothing here."),
    "unanswered": (
        "応答がありませんでした。次の方に連絡します。",
        "There was no answer. The next person will be called.",
    ),
    "silent": (
        "おへんじがありませんでした。かかりのひとにれんらくします。",
        "There was no answer. We will send word to our staff.",
    ),
    "unknown": ("この電話の用件は終了しました。失礼いたします。", "This call is no longer needed. Goodbye."),
}


def reply(what: str, language: str) -> str:
    """The answer to a key, or to none. Raises KeyError for an unknown `what`."""
    return REPLIES[what][1 if language == "en" else 0]


# --- spoken to the resident -----------------------------------------------------------------------------------------


def ask_call(resident: str, language: str) -> str:
    """The automatic call that asks first, in やさしい日本語: short sentences, one request, no figures but the key."""
    if language == "en":
        return f"Hello, {resident}. This is Tomoshibi. Are you all right?"
    return f"{resident}さん。みまもりの、ともしびです。だいじょうぶですか。"


def ask_keys(language: str) -> str:
    if language == "en":
        return "If you are all right, please press 1. To hear this again, press 2."
    return "だいじょうぶなら、1を おしてください。もういちど きくには、2を おしてください。"


# --- parts ----------------------------------------------------------------------------------------------------------


def _kind(subject: Subject, language: str) -> tuple[str, str]:
    return (KINDS_EN if language == "en" else KINDS_JA)[subject.kind]


def _is_calm(subject: Subject) -> bool:
    return subject.kind not in ("emergency", "smoke")


def _room_ja(subject: Subject) -> str:
    if not subject.unit:
        return subject.building
    return f"{subject.unit}号室" if subject.unit.isdigit() else subject.unit


def _place_ja(subject: Subject) -> str:
    return f"{subject.building} {_room_ja(subject)}" if subject.unit else subject.building


def _room_en(subject: Subject) -> str:
    return f"Room {subject.unit}" if subject.unit else subject.building


def _place_en(subject: Subject) -> str:
    return f"{subject.building} room {subject.unit}" if subject.unit else subject.building


def _spoken_place_en(subject: Subject) -> str:
    digits = " ".join(subject.unit) if subject.unit.isdigit() else subject.unit  # "2 0 3", not "two hundred and three"
    return f"{subject.building}, room {digits}" if subject.unit else subject.building


def _hours_minutes(seconds: float) -> tuple[int, int]:
    """Hours and minutes as somebody would say them: whole five minutes from an hour on."""
    minutes = int(seconds // 60)
    hours, rest = divmod(minutes, 60)
    return hours, rest - rest % 5 if hours else rest


def _when_ja(subject: Subject) -> str:
    hours, minutes = _hours_minutes(subject.ago_s)
    if not hours and not minutes:
        return "たった今"
    ago = (f"{hours}時間" if hours else "") + (f"{minutes}分" if minutes else "") + "前"
    return ago + ("から" if subject.kind in LASTING else "に")


def _ago_en(seconds: float) -> str:
    hours, minutes = _hours_minutes(seconds)
    if not hours and not minutes:
        return "just now"
    parts = [f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in ((hours, "hour"), (minutes, "minute")) if n]
    return " ".join(parts) + " ago"


def _fullest(choices: Sequence[Sequence[str]], link: str) -> str:
    """The first of `choices` that fits one segment, else the last: a second segment is better than a cut link."""
    texts = [" ".join([part for part in [*parts, link] if part]) for parts in choices]
    return next((text for text in texts if fits_one_segment(text)), texts[-1])
