"""The installation's own gateways' API, reached as a gateway reaches it."""

import httpx
import msgspec
from contract.reports import Batch, BatchReply

from backend.errors import DeliveryError

ANSWER_S = 10.0


class OwnApi:
    """`url`: where the web process is reached, as in backend.config."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/api/v1/gateway/reports"

    def report(self, credential: str, batch: Batch) -> None:
        """Hand a batch in. Raises DeliveryError unless every report was stored."""
        headers = {"Authorization": f"Bearer {credential}", "Content-Type": "application/json"}
        body = msgspec.json.encode(batch)
        try:
            # No proxy of the environment's: this is about the way from here to the web process.
            with httpx.Client(timeout=ANSWER_S, trust_env=False) as http:
                answer = http.post(self._url, content=body, headers=headers)
            answer.raise_for_status()
            results = msgspec.json.decode(answer.content, type=BatchReply).results
        except (httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise DeliveryError(str(error) or type(error).__name__, permanent=False) from error
        refused = [each for each in results if each.result == "refused"]
        if refused or len(results) != len(batch.reports):
            raise DeliveryError("; ".join(each.problem for each in refused) or "not every report", permanent=True)
