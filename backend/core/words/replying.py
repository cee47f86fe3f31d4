"""The answers to what people write to us: one SMS long, and always saying which alert is meant."""

from backend.core.words.subject import Subject, in_words, room_en, room_ja

ANSWERS = {
    "claimed": ("引き受けました。あなたが担当です。", "It is yours now."),
    "already_claimed": ("すでにほかの方が引き受けています。対応は不要です。", "Somebody else has it already."),
    "passed_on": ("次の人に連絡します。", "The next person will be called."),
    "not_me": ("承知しました。次の人に連絡します。", "Understood. The next person will be called."),
    "closed": ("この通報はすでに終了しています。", "That alert is closed already."),
    "over": ("この通報へのお返事はすでに受け取っています。", "You have answered that alert already."),
    "thanks": ("ありがとうございます。あんしんしました。", "Thank you. We are glad to hear it."),
    "coming": ("ありがとうございます。お気をつけて。", "Thank you. Please take care."),
    "cannot": ("承知しました。ほかの方に連絡します。", "Understood. We will call somebody else."),
    "tested": ("試験の返信を受け取りました。", "Your test reply has arrived."),
    "nothing_open": ("お返事を待っている通報はありません。", "No alert is waiting for your reply."),
    "unclear": (
        "引き受けるなら1、次の人へは4、対象外なら9と返信してください。",
        "Reply 1 to take it, 4 to pass it on, 9 if it is not for you.",
    ),
    "ambiguous": (
        "同じ番号の方が複数いるため、返信では受け付けられません。リンクか画面から操作してください。",
        "Several people share this number: please use the link or the screen.",
    ),
    "linked": ("LINEと連携しました。通報はここにも届きます。", "LINE is linked. Alerts will arrive here too."),
    "not_linked": (
        "この灯のアカウントと連携されていません。画面の「自分の設定」で出した番号を、ここに送ってください。",
        "This account is not linked. Please send the code that your own settings show.",
    ),
    "wrong_code": (
        "その番号は使えません。「自分の設定」で新しい番号を出してください。",
        "That code cannot be used. Please make a new one in your own settings.",
    ),
}


def answer(what: str, language: str, subject: Subject | None = None) -> str:
    """The answer to a reply; `subject`: the alert it was taken for. Raises KeyError for an unknown `what`."""
    said = ANSWERS[what][1 if language == "en" else 0]
    if subject is None:
        return said
    if language == "en":
        return f"{room_en(subject)}, {in_words(subject, language)[0]}: {said}"
    return f"【灯】{room_ja(subject)} {in_words(subject, language)[0]}：{said}"
