"""What a worker is told whom a colleague asks to go and look; a call says what has happened as any page does."""

from backend.core.words.fitting import fullest, line
from backend.core.words.letters import Letter
from backend.core.words.subject import (
    Subject,
    in_brief,
    in_words,
    name_of,
    place_en,
    place_ja,
    room_en,
    room_ja,
)

WISH = ("様子を見に行ってください", "Please go and look")


def visit_keys(language: str) -> str:
    """What is asked, and which key does what."""
    if language == "en":
        return f"{WISH[1]}. If you go, press 1. To hear this again, 2. If you cannot, 9."
    return f"{WISH[0]}。行ける方は1を、もう一度聞くには2を、行けない方は9を押してください。"


def visit_sms(subject: Subject, language: str, link: str) -> str:
    """One segment long, with the link whose page says that they go and what happened: the place matters most here."""
    short, brief = in_words(subject, language)[0], in_brief(subject, language)[0]
    if language == "en":
        wish, go, place, room = "PLEASE GO TO", "GO TO", place_en(subject), room_en(subject)
    else:
        wish, go, place, room = "訪問依頼", "訪問", place_ja(subject), room_ja(subject)
    texts = [line(wish, place, short, link), line(wish, room, short, link), line(wish, room, brief, link)]
    return fullest(texts, name_of(subject), lambda name: line(go, name, link))


def visit_letter(subject: Subject, channel: str, language: str, link: str) -> Letter:
    """The same by each kind of message: with more room than an SMS; a locked screen ("push") does not name the room."""
    if channel == "sms":
        return Letter("", visit_sms(subject, language, link))
    short, cause = in_words(subject, language)
    if channel == "push":
        return Letter(WISH[language == "en"], f"{subject.building} {short}".strip())
    if language == "en":
        title, how = f"{WISH[1]}: {place_en(subject)}", f"To say that you go: {link}"
        text = f"{place_en(subject)}, since {subject.clock}: {cause}."
    else:
        title, how = f"【灯】{WISH[0]}：{place_ja(subject)}", f"行くと伝えるには：{link}"
        text = f"{place_ja(subject)}（{subject.clock}）{cause}。"
    return Letter(title, f"{text}\n\n{how}\n" if channel == "email" else text)
