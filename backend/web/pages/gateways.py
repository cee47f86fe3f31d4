"""The gateways and whether they are heard; and who wrote to us whom nobody knows."""

from datetime import UTC, datetime

from flask import Blueprint, Response

from backend.core.access import Act, may
from backend.services import replies
from backend.web.frame import web
from backend.web.pages.shared import live_page, looking
from backend.web.views import units as view

blueprint = Blueprint("gateways", __name__, url_prefix="/gateways")


@blueprint.get("/")
def gateways() -> Response:
    return _answer()


@blueprint.get("/list")
def listed() -> Response:
    return _answer()


def _answer() -> Response:
    with looking("gateways") as (session, user):
        found = view.gateways(session)
    with web().store.system_reading() as everywhere:  # whom nobody knows belongs to no organisation
        strangers = replies.strangers(everywhere, datetime.now(UTC))
    shown = (found, strangers)
    may_test = may(user.role, Act.RUN_SELF_TESTS)
    return live_page(
        "gateways.html", "parts/gateways.html", shown, gateways=found, strangers=strangers, may_test=may_test
    )
