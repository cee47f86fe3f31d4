"""What calls say to workers, and the answers to keys."""

from backend.core.words.subject import Subject, ago_en, in_words, is_calm, place_ja, spoken_place_en, when_ja


def alert_call(subject: Subject, language: str) -> str:
    """What has happened, as said on the phone. Our name is in kana: voices read the character in other ways."""
    cause = in_words(subject, language)[1]
    if language == "en":
        opening = "This is Tomoshibi." if is_calm(subject) else "This is Tomoshibi, with an emergency."
        place = f"{spoken_place_en(subject)}: " if subject.building else ""
        return f"{opening} {place}{cause}. It began {ago_en(subject.ago_s)}."
    opening = "見守りの、ともしびです。" if is_calm(subject) else "見守りの、ともしびです。緊急です。"
    place = f"{place_ja(subject)}。" if subject.building else ""
    return f"{opening}{place}{when_ja(subject)}、{cause}。"


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
    "coming": (
        "ありがとうございます。担当の者に伝えました。お気をつけて。",
        "Thank you. Our staff has been told. Please take care.",
    ),
    "cannot": ("承知しました。ほかの方に連絡します。", "Understood. We will call somebody else."),
    "contact_over": ("この件は終わりました。ありがとうございました。", "This matter is over. Thank you."),
    "contact_silent": (
        "応答がありませんでした。ほかの方に連絡します。",
        "There was no answer. We will call somebody else.",
    ),
    "visit_refused": ("承知しました。担当の者に伝えます。", "Understood. We will tell whoever has the alert."),
    "visit_silent": (
        "応答がありませんでした。担当の者に伝えます。",
        "There was no answer. We will tell whoever has the alert.",
    ),
    "tested": ("確認しました。試験は終わりです。", "Confirmed. That was the test."),
    "untested": ("キーが押されませんでした。試験は終わりです。", "No key was pressed. That was the test."),
    "silent": (
        "おへんじがありませんでした。かかりのひとにれんらくします。",
        "There was no answer. We will send word to our staff.",
    ),
    "unknown": ("この電話の用件は終了しました。失礼いたします。", "This call is no longer needed. Goodbye."),
}


def reply(what: str, language: str) -> str:
    """The answer to a key, or to none. Raises KeyError for an unknown `what`."""
    return REPLIES[what][1 if language == "en" else 0]
