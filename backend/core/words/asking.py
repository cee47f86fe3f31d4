"""What calls say to the resident, in やさしい日本語."""


def ask_call(resident: str, language: str) -> str:
    """The automatic call that asks first, in やさしい日本語: short sentences, one request, no figures but the key."""
    if language == "en":
        return f"Hello, {resident}. This is Tomoshibi. Are you all right?"
    return f"{resident}さん。みまもりの、ともしびです。だいじょうぶですか。"


def ask_keys(language: str) -> str:
    if language == "en":
        return "If you are all right, please press 1. To hear this again, press 2."
    return "だいじょうぶなら、1を おしてください。もういちど きくには、2を おしてください。"
