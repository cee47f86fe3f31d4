"""Three questions of three askers: is this process alive, can it serve and is somebody paging, and how is it going."""

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from backend.adapters.store import migrate
from backend.services import heartbeats
from backend.web.frame import Web, web
from backend.web.lookout import NOBODY
from backend.web.metrics import measure

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    return jsonify(status="ok")


@blueprint.get("/readyz")
def ready() -> Response:
    """200 when the database answers at the newest migration and the worker beats; else 503 naming what is wrong.

    `warnings` names what is well and would not be noticed if it were not.
    """
    checks = _checks(web())
    status = "ok" if all(each == "ok" for each in checks.values()) else "failing"
    response = jsonify(status=status, checks=checks, warnings=[] if web().lookout.ways else [NOBODY])
    response.status_code = 200 if response.get_json()["status"] == "ok" else 503
    return response


def _checks(parts: Web) -> dict[str, str]:
    try:
        parts.store.now_readable()
        at_head = migrate.is_current(parts.store)
        with parts.store.system_reading() as session:
            silent = heartbeats.stale(session, datetime.now(UTC))
    except SQLAlchemyError:
        return {"database": "does not answer", "migrations": "unknown", "worker": "unknown"}
    return {
        "database": "ok",
        "migrations": "ok" if at_head else "the database is not at the newest migration",
        "worker": "silent" if silent else "ok",
        "lookout": parts.lookout.problem() or "ok",
    }


@blueprint.get("/metrics")
def metrics() -> Response:
    measure(web())
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
