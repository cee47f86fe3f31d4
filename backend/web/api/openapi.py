"""The OpenAPI 3.1 document, made from the table of routes and the msgspec classes it names."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from backend.web.api.routes import Route, needs_token
from backend.web.problems import MEDIA_TYPE, Problem

REFERENCES = "#/components/schemas/{name}"
SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "gateway": [{"gateway": []}],
    "enrolling": [{"enrolling": []}],
    "worker": [{"session": []}],
    "anyone": [],
}

SIGN_IN = (
    "Of a worker who has signed in at `/sign-in`, as a browser does. `GET /sign-in` answers with a form and a cookie; "
    "`POST /sign-in` with that cookie, as application/x-www-form-urlencoded, takes `login`, `password` and the form's "
    "`csrf_token`. It answers 302 with the session's cookie, good for 12 hours after its last use; 401 for a wrong "
    "password; 429 with Retry-After after too many."
)
TOKEN = {
    "name": "X-CSRFToken",
    "in": "header",
    "required": True,
    "description": "The session's token: the `content` of `<meta name=csrf-token>` in any page fetched since signing "
    "in, good until signing out. Over https a Referer of this site has to come too. Without them the answer is 400.",
    "schema": {"type": "string"},
}


def document(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """Describe every route. The same table serves the requests."""
    table = list(routes)
    shapes = [shape for route in table for shape in (route.reply, route.body) if shape is not None]
    schemas, components = msgspec.json.schema_components([*shapes, Problem], ref_template=REFERENCES)
    schema_of = {id(shape): schema for shape, schema in zip(shapes, schemas, strict=False)}
    paths: dict[str, dict[str, Any]] = {}
    for route in table:
        operation = _operation(route, schema_of)
        paths.setdefault(_path(route), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tomoshibi",
            "version": version,
            "description": "Alerts, units and gateways. Instants are Unix seconds (UTC) of domain time. "
            "Every error is application/problem+json (RFC 9457). Workers sign in (securitySchemes.session) and send "
            "the session's token in X-CSRFToken with every POST; gateways send their own credential.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "gateway": {"type": "http", "scheme": "bearer", "description": "the gateway's own credential"},
                "enrolling": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "the secret of a gateway that is not paired yet, whose digest it has told",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": "tomoshibi", "description": SIGN_IN},
            },
        },
    }


def _path(route: Route) -> str:
    return "/api/v1" + re.sub(r"<(?:int:)?(\w+)>", r"{\1}", route.path)


def _operation(route: Route, schema_of: dict[int, dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": [*_path_parameters(route), *_query_parameters(route), *([TOKEN] if needs_token(route) else [])],
        "responses": _responses(route, schema_of),
        "security": SECURITY[route.who],
    }
    if route.body is not None:
        content = {"application/json": {"schema": schema_of[id(route.body)]}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    kinds = {name: "integer" if f"<int:{name}>" in route.path else "string" for name in route.parameters}
    return [{"name": name, "in": "path", "required": True, "schema": {"type": kind}} for name, kind in kinds.items()]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    (schema,), components = msgspec.json.schema_components([route.query], ref_template=REFERENCES)
    shape = components[schema["$ref"].rsplit("/", 1)[1]]
    required = shape.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": field}
        for name, field in shape["properties"].items()
    ]


def _responses(route: Route, schema_of: dict[int, dict[str, Any]]) -> dict[str, Any]:
    schema = {"type": "object"} if route.reply is None else schema_of[id(route.reply)]
    responses: dict[str, Any] = {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}}
    statuses = {*route.problems, 500}
    if route.who != "anyone":
        statuses.add(401)
    if route.who == "worker":
        statuses.add(403)
    if needs_token(route):
        statuses.add(400)
    if route.body is not None:
        statuses |= {400, 413, 415, 422}
    if route.query is not None:
        statuses.add(400)
    problem = {MEDIA_TYPE: {"schema": {"$ref": REFERENCES.format(name="Problem")}}}
    for status in sorted(statuses):
        responses[str(status)] = {"description": "the request was refused", "content": problem}
    return responses
