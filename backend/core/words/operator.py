"""What the installation's operator is told. In both languages: nobody knows whose turn it is."""

from datetime import datetime
from typing import Literal

from backend.core.words.letters import Letter

What = Literal["silent", "beating"]


def letter(what: What, installation: str, since: datetime | None) -> Letter:
    """Since `since` (the last beat; None: it never beat) the worker is silent, or beats again after it.

    `installation` is its address: the operator may run several.
    """
    at = f"{since:%Y-%m-%d %H:%M:%S} UTC" if since else ""
    if what == "beating":
        title = "【灯】通報の処理が動き出しました / Tomoshibi: the worker beats again"
        text = (
            f"{installation}\n電話とSMSを出す処理が、また動いています。止まっていた間の通報は、画面で確かめてください。\n\n"
            "The worker process, which calls people, beats again. Please look at the board for what came meanwhile.\n"
        )
        return Letter(title, text)
    title = "【灯・至急】通報の処理が止まっています / Tomoshibi, URGENT: the worker is silent"
    when_ja = f"{at} から" if at else "一度も動いていません。"
    when_en = f"since {at}" if at else "and has never beaten"
    text = (
        f"{installation}\n電話とSMSを出す処理が止まっています（{when_ja}）。通報があっても誰も呼び出されません。"
        "すぐに tomoshibi-backend work を確かめてください。\n\n"
        f"The worker process is silent, {when_en}: nobody is called, whatever happens. "
        "Look after tomoshibi-backend work at once.\n"
    )
    return Letter(title, text)
