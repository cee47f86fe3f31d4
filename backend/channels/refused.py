"""Callbacks that are not believed, or that belong to nothing: refused, counted, without effect."""

import json
import logging
from http import HTTPStatus

from flask import Response, request
from prometheus_client import Counter

logger = logging.getLogger(__name__)
refused_callbacks = Counter(
    "tomoshibi_callbacks_refused", "Callbacks that were not believed or belong to nothing", ["provider", "reason"]
)


def refuse(provider: str, status: int, reason: str, detail: str) -> Response:
    """Return the refusal (RFC 9457) of the present request."""
    refused_callbacks.labels(provider, reason).inc()
    logger.warning("callback refused: %s (%s)", reason, request.path)
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(json.dumps(body), status=status, mimetype="application/problem+json")
