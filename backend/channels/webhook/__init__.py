"""A word to a program: JSON, posted to an address."""

from collections.abc import Mapping

import httpx

from backend.errors import DeliveryError

ANSWER_S = 10.0


class Webhook:
    def __init__(self, url: str, answer_s: float = ANSWER_S) -> None:
        self._url, self._answer_s = url, answer_s

    def post(self, body: Mapping[str, str]) -> None:
        """Raises DeliveryError where the address did not answer that it took it (2xx)."""
        try:
            with httpx.Client(timeout=self._answer_s) as http:
                answer = http.post(self._url, json=dict(body))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise DeliveryError(f"the webhook: {type(error).__name__}: {error}", permanent=False) from error
        if not answer.is_success:
            raise DeliveryError(f"the webhook answered {answer.status_code}", permanent=False)
