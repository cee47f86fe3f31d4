"""What is written to workers."""

from collections.abc import Sequence

from backend.core.segments import fits_one_segment
from backend.core.words.subject import Subject, in_words, is_calm, place_en, place_ja, room_en, room_ja


def alert_sms(subject: Subject, language: str, link: str, *, overdue: bool = False) -> str:
    """The page to a worker, with the link that claims; one segment long wherever that can be done.

    `overdue`: nobody has taken it in time.
    """
    short = in_words(subject, language)[0]
    if language == "en":
        nobody = "NOBODY HAS TAKEN: " if overdue else ""
        place, room = nobody + place_en(subject), nobody + room_en(subject)
        return _fullest([[place, short, subject.clock], [room, short, subject.clock], [room, short]], link)
    urgent = "【未対応】" if overdue else "【灯】" if is_calm(subject) else "【緊急】"
    place, room = urgent + place_ja(subject), urgent + room_ja(subject)
    return _fullest([[place, short, subject.clock], [room, short, subject.clock], [room, short]], link)


def claimed_sms(subject: Subject, language: str, by: str) -> str:
    """To those who were told: somebody else has taken it; `by` is empty for whoever answers the fallback number."""
    if language == "en":
        what, taker = f"{room_en(subject)}, {in_words(subject, language)[0]}", by or "the on-call number"
        return f"{what}: {taker} has taken it. You need not do anything."
    taker = f"{by}さん" if by else "予備の連絡先"
    return f"【灯】{room_ja(subject)} {in_words(subject, language)[0]}：{taker}が引き受けました。対応は不要です。"


def resumed_sms(subject: Subject, language: str) -> str:
    """To those who were told: a sign of life came, the alert is closed."""
    if language == "en":
        return f"{room_en(subject)}: a sign of life was seen. The alert is closed; you need not do anything."
    return f"【灯】{room_ja(subject)} 動きが確認できました。通報は終了しました。"


def answered_sms(subject: Subject, language: str) -> str:
    """To those who were told: the resident answered the automatic call."""
    if language == "en":
        return f"{room_en(subject)}: the resident answered and is all right. The alert is closed."
    return f"【灯】{room_ja(subject)} ご本人から「大丈夫」と応答がありました。通報は終了しました。"


def told_sms(subject: Subject, language: str) -> str:
    """To those who were told: the resident has said where they are, by a key or a word."""
    if language == "en":
        return f"{room_en(subject)}: the resident has told us by phone where they are. The alert is closed."
    return f"【灯】{room_ja(subject)} ご本人が外出・帰宅・入院を電話で知らせました。通報は終了しました。"


def _fullest(choices: Sequence[Sequence[str]], link: str) -> str:
    """The first of `choices` that fits one segment, else the last: a second segment is better than a cut link."""
    texts = [" ".join([part for part in [*parts, link] if part]) for parts in choices]
    return next((text for text in texts if fits_one_segment(text)), texts[-1])
