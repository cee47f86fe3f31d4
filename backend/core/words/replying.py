"""The answers to what people write to us, by who they are: one SMS long.

A worker's says which alert is meant. A contact's never says where, and what has happened only to those who may know
it. A resident's is やさしい日本語 and says neither: others may read their phone.
"""

from collections.abc import Mapping
from typing import Literal

from backend.core.words.fitting import fullest
from backend.core.words.subject import Subject, in_brief, in_words, name_of, room_en, room_ja

Role = Literal["worker", "resident", "contact"]
_TO_WORKERS = {
    "claimed": ("引き受けました。あなたが担当です。", "It is yours now."),
    "already_claimed": ("すでにほかの方が引き受けています。対応は不要です。", "Somebody else has it already."),
    "passed_on": ("次の人に連絡します。", "The next person will be called."),
    "not_me": ("承知しました。次の人に連絡します。", "Understood. The next person will be called."),
    "coming": ("担当の方に伝えました。お気をつけて。", "Whoever has the alert has been told. Please take care."),
    "cannot_visit": ("承知しました。担当の方に伝えました。", "Understood. Whoever has the alert has been told."),
    "closed": ("この通報はすでに終了しています。", "That alert is closed already."),
    "over": ("この通報へのお返事はすでに受け取っています。", "You have answered that alert already."),
    "tested": ("試験の返信を受け取りました。", "Your test reply has arrived."),
    "nothing_open": ("お返事を待っている通報はありません。", "No alert is waiting for your reply."),
    "unclear": (
        "引き受ける・見に行くなら1、次の人へは4、対象外・行けないなら9と返信してください。",
        "Reply 1 to take it or to go, 4 to pass it on, 9 if it is not for you or you cannot.",
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
_TO_RESIDENTS = {
    "thanks": ("ありがとうございます。あんしんしました。", "Thank you. We are glad to hear it."),
    "nothing_open": (
        "いま、おへんじは いりません。こまっているときは、かかりの ひとに でんわを して ください。",
        "No reply is needed now. If you need help, please call your support worker.",
    ),
    "unclear": ("だいじょうぶなら、1を おくって ください。", "If you are all right, please reply 1."),
    "ambiguous": (
        "おなじ ばんごうの ひとが いるので、うけつけられません。かかりの ひとに でんわを して ください。",
        "Several people share this number: please call your support worker.",
    ),
}
_TO_CONTACTS = {
    "coming": ("ありがとうございます。お気をつけて。", "Thank you. Please take care."),
    "cannot": ("承知しました。ほかの方に連絡します。", "Understood. We will call somebody else."),
    "closed": ("お知らせした件はもう終わりました。ありがとうございます。", "That matter is over already. Thank you."),
    "nothing_open": ("お返事をお待ちしている件はありません。", "We are not waiting for a reply from you."),
    "unclear": (
        "様子を見に行ける方は1、行けない方は9と返信してください。",
        "Reply 1 if you can go and look, 9 if you cannot.",
    ),
    "ambiguous": (
        "同じ番号の方が複数いるため、返信では受け付けられません。担当の支援員へお電話ください。",
        "Several people share this number: please call the support worker you know.",
    ),
}
ANSWERS: Mapping[Role, Mapping[str, tuple[str, str]]] = {
    "worker": _TO_WORKERS,
    "resident": _TO_RESIDENTS,
    "contact": _TO_CONTACTS,
}


def answer(what: str, language: str, subject: Subject | None = None, *, role: Role = "worker") -> str:
    """The answer to a reply; `subject`: the alert it was taken for, as far as this person may know of it.

    Raises KeyError for a `what` that nobody of that role is told.
    """
    said = ANSWERS[role][what][language == "en"]
    short = in_words(subject, language)[0] if subject is not None else ""
    if role == "worker":
        return _to_worker(said, short, language, subject)
    if language == "en":
        return f"Tomoshibi, {short}: {said}" if short and role == "contact" else f"Tomoshibi: {said}"
    return f"【灯】{short}の件：{said}" if short and role == "contact" else f"【灯】{said}"


def _to_worker(said: str, short: str, language: str, subject: Subject | None) -> str:
    if subject is None:
        return said
    least = in_brief(subject, language)[1]
    if language == "en":
        whole = f"{room_en(subject)}, {short}: {said}"
        return fullest([whole], name_of(subject), lambda name: f"{name}, {least}: {said}")
    whole = f"【灯】{room_ja(subject)} {short}：{said}"
    return fullest([whole], name_of(subject), lambda name: f"【灯】{name} {least}：{said}")
