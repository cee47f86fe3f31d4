"""Twilio's REST, with one question answered for every failure: can the order have been taken?

What cannot have been taken may be ordered again. What may have been taken is `Ambiguous`: ordering it again could ring
a phone twice, so somebody asks Twilio first (`lookup`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import msgspec
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response
from twilio.rest import Client

from backend.config import Twilio
from backend.errors import Ambiguous, DeliveryError

API = "https://api.twilio.com"
CONNECT_S = 5.0
ANSWER_S = 10.0  # Twilio itself gives up on a request after some seconds; a late answer is worth waiting for

# Nothing has left this machine when one of these is raised. Every other break may come after the order was taken.
NOT_HANDED_OVER = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, kw_only=True)
class TwilioAccount:
    """Who pays, as in backend.config.Twilio.

    `public_url` is the product's own address as Twilio reaches it; it goes into signed callbacks.
    """

    account_sid: str
    auth_token: str
    from_number: str
    api_url: str
    rate_per_s: float
    voice_ja: str
    voice_en: str
    ring_s: int
    public_url: str
    answer_s: float = ANSWER_S

    @classmethod
    def of(cls, twilio: Twilio, public_url: str) -> "TwilioAccount":
        """The account of the installation's configuration."""
        return cls(**msgspec.structs.asdict(twilio), public_url=public_url.rstrip("/"))


class OneShotHttp:
    """Carries Twilio's requests, one connection each. Fits `twilio.http.HttpClient`.

    A kept connection that Twilio has closed meanwhile would break like one that broke after the order: the few
    milliseconds it saves would make harmless failures ambiguous.
    Raises DeliveryError where nothing was handed over or it was refused for now, Ambiguous where nobody can say.
    """

    def __init__(self, account: TwilioAccount) -> None:
        self._api_url = account.api_url.rstrip("/")
        self._http = httpx.Client(
            timeout=httpx.Timeout(account.answer_s, connect=CONNECT_S), limits=httpx.Limits(max_keepalive_connections=0)
        )

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str | int] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        try:
            answer = self._http.request(
                method, url.replace(API, self._api_url, 1), params=params, data=data, headers=headers, auth=auth
            )
        except NOT_HANDED_OVER as error:
            raise DeliveryError(f"Twilio cannot be reached: {error}", permanent=False) from error
        except httpx.TransportError as error:
            raise Ambiguous(f"no answer from Twilio: {type(error).__name__}") from error
        _check(answer)
        return Response(answer.status_code, answer.text, dict(answer.headers))


def _check(answer: httpx.Response) -> None:
    if answer.status_code == 429:
        raise DeliveryError("Twilio: too many requests", permanent=False)
    if answer.status_code >= 500 or answer.status_code == 408:
        # A proxy in front may have answered for a server that took the order.
        raise Ambiguous(f"Twilio answered {answer.status_code}")
    try:
        json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        raise Ambiguous(f"Twilio answered {answer.status_code} with something unreadable") from error


def refused(error: TwilioException) -> DeliveryError:
    """What Twilio's refusal (4xx) means: the same order would be refused again."""
    if isinstance(error, TwilioRestException):
        return DeliveryError(f"Twilio refused ({error.code or error.status}): {error.msg}", permanent=True)
    return DeliveryError(f"Twilio refused: {type(error).__name__}", permanent=True)


def probe(client: Client, account: TwilioAccount) -> None:
    """Fetch the account itself. Raises DeliveryError where it is not there, not ours or not active."""
    try:
        status = client.api.accounts(account.account_sid).fetch().status
    except Ambiguous as error:
        raise DeliveryError(str(error), permanent=False) from error
    except TwilioException as error:
        raise refused(error) from error
    if status != "active":
        raise DeliveryError(f"Twilio: the account is {status}", permanent=False)


def open_client(account: TwilioAccount) -> Client:
    """A client of that account; it reads nothing from the environment."""
    return Client(account.account_sid, account.auth_token, http_client=OneShotHttp(account), environment={"": ""})
