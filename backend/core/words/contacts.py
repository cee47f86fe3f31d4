"""What family, neighbours and other contacts are told, and what is asked of them.

How much they may know is recorded with each: "nothing" (they are not reached at all), "concern" (that somebody should
look in), "cause" (also what has happened). A call names the resident, since whoever has several parents must know who
it is about; an SMS names nobody.
"""

from dataclasses import dataclass

from backend.core.words.subject import Subject, ago_en, in_words, when_ja

MAY_KNOW = ("nothing", "concern", "cause")
OTHERS = "other"
# By kind of contact and language. A call: whom it is about, what is said where the cause may not be, what is asked.
_CALL = {
    "neighbour": {
        "ja": (
            "ご近所の{resident}さんのことで、お電話しています。",
            "ご様子を気にかけています。",
            "お部屋を訪ねて、ノックや声かけをお願いできませんか。",
        ),
        "en": (
            "about your neighbour {resident}.",
            "We are concerned.",
            " Could you knock at the door and see whether there is an answer?",
        ),
    },
    OTHERS: {
        "ja": (
            "{resident}さんのことで、お電話しています。",
            "ご様子の確認をお願いしたいことがあります。",
            "",
        ),
        "en": ("about {resident}.", "We would like somebody to look in.", ""),
    },
}
# An SMS: whom it is about, and what is asked beside to call.
_SMS = {
    "neighbour": {
        "ja": ("ご近所の方の件です", "ノックや声かけができる方は"),
        "en": ("a neighbour of yours", "Could you knock or look in? "),
    },
    OTHERS: {"ja": ("見守り先の方のご様子の件です", ""), "en": ("the person you are a contact for", "")},
}


@dataclass(frozen=True)
class About:
    """What a contact is told: about whom, by which organisation, which it is to call back at (empty: none).

    `kind` is the contact's: family, neighbour …
    """

    kind: str
    resident: str
    organisation: str
    call_back: str
    may_know: str
    subject: Subject


def contact_call(about: About, language: str) -> str:
    """What has happened, as far as this contact may know it, and what is asked of them."""
    whom, concern, wish = _CALL.get(about.kind, _CALL[OTHERS])["en" if language == "en" else "ja"]
    whom, cause = whom.format(resident=about.resident), in_words(about.subject, language)[1]
    knows = about.may_know == "cause"
    if language == "en":
        why = f"{ago_en(about.subject.ago_s).capitalize()}, {cause}." if knows else concern
        return f"This is Tomoshibi, calling for {about.organisation}, {whom} {why}{wish}"
    why = f"{when_ja(about.subject)}、{cause}。" if knows else concern
    return f"{about.organisation}の見守り、ともしびです。{whom}{why}{wish}"


def contact_keys(language: str) -> str:
    if language == "en":
        return "If you can go and look, press 1. To hear this again, 2. If you cannot, 9."
    return "様子を見に行ける方は1を、もう一度聞くには2を、行けない方は9を押してください。"


def contact_sms(about: About, language: str) -> str:
    """To a contact who could not be called: one segment long."""
    whom, wish = _SMS.get(about.kind, _SMS[OTHERS])["en" if language == "en" else "ja"]
    if language == "en":
        cause = f"{in_words(about.subject, language)[0]}. " if about.may_know == "cause" else ""
        return f"Tomoshibi: about {whom}. {cause}{wish}Please call {about.call_back or 'the support worker you know'}."
    cause = f"（{in_words(about.subject, language)[0]}）" if about.may_know == "cause" else ""
    return f"【灯】{whom}{cause}。{wish}{about.call_back or '担当の支援員'}へお電話ください。"


def contact_over_sms(language: str) -> str:
    """To a contact who is on the way: it is over."""
    if language == "en":
        return "Tomoshibi: the matter we called you about is over. Thank you for your help."
    return "【灯】先ほどお電話した件は終わりました。ご協力ありがとうございました。"
