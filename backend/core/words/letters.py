"""What is written to workers where there is room for more than an SMS: e-mail, LINE, a browser's notification.

A browser shows a notification on a locked screen, and whoever looks at it may be a visitor: it names the building and
never the room. What stands behind its link does.
"""

from dataclasses import dataclass

from backend.core.words.subject import Subject, in_words, is_calm, place_en, place_ja


@dataclass(frozen=True)
class Letter:
    title: str
    text: str


def alert_title(subject: Subject, language: str, *, overdue: bool = False) -> str:
    """The page in one line; `overdue`: nobody has taken it in time."""
    place = place_en(subject) if language == "en" else place_ja(subject)
    return (
        f"{_mark(subject, language, overdue=overdue)}{place} {in_words(subject, language)[0]} {subject.clock}".strip()
    )


def alert_email(subject: Subject, language: str, link: str, *, overdue: bool = False) -> Letter:
    """The page as an e-mail, with the link that claims."""
    if language == "en":
        how = f"To take it, open this page and press the button:\n{link}"
        text = f"{place_en(subject)}, since {subject.clock}: {in_words(subject, language)[1]}.\n\n{how}\n"
    else:
        how = f"引き受けるには、次のページを開いてボタンを押してください。\n{link}"
        text = f"{place_ja(subject)}（{subject.clock}）\n{in_words(subject, language)[1]}。\n\n{how}\n"
    return Letter(alert_title(subject, language, overdue=overdue), text)


def alert_line(subject: Subject, language: str, *, overdue: bool = False) -> Letter:
    """The page in LINE, whose buttons claim it and open it."""
    cause = in_words(subject, language)[1]
    return Letter(alert_title(subject, language, overdue=overdue), f"{cause}." if language == "en" else f"{cause}。")


def alert_push(subject: Subject, language: str, *, overdue: bool = False) -> Letter:
    """The page as a browser's notification."""
    what = f"{_mark(subject, language, overdue=overdue)}{in_words(subject, language)[0]}"
    return Letter(what, f"{subject.building} {subject.clock}".strip())


def over_push(subject: Subject, language: str) -> Letter:
    """To those who were told: nothing is left for them to do."""
    what = "You need not do anything" if language == "en" else "対応は不要になりました"
    return Letter(what, f"{subject.building} {in_words(subject, language)[0]}")


def _mark(subject: Subject, language: str, *, overdue: bool) -> str:
    if language == "en":
        return "NOBODY HAS TAKEN: " if overdue else ""
    return "【未対応】" if overdue else "【灯】" if is_calm(subject) else "【緊急】"
