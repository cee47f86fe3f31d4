"""How an open page hears that something changed."""

from flask import Flask
from flask.testing import FlaskClient

from tests.backend.web import reporting
from tests.backend.web.conftest import Send
from tests.fakes import Clock


def test_the_stream_tells_of_a_change_by_number_only(app: Flask, aoki: FlaskClient, send: Send, clock: Clock) -> None:
    stream = aoki.get("/live/stream", buffered=False).iter_encoded()
    first = next(stream)
    send(reporting.emergency("101", clock.now()))
    second = next(stream)
    assert b"event: revision" in first
    assert b"event: revision" in second
    assert first != second
    assert "佐藤".encode() not in second


def test_when_the_streams_run_out_the_page_is_told_to_ask(app: Flask, aoki: FlaskClient) -> None:
    streams = app.extensions["tomoshibi"].streams
    while streams.take():
        pass
    assert aoki.get("/live/stream").status_code == 503
    assert set(aoki.get("/live/revision").json or {}) == {"screens", "sends", "now", "rate"}
    streams.give_back()
    assert aoki.get("/live/stream", buffered=False).status_code == 200
