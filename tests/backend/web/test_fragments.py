"""What an open page is sent: only what it lacks."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.web.fragments import Fragments
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, press, shown, token_for
from tests.fakes import Clock


def refresh(client: FlaskClient, path: str, seen: str) -> TestResponse:
    """Ask for a page's live part as the page does that shows `seen`."""
    return client.get(path, query_string={"seen": seen}, headers={"HX-Request": "true"})


def test_a_fragment_the_page_already_shows_is_not_sent_again(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    seen = shown(aoki.get("/"))
    assert refresh(aoki, "/board", seen).status_code == 204
    send(reporting.emergency("102", clock.now()))
    assert refresh(aoki, "/board", seen).status_code == 200


def test_an_open_board_is_sent_the_cards_that_changed_and_where_the_others_stand(
    aoki: FlaskClient, send: Send, clock: Clock
) -> None:
    send(*(reporting.emergency(unit, clock.now()) for unit in ("101", "102")))
    seen = shown(aoki.get("/"))
    send(reporting.emergency("103", clock.now()))
    part = refresh(aoki, "/board", seen)
    assert part.text.count("data-kept") == 2
    assert f'data-after="{seen}"' in part.text
    assert "Maria Santos" in part.text
    assert "佐藤 ハル" not in part.text
    press(aoki, 1, "claim")
    later = refresh(aoki, "/board", shown(part)).text
    assert re.findall(r'id="(card-\d+)" data-kept', later) == ["card-2", "card-3"]
    assert "佐藤 ハル" in later


def test_a_button_on_the_board_is_answered_with_what_changed(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(*(reporting.emergency(unit, clock.now()) for unit in ("101", "102")))
    answer = press(aoki, 1, "claim", view="board", seen=shown(aoki.get("/")))
    assert re.findall(r'id="(card-\d+)" data-kept', answer) == ["card-2"]
    assert "青木 さくら" in answer


@pytest.mark.parametrize("seen", ["", "00", "made-up"])
def test_a_page_of_which_nothing_is_known_is_sent_everything(
    aoki: FlaskClient, send: Send, clock: Clock, seen: str
) -> None:
    send(reporting.emergency("101", clock.now()))
    for path in ("/board", "/units/list"):
        part = refresh(aoki, path, seen).text
        assert "佐藤 ハル" in part
        assert "data-kept" not in part


def test_a_page_in_another_language_is_sent_everything(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    send(reporting.emergency("101", clock.now()))
    seen = shown(aoki.get("/"))
    aoki.post("/language", data={"language": "en", "csrf_token": token_for(aoki)})
    part = refresh(aoki, "/board", seen).text
    assert "Claim" in part
    assert "data-kept" not in part


def test_an_open_list_of_units_is_sent_those_that_changed(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    seen = shown(aoki.get("/units/"))
    send(reporting.live("102", clock.now()))
    first = refresh(aoki, "/units/list", seen)  # that the gateway was heard changes every unit
    assert "data-kept" not in first.text
    send(reporting.live("103", clock.now()))
    assert refresh(aoki, "/units/list", shown(first)).text.count("data-kept") == 5


def test_what_fragments_were_made_of_is_forgotten_in_the_order_in_which_they_were_used() -> None:
    fragments = Fragments(most=2)
    for seen in ("a", "b", "a", "c"):
        fragments.remember(seen, {"card-1": "x"})
    assert fragments.kept("a", {"card-1": "x", "card-2": "x"}) == {"card-1"}
    assert fragments.kept("a", {"card-1": "y"}) == frozenset()
    assert fragments.kept("b", {"card-1": "x"}) == frozenset()


def test_the_answer_for_a_page_brings_its_head_along(aoki: FlaskClient, send: Send, clock: Clock) -> None:
    for page, part in (("/", "/board"), ("/units/", "/units/list"), ("/gateways/", "/gateways/list")):
        seen = shown(aoki.get(page))
        send(reporting.emergency("101", clock.advance(seconds=1), name=f"from-{seen}"))
        answer = refresh(aoki, part, seen)
        assert shown(answer, "bar") == shown(aoki.get("/"), "bar")
        assert 'id="trouble"' in answer.text
