"""How an open page learns that something changed: a revision number for each topic, never the thing itself.

A page that misses a message has lost nothing, since it fetches the present state whenever the number differs from its
own. Each message also carries domain time, so that the clocks in the page run as the installation's clock does.
"""

import json
from collections.abc import Iterator

from flask import Blueprint, Response, jsonify
from werkzeug.exceptions import ServiceUnavailable

from backend.adapters.store.topics import Topic
from backend.web.frame import Web, web
from backend.web.users import signed_in

KEEP_ALIVE_S = 15.0
SHOWN: tuple[Topic, ...] = ("screens", "sends")  # a page names those of which it shows something
blueprint = Blueprint("live", __name__, url_prefix="/live")


def news(parts: Web, organisation_id: int) -> dict[str, float]:
    """The organisation's present revisions by topic, domain time in Unix seconds, and how fast it runs."""
    revisions: dict[str, float] = {topic: parts.notifier.revision(organisation_id, topic) for topic in SHOWN}
    return {**revisions, "now": parts.clock.now(), "rate": parts.clock.rate()}


@blueprint.get("/revision")
def revision() -> Response:
    return jsonify(news(web(), signed_in().organisation_id))


@blueprint.get("/stream")
def stream() -> Response:
    parts = web()
    if not parts.streams.take():
        raise ServiceUnavailable("no place left for another event stream: ask /live/revision every few seconds")
    response = Response(_events(parts, signed_in().organisation_id), mimetype="text/event-stream")
    response.call_on_close(parts.streams.give_back)
    response.headers["X-Accel-Buffering"] = "no"  # a proxy that collects the stream would hold every message back
    return response


def _events(parts: Web, organisation_id: int) -> Iterator[str]:
    said = parts.notifier.revision(organisation_id, *SHOWN)
    yield _event("revision", parts, organisation_id)
    while True:
        found = parts.notifier.wait(organisation_id, *SHOWN, known=said, timeout_s=KEEP_ALIVE_S)
        yield _event("clock" if found == said else "revision", parts, organisation_id)
        said = found


def _event(name: str, parts: Web, organisation_id: int) -> str:
    return f"event: {name}\ndata: {json.dumps(news(parts, organisation_id))}\n\n"
