"""What family, neighbours and other contacts are told, and what is asked of them.

How much they may know is recorded with each: "nothing" (they are not reached at all), "concern" (that somebody should
look in), "cause" (also what has happened). A call names the resident, since whoever has several parents must know who
it is about; an SMS names nobody.
"""

from dataclasses import dataclass

from backend.core.words.subject import Subject, ago_en, in_words, when_ja

MAY_KNOW = ("nothing", "concern", "cause")


@dataclass(frozen=True)
class About:
    """What a contact is told: about whom, by which organisation, which it is to call back at (empty: none)."""

    resident: str
    organisation: str
    call_back: str
    may_know: str
    subject: Subject


def contact_call(about: About, language: str) -> str:
    """What has happened, as far as this contact may know it."""
    knows = about.may_know == "cause"
    if language == "en":
        greeting = f"This is Tomoshibi, calling for {about.organisation}, about {about.resident}."
        cause = f"{ago_en(about.subject.ago_s).capitalize()}, {in_words(about.subject, language)[1]}."
        return f"{greeting} {cause if knows else 'We would like somebody to look in.'}"
    greeting = f"{about.organisation}の見守り、ともしびです。{about.resident}さんのことで、お電話しています。"
    cause = f"{when_ja(about.subject)}、{in_words(about.subject, language)[1]}。"
    return greeting + (cause if knows else "ご様子の確認をお願いしたいことがあります。")


def contact_keys(language: str) -> str:
    if language == "en":
        return "If you can go and look, press 1. To hear this again, 2. If you cannot, 9."
    return "様子を見に行ける方は1を、もう一度聞くには2を、行けない方は9を押してください。"


def contact_sms(about: About, language: str) -> str:
    """To a contact who could not be called: one segment long."""
    if language == "en":
        cause = f"{in_words(about.subject, language)[0]}. " if about.may_know == "cause" else ""
        back = f"Please call {about.call_back}." if about.call_back else "Please call the support worker you know."
        return f"Tomoshibi: about the person you are a contact for. {cause}{back}"
    cause = f"（{in_words(about.subject, language)[0]}）" if about.may_know == "cause" else ""
    back = f"{about.call_back}へお電話ください。" if about.call_back else "担当の支援員へお電話ください。"
    return f"【灯】見守り先の方のご様子の件です{cause}。{back}"


def contact_over_sms(language: str) -> str:
    """To a contact who is on the way: it is over."""
    if language == "en":
        return "Tomoshibi: the matter we called you about is over. Thank you for your help."
    return "【灯】先ほどお電話した件は終わりました。ご協力ありがとうございました。"
