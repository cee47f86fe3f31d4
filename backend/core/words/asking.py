"""What the resident is asked, in やさしい日本語."""


def ask_call(resident: str, language: str) -> str:
    """The automatic call that asks first, in やさしい日本語: short sentences, one request, no figures but the key."""
    if language == "en":
        return f"Hello, {resident}. This is Tomoshibi. Are you all right?"
    return f"{resident}さん。みまもりの、ともしびです。だいじょうぶですか。"


def ask_keys(language: str) -> str:
    if language == "en":
        return "If you are all right, please press 1. To hear this again, press 2."
    return "だいじょうぶなら、1を おしてください。もういちど きくには、2を おしてください。"


def ask_sms(language: str, call_back: str) -> str:
    """To a resident who did not answer the call: one segment long; `call_back` is empty where there is no number."""
    if language == "en":
        back = f"or call {call_back}" if call_back else "or call your support worker"
        return (
            f"Tomoshibi: are you all right? You did not answer our call. Please press the button in your room, {back}."
        )
    back = f"{call_back}に でんわを して" if call_back else "かかりの ひとに でんわを して"
    return f"【灯】だいじょうぶですか。でんわに でませんでした。へやの ボタンを おすか、{back} ください。"


def daily_ask(resident: str, language: str) -> str:
    """The daily call, which says that it is no more than that."""
    if language == "en":
        return f"Good day, {resident}. This is Tomoshibi with your daily call. Are you all right?"
    return f"{resident}さん。みまもりの、ともしびです。まいにちの、あんぴかくにんの でんわです。おかわり ありませんか。"


def daily_sms(language: str, call_back: str) -> str:
    """To a resident who did not answer the daily call: one segment long. They may have no button in their room."""
    if language == "en":
        whom = call_back or "your support worker"
        return f"Tomoshibi: are you all right? You did not answer our daily call. Please call {whom}."
    back = f"{call_back}に" if call_back else "かかりの ひとに"
    return f"【灯】だいじょうぶですか。まいにちの でんわに でませんでした。{back} でんわを して ください。"
