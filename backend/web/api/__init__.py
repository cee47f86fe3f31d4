"""The REST API under /api/v1: its table of routes, who may call them, and the OpenAPI document made from them."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from contract.reports import Batch, BatchReply, Commands, Enrol, Enrolling, Enrolment, Restores, WantRestores
from flask import Blueprint, request
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect

from backend.web.api import alerts, dial, figures, gateway, maintenance, openapi, rotas, units
from backend.web.api.routes import Route, Who, blueprint_of
from backend.web.api.shapes import (
    AlertDetail,
    Alerts,
    AlertsQuery,
    Close,
    CommandsQuery,
    DialState,
    Plan,
    PutOff,
    TurnDial,
    Units,
    Works,
)
from backend.web.problems import Refused
from backend.web.users import signed_in

NOT_FOUND, CONFLICT, TOO_MANY = 404, 409, 429


def _change(path: str, name: str, summary: str, handler: Callable[..., object], body: object = None) -> Route:
    path = f"/alerts/<int:alert_id>/{path}"
    return Route(
        "POST", path, name, summary, "worker", handler, reply=AlertDetail, body=body, problems=(NOT_FOUND, CONFLICT)
    )


ROUTES: list[Route] = [
    Route(
        "POST", "/gateway/reports", "sendReports",
        "Store a batch of reports; an empty one is the gateway's heartbeat",
        "gateway", gateway.take_reports,
        reply=BatchReply, body=Batch, read_as=gateway.LooseBatch, body_bytes=gateway.BATCH_BYTES,
    ),
    Route(
        "GET", "/gateway/commands", "fetchCommands", "Fetch commands after a number, waiting for the first",
        "gateway", gateway.give_commands, reply=Commands, query=CommandsQuery,
    ),
    Route(
        "POST", "/gateway/restores", "askRestores", "Tell the gateway again what was learned in its units",
        "gateway", gateway.ask_restores, reply=Restores, body=WantRestores,
    ),
    Route(
        "POST", "/gateway/enrolments", "enrol", "Ask for a code by which a coordinator takes this gateway in",
        "anyone", gateway.enrol, reply=Enrolling, body=Enrol, problems=(TOO_MANY,),
    ),
    Route(
        "GET", "/gateway/enrolments/<enrolment>", "getEnrolment", "What became of it",
        "enrolling", gateway.enrolment, reply=Enrolment,
    ),
    Route(
        "GET", "/alerts", "listAlerts", "List alerts, the newest first",
        "worker", alerts.listed, reply=Alerts, query=AlertsQuery,
    ),
    Route(
        "GET", "/alerts/<int:alert_id>", "getAlert", "One alert with its evidence",
        "worker", alerts.one, reply=AlertDetail, problems=(NOT_FOUND,),
    ),
    _change("claim", "claimAlert", "Take an alert on", alerts.claim),
    _change("release", "releaseAlert", "Give an alert back; it is paged anew", alerts.release),
    _change("coming", "comingToAlert", "Say that somebody is on the way", alerts.coming),
    _change("arrived", "arrivedAtAlert", "Say that somebody is on site", alerts.arrived),
    _change("close", "closeAlert", "End an alert with an outcome", alerts.close, Close),
    _change("snooze", "snoozeAlert", "Let nobody be called for a time, with a reason", alerts.snooze, PutOff),
    _change("wake", "wakeAlert", "End a snooze: people are called again", alerts.wake),
    Route(
        "GET", "/maintenance", "listMaintenance", "Work on the equipment, planned, going on and past",
        "worker", maintenance.listed, reply=Works,
    ),
    Route(
        "POST", "/maintenance", "planMaintenance", "Plan work; what it causes calls nobody while it lasts",
        "worker", maintenance.plan, reply=Works, body=Plan, problems=(NOT_FOUND,),
    ),
    Route(
        "POST", "/maintenance/<int:maintenance_id>/end", "endMaintenance", "End work before its time",
        "worker", maintenance.end, reply=Works, problems=(NOT_FOUND,),
    ),
    Route("GET", "/units", "listUnits", "The units with their last sign of life", "worker", units.listed, reply=Units),
    Route(
        "GET", "/units/<int:unit_id>/dial", "getDial", "How often somebody may be asked needlessly, and what it costs",
        "worker", dial.of_unit, reply=DialState, problems=(NOT_FOUND,),
    ),
    Route(
        "POST", "/units/<int:unit_id>/dial", "turnDial", "Turn the dial of a unit to one of its positions",
        "worker", dial.turn, reply=DialState, body=TurnDial, problems=(NOT_FOUND,),
    ),
    Route(
        "GET", "/figures", "getFigures", "How fast alerts were claimed and reached people, against the standard",
        "worker", figures.of_last, reply=figures.ServiceFigures, query=figures.FiguresQuery,
    ),
    *rotas.ROUTES,
]  # fmt: skip


def blueprint(forgery: CSRFProtect) -> Blueprint:
    """Return the API's blueprint. `forgery` guards what people change; gateways carry a credential instead."""

    def authenticate(who: Who) -> object:
        if who == "gateway":
            return gateway.authenticate()
        if who == "enrolling":
            return gateway.bearer()
        if who == "anyone":
            return None
        if not current_user.is_authenticated:
            raise Refused(401, "sign in first")
        if request.method != "GET":
            forgery.protect()
        return signed_in()

    found = blueprint_of([*ROUTES, _document_route()], authenticate)
    forgery.exempt(found)
    return found


def _document_route() -> Route:
    def describe(_caller: object) -> dict[str, object]:
        return openapi.document([*ROUTES, route], version("tomoshibi"))

    route = Route("GET", "/openapi.json", "describe", "This document", "anyone", describe, reply=dict[str, Any])
    return route
