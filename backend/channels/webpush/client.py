"""Pushes (RFC 8030), encrypted for each browser. A service cannot be asked what became of one.

But a push handed over again is shown once: the service replaces what still waits under the same topic, the browser what
it shows under the same tag.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import requests
from pywebpush import WebPushException, webpush

from backend.channels.webpush.identity import VapidKey, are_keys, is_service
from backend.config import Push
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Browser, Doubt, Found, Kind, Message, Sent

ANSWER_S = 10.0
KEPT_S = 3600  # as long as a claim link is good: a notification that nobody can act on only frightens
GONE = (404, 410)
FOR_NOW = (429, 502, 503, 504)  # with nothing taken, or taken and replaced by the next try


class WebPushChannel:
    """`backend.ports.Channel` for pushes to all of a worker's browsers; `forget` is told which of them are no more."""

    name = "webpush"
    kind: Kind = "push"

    def __init__(self, push: Push, forget: Callable[[str], None], answer_s: float = ANSWER_S) -> None:
        self.rate_per_s = push.rate_per_s
        self._push, self._forget, self._answer_s = push, forget, answer_s
        self._key = VapidKey(push.private_key)

    def send(self, message: Message) -> Sent:
        """One browser that took it is enough. Raises DeliveryError, Ambiguous, by what was best among the others."""
        with ThreadPoolExecutor(max(1, len(message.browsers))) as pool:
            came = list(pool.map(lambda browser: self._send_one(browser, message), message.browsers))
        if any(one is None for one in came):
            return Sent()
        problems = [one for one in came if one is not None] or [DeliveryError("no browser", permanent=True)]
        raise min(problems, key=_hopeless)

    def lookup(self, doubt: Doubt) -> Found | None:
        return Found("repeat")

    def _send_one(self, browser: Browser, message: Message) -> DeliveryError | Ambiguous | None:
        """Hand it to one browser's service; return what kept it, None where it was taken."""
        if not is_service(browser.endpoint, self._push.services):
            return DeliveryError("the address is no push service", permanent=True)
        if not are_keys(browser.p256dh, browser.auth):
            return DeliveryError("the browser's keys cannot be used", permanent=True)
        try:
            with _session() as http:
                webpush(
                    {"endpoint": browser.endpoint, "keys": {"p256dh": browser.p256dh, "auth": browser.auth}},
                    payload(message),
                    vapid_private_key=self._key.vapid,
                    vapid_claims={"sub": self._push.contact},
                    ttl=KEPT_S,
                    headers={"Topic": message.id, "Urgency": "high"},
                    timeout=self._answer_s,
                    requests_session=http,
                )
        except WebPushException as error:
            return self._refused(browser, error)
        except requests.ConnectTimeout as error:
            return DeliveryError(f"the push service cannot be reached: {type(error).__name__}", permanent=False)
        except requests.RequestException as error:
            return Ambiguous(f"no answer from the push service: {type(error).__name__}")
        return None

    def _refused(self, browser: Browser, error: WebPushException) -> DeliveryError:
        if error.status_code in GONE:
            self._forget(browser.endpoint)
            return DeliveryError("the browser takes no more pushes", permanent=True)
        permanent = error.status_code not in FOR_NOW and (error.status_code or 0) < 500
        return DeliveryError(f"the push service refused ({error.status_code})", permanent=permanent)


def _hopeless(problem: DeliveryError | Ambiguous) -> int:
    if isinstance(problem, Ambiguous):
        return 0
    return 2 if problem.permanent else 1


def _session() -> requests.Session:
    session = requests.Session()
    session.max_redirects = 0  # an address that is no push service must not be reached by a detour either
    return session


def payload(message: Message) -> str:
    """What the browser's service worker (static/js/push-worker.js) is given."""
    link = message.links[0] if message.links else ""
    shown = {"tag": message.id, "title": message.title, "body": message.text, "link": link, "lang": message.language}
    return msgspec.json.encode(shown).decode()
