"""Errors as people and programs get them: RFC 9457 under /api, a page everywhere else."""

import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import cast

import msgspec
from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError
from msgspec import UNSET, Struct, UnsetType
from werkzeug.exceptions import HTTPException

from backend.errors import (
    AlreadyClaimed,
    IllegalStep,
    Invalid,
    ManyInvalid,
    NotAllowed,
    NotFound,
    TomoshibiError,
    TooMany,
)

MEDIA_TYPE = "application/problem+json"
MACHINE_PATHS = ("/api/", "/live/", "/healthz", "/readyz", "/metrics")
OURS: Mapping[type[TomoshibiError], tuple[int, str]] = {
    NotFound: (404, "about:blank"),
    NotAllowed: (403, "about:blank"),
    Invalid: (422, "about:blank"),
    ManyInvalid: (422, "about:blank"),
    TooMany: (429, "about:blank"),
    AlreadyClaimed: (409, "urn:tomoshibi:already-claimed"),
    IllegalStep: (409, "urn:tomoshibi:illegal-step"),
}
logger = logging.getLogger(__name__)


class Problem(Struct, frozen=True):
    """The body of every error of the API (RFC 9457)."""

    title: str
    status: int
    detail: str | UnsetType = UNSET
    type: str = "about:blank"
    reference: str | UnsetType = UNSET  # stands in the server's log beside the cause


def problem(status: int, detail: str = "", *, type_: str = "about:blank", reference: str = "") -> Response:
    """Return an error as RFC 9457 wants it."""
    body = Problem(HTTPStatus(status).phrase, status, detail or UNSET, type_, reference or UNSET)
    return Response(msgspec.json.encode(body), status=status, mimetype=MEDIA_TYPE)


class Refused(Exception):  # noqa: N818  (says what happened, as backend.errors does)
    """A request that was understood and cannot be carried out. `type_` names the case for programs."""

    def __init__(self, status: int, detail: str, *, type_: str = "about:blank") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.type_ = type_


def wants_machine_answer() -> bool:
    return request.path.startswith(MACHINE_PATHS)


def register(app: Flask) -> None:
    """Answer every error, also those of routing and of our own making."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return problem(error.status, error.detail, type_=error.type_)

    @app.errorhandler(TomoshibiError)
    def ours(error: TomoshibiError) -> Response:
        for kind, (status, type_) in OURS.items():
            if isinstance(error, kind):
                return _answer(status, str(error), type_=type_)
        return unknown(error)

    @app.errorhandler(HTTPException)
    def known(error: HTTPException) -> Response:
        if error.code is not None and error.code < 400:  # the router's redirect to an address with its slash
            return cast(Response, error.get_response())
        status = error.code or 500
        detail = error.description or ""
        if isinstance(error, CSRFError):
            detail = "the form's token is missing or out of date: load the page again"
        return _answer(status, detail, headers=dict(error.get_headers()))

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        reference = secrets.token_hex(4)
        logger.error("unexpected error %s on %s %s", reference, request.method, request.path, exc_info=error)
        return _answer(500, "", reference=reference)


def _answer(
    status: int,
    detail: str,
    *,
    reference: str = "",
    type_: str = "about:blank",
    headers: dict[str, str] | None = None,
) -> Response:
    if wants_machine_answer():
        response = problem(status, detail, reference=reference, type_=type_)
    else:
        page = render_template("error.html", status=status, reference=reference)
        response = Response(page, status=status, mimetype="text/html")
    for name in ("Allow", "Retry-After", "WWW-Authenticate"):
        if headers and name in headers:
            response.headers[name] = headers[name]
    return response
