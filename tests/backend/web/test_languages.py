"""Japanese and English, and a word for everything."""

import ast
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from backend.web import words
from backend.web.views import timeline
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, sign_in, token_of
from tests.fakes import Clock

WEB = Path(__file__).parents[3] / "backend/web"


def test_a_worker_sees_their_own_language_and_can_change_it(app: Flask, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    dana = app.test_client()
    sign_in(dana, "dana")
    assert "Claim these now" in dana.get("/").text
    token = token_of(dana.get("/"))
    dana.post("/language", data={"language": "ja", "back": "/", "csrf_token": token})
    assert "いま引き受けてください" in dana.get("/").text
    again = app.test_client()
    sign_in(again, "dana")
    assert "いま引き受けてください" in again.get("/").text


def test_every_text_has_its_english() -> None:
    with (WEB / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        english = {message.id: message.string for message in read_po(file) if message.id}
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = {text for _file, _line, text, _comments, _context in extract_from_dir(WEB, methods)}
    assert found == set(english)
    assert all(english.values())


def test_everything_that_can_happen_to_an_alert_has_words() -> None:
    """What the services write into an alert's history is known to the timeline."""
    written = set()
    for file in (WEB.parent / "services").glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "happened":
                written |= {node.value for node in ast.walk(call.args[2]) if isinstance(node, ast.Constant)}
    known = {*words.EVENT, *(each for each in written if str(each).startswith(timeline.OF_SENDS))}
    assert {"claimed", "pressed_again"} < written <= known | {"voice"}
