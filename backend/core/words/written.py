"""What is written to workers: one segment long.

What an SMS has no room for goes in this order: the building's name (of a room's alert), the time, long words for what
has happened, the mark, the digits of who called, and at last the beginning or the end of the name. The room or the
building, what has happened and the link stay.
"""

from backend.core.words.fitting import fullest, line
from backend.core.words.subject import (
    Subject,
    in_brief,
    in_words,
    is_calm,
    name_of,
    place_en,
    place_ja,
    room_en,
    room_ja,
)


def alert_sms(subject: Subject, language: str, link: str, *, overdue: bool = False) -> str:
    """The page to a worker, with the link that claims; `overdue`: nobody has taken it in time."""
    if language == "en":
        mark = "NOBODY HAS TAKEN: " if overdue else ""
        place, room = place_en(subject), room_en(subject)
    else:
        mark = "【未対応】" if overdue else "【灯】" if is_calm(subject) else "【緊急】"
        place, room = place_ja(subject), room_ja(subject)
    short, (brief, least) = in_words(subject, language)[0], in_brief(subject, language)
    texts = [
        line(mark + place, short, subject.clock, link),
        line(mark + room, short, subject.clock, link),
        line(mark + room, short, link),
        line(mark + room, brief, link),
        line(name_of(subject), brief, link),
    ]
    return fullest(texts, name_of(subject), lambda name: line(name, least, link))


def claimed_sms(subject: Subject, language: str, by: str) -> str:
    """To those who were told: somebody else has taken it; `by` is empty for whoever answers the fallback number.

    Whoever that is goes before the room does.
    """
    short, least = in_words(subject, language)[0], in_brief(subject, language)[1]
    if language == "en":
        done, taker = "has taken it. You need not do anything.", by or "the on-call number"
        texts = [
            f"{room_en(subject)}, {short}: {taker} {done}",
            f"{room_en(subject)}, {short}: {taker} has taken it.",
            f"{room_en(subject)}, {short}: somebody else {done}",
            f"{room_en(subject)}, {short}: somebody else has taken it.",
        ]
        return fullest(texts, name_of(subject), lambda name: f"{name}, {least}: somebody else has taken it.")
    taker = f"{by}さん" if by else "予備の連絡先"
    texts = [
        f"【灯】{room_ja(subject)} {short}：{taker}が引き受けました。対応は不要です。",
        f"【灯】{room_ja(subject)} {short}：{taker}が引き受けました。",
        f"【灯】{room_ja(subject)} {short}：ほかの方が引き受けました。対応は不要です。",
    ]
    return fullest(texts, name_of(subject), lambda name: f"【灯】{name} {least}：ほかの方が引き受けました。")


def resumed_sms(subject: Subject, language: str) -> str:
    """To those who were told: a sign of life came, the alert is closed."""
    if language == "en":
        return _over_en(subject, "a sign of life was seen.", "The alert is closed; you need not do anything.")
    return _over_ja(subject, "動きが確認できました。")


def answered_sms(subject: Subject, language: str) -> str:
    """To those who were told: the resident answered the automatic call."""
    if language == "en":
        return _over_en(subject, "the resident answered and is all right.", "The alert is closed.")
    return _over_ja(subject, "ご本人から「大丈夫」と応答がありました。")


def told_sms(subject: Subject, language: str) -> str:
    """To those who were told: the resident has said how or where they are, by a key or a word."""
    if language == "en":
        return _over_en(subject, "the resident has told us by phone how or where they are.", "The alert is closed.")
    return _over_ja(subject, "ご本人が無事・外出・帰宅・入院を電話で知らせました。")


def closed_sms(subject: Subject, language: str) -> str:
    """To those who were told: somebody has seen to it and closed it."""
    if language == "en":
        return _over_en(subject, "it has been seen to.", "The alert is closed; you need not do anything.")
    return _over_ja(subject, "対応が済みました。")


def _over_en(subject: Subject, what: str, closed: str) -> str:
    texts = [f"{room_en(subject)}: {what} {closed}", f"{room_en(subject)}: {what}"]
    return fullest(texts, name_of(subject), lambda name: f"{name}: {what}")


def _over_ja(subject: Subject, what: str) -> str:
    texts = [f"【灯】{room_ja(subject)} {what}通報は終了しました。"]
    return fullest(texts, name_of(subject), lambda name: f"【灯】{name} {what}")
