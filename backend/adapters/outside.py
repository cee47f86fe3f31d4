"""A question to an address outside, whose answer matters to nobody but whoever counts that it was asked."""

import httpx

from backend.errors import DeliveryError

ANSWER_S = 10.0


def ask(url: str, answer_s: float = ANSWER_S) -> None:
    """GET it. Raises DeliveryError where it does not answer 2xx in time."""
    try:
        with httpx.Client(timeout=answer_s) as http:
            answer = http.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise DeliveryError(f"{type(error).__name__}: {error}", permanent=False) from error
    if not answer.is_success:
        raise DeliveryError(f"it answered {answer.status_code}", permanent=False)
