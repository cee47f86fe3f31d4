"""The OpenAPI 3.1 document, made from the table of routes and the msgspec classes it names."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from backend.web.api.routes import Route
from backend.web.problems import MEDIA_TYPE, Problem

REFERENCES = "#/components/schemas/{name}"
SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "gateway": [{"gateway": []}],
    "worker": [{"session": []}],
    "anyone": [],
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
            "Every error is application/problem+json (RFC 9457).",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "gateway": {"type": "http", "scheme": "bearer", "description": "the gateway's own credential"},
                "session": {"type": "apiKey", "in": "cookie", "name": "tomoshibi"},
            },
        },
    }


def _path(route: Route) -> str:
    return "/api/v1" + re.sub(r"<(?:int:)?(\w+)>", r"{\1}", route.path)


def _operation(route: Route, schema_of: dict[int, dict[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
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
        statuses |= {401, 403}
    if route.body is not None:
        statuses |= {400, 413, 415, 422}
    if route.query is not None:
        statuses.add(400)
    problem = {MEDIA_TYPE: {"schema": {"$ref": REFERENCES.format(name="Problem")}}}
    for status in sorted(statuses):
        responses[str(status)] = {"description": "the request was refused", "content": problem}
    return responses
