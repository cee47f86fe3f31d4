"""One table of routes serves the requests and the OpenAPI document, so that the two cannot differ."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from flask import Blueprint, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from backend.web.problems import Refused

Method = Literal["GET", "POST"]
Who = Literal["gateway", "enrolling", "worker", "anyone"]

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True)
class Route:
    """One operation. `path` holds Flask's ``<name>`` parts; `handler` takes (caller, *path parts[, query][, body])."""

    method: Method
    path: str
    name: str
    summary: str
    who: Who
    handler: Callable[..., object]
    reply: object = None
    query: type | None = None
    body: object = None
    read_as: object = None  # where the body is read more leniently than it is described
    body_bytes: int = 64 * 1024
    problems: tuple[int, ...] = ()

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"<(?:int:)?(\w+)>", self.path)


def needs_token(route: Route) -> bool:
    """Whether a request has to prove that no other site made a worker's browser send it."""
    return route.who == "worker" and route.method != "GET"


Authenticate = Callable[[Who], object]


def blueprint_of(routes: list[Route], authenticate: Authenticate) -> Blueprint:
    """Return a blueprint that serves the table; `authenticate` returns the caller or raises Refused."""
    blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
    for route in routes:
        blueprint.add_url_rule(route.path, route.name, _view(route, authenticate), methods=[route.method])
    return blueprint


def _view(route: Route, authenticate: Authenticate) -> Callable[..., Response]:
    def view(**parts: object) -> Response:
        arguments: list[object] = [authenticate(route.who), *(parts[name] for name in route.parameters)]
        if route.query is not None:
            arguments.append(read_query(route.query))
        if route.body is not None:
            arguments.append(read_body(route.read_as or route.body, route.body_bytes))
        found = route.handler(*arguments)
        return found if isinstance(found, Response) else as_json(found)

    return view


def as_json(found: object) -> Response:
    return Response(msgspec.json.encode(found), mimetype="application/json")


def read_query(shape: type) -> object:
    """Read the query string into `shape`. Raises Refused (400)."""
    try:
        return msgspec.convert(request.args.to_dict(), shape, strict=False)
    except UNREADABLE as error:
        raise Refused(400, f"query: {error}") from error


def read_body(shape: Any, most_bytes: int) -> object:
    """Read the JSON body into `shape`. Raises Refused (400, 422) or RequestEntityTooLarge."""
    request.max_content_length = most_bytes
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("the body has to be application/json")
    try:
        return msgspec.json.decode(request.get_data(cache=False), type=shape)
    except msgspec.ValidationError as error:
        raise Refused(422, str(error)) from error
    except UNREADABLE as error:
        raise Refused(400, f"not readable as JSON: {error}") from error
