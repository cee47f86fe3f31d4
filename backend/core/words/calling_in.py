"""What whoever calls or writes to the service number is told; to residents in やさしい日本語."""

from collections.abc import Mapping

from backend.core.call_in import CASE, Role

GREETING = ("みまもりの、ともしびです。", "This is Tomoshibi.")
MENU = (
    "だいじょうぶなら、1を おしてください。でかけるときは、2を おしてください。"
    "かえってきたときは、3を おしてください。にゅういんのときは、4を おしてください。"
    "かかりの ひとと はなしたいときは、0を おしてください。",
    "If you are all right, press 1. If you are going out, press 2. If you are back, press 3. "
    "If you are in hospital, press 4. To speak with our staff, press 0.",
)
SAID: Mapping[str, tuple[str, str]] = {
    "fine": ("ありがとうございます。あんしんしました。", "Thank you. We are glad to hear that you are all right."),
    "away": (
        "おでかけですね。あしたの よるまでと、きろくしました。かえったときと、もっと ながく なるときは、"
        "また おでんわください。いってらっしゃい。",
        "You are going out: we have noted it until tomorrow night. "
        "Please call again when you are back, or if you stay away longer.",
    ),
    "away_longer": (
        "おでかけですね。まえから きろくして あります。かえったら、また おでんわください。いってらっしゃい。",
        "You are going out: we had noted it before. Please call again when you are back.",
    ),
    "back": ("おかえりなさい。きろくしました。", "Welcome back. We have noted it."),
    "hospital": (
        "にゅういんですね。2しゅうかんと、きろくしました。もっと ながく なるときは、また おでんわください。"
        "おだいじに。",
        "You are in hospital: we have noted it for 14 days. Please call again if you stay longer. "
        "We wish you a good recovery.",
    ),
    "hospital_longer": (
        "にゅういんですね。まえから きろくして あります。おだいじに。",
        "You are in hospital: we had noted it before. We wish you a good recovery.",
    ),
    CASE: (
        "うけつけました。かかりのひとが、おりかえし おでんわします。でんわを きって、おまちください。",
        "We have taken your call. Our staff will call you back. Please hang up and wait.",
    ),
    "withheld": (
        "うけつけました。ばんごうが わからないので、おりかえしの でんわが できません。"
        "ばんごうを つうちして、もういちど おかけください。",
        "We have taken your call, but your number is hidden and we cannot call you back. "
        "Please call again and show your number.",
    ),
    "staff": (
        "支援員・関係者の番号からのお電話です。通報の引き受けは、画面かメッセージのリンクからお願いします。",
        "This is a number of our staff. To take an alert, please use the screen or the link in the message.",
    ),
    "not_taken": (
        "もうしわけありません。この おでんわは うけつけられませんでした。たんとうの ひとに ちょくせつ おかけください。",
        "We are sorry, we could not take your call. Please call your support worker directly.",
    ),
}
WRITTEN: Mapping[str, tuple[str, str]] = {
    "fine": ("【灯】ありがとうございます。あんしんしました。", "Tomoshibi: thank you. We are glad to hear it."),
    "away": (
        "【灯】おでかけですね。あしたの よるまでと、きろくしました。",
        "Tomoshibi: noted that you are away until tomorrow night.",
    ),
    "away_longer": (
        "【灯】おでかけですね。まえから きろくして あります。",
        "Tomoshibi: noted before that you are away.",
    ),
    "back": ("【灯】おかえりなさい。きろくしました。", "Tomoshibi: noted that you are back."),
    "hospital": (
        "【灯】にゅういんですね。2しゅうかんと、きろくしました。おだいじに。",
        "Tomoshibi: noted that you are in hospital for 14 days.",
    ),
    "hospital_longer": (
        "【灯】にゅういんですね。まえから きろくして あります。おだいじに。",
        "Tomoshibi: noted before that you are in hospital.",
    ),
    CASE: (
        "【灯】うけつけました。かかりのひとから れんらくします。",
        "Tomoshibi: your message has arrived. Our staff will contact you.",
    ),
}
# What workers are told of the caller: short, and as it is said.
CALLERS: Mapping[str, Mapping[Role, tuple[tuple[str, str], tuple[str, str]]]] = {
    "voice": {
        "resident": (("本人から電話", "ご本人から電話がありました"), ("resident called", "the resident has called")),
        "contact": (
            ("家族等から電話", "ご家族など、連絡先の方から電話がありました"),
            ("contact called", "one of the resident's contacts has called"),
        ),
        "nobody": (
            ("登録外から電話", "登録のない番号から電話がありました"),
            ("unknown caller", "somebody has called from a number that nobody has registered"),
        ),
    },
    "sms": {
        "resident": (("本人からSMS", "ご本人からSMSが届きました"), ("resident wrote", "the resident has sent a text")),
        "contact": (
            ("家族等からSMS", "ご家族など、連絡先の方からSMSが届きました"),
            ("contact wrote", "one of the resident's contacts has sent a text"),
        ),
        "nobody": (
            ("登録外からSMS", "登録のない番号からSMSが届きました"),
            ("unknown sender", "a text has come from a number that nobody has registered"),
        ),
    },
}


def greeting(language: str) -> str:
    return GREETING[language == "en"]


def menu(language: str) -> str:
    return MENU[language == "en"]


def said(what: str, language: str) -> str:
    """What a caller hears of what was done. Raises KeyError for an unknown `what`."""
    return SAID[what][language == "en"]


def written(what: str, language: str) -> str:
    """The same by SMS."""
    return WRITTEN[what][language == "en"]


def of_caller(kind: str, role: Role, number_end: str, language: str) -> tuple[str, str]:
    """Return who has called or written ("voice", "sms"): short and as it is said, with the number's last digits.

    The whole number stands behind the link: a lock screen is read by anybody.
    """
    short, spoken = CALLERS[kind][role][language == "en"]
    if not number_end:
        return (short, f"{spoken} (number withheld)") if language == "en" else (short, f"{spoken}。番号は非通知です")
    digits = " ".join(number_end)
    if language == "en":
        return f"{short} *{number_end}", f"{spoken}, whose number ends in {digits}"
    return f"{short}…{number_end}", f"{spoken}。番号の末尾は、{digits}です"
