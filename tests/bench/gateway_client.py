"""A gateway as the backend sees it, on one kept connection: cheap, because what is measured shares the machine."""

import http.client
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
from contract import reports

WORDS = reports.Words("緊急ボタンが押されました。", "The emergency button was pressed.")


def alert(name: str, unit: str, kind: reports.AlertKind = "emergency") -> reports.Alert:
    return reports.Alert(name, unit, kind, "open", time.time(), WORDS, reports.Evidence(presses=1))


def batch(reported: Sequence[reports.Report], first_seq: int) -> bytes:
    """The body of a post, whose reports are numbered from `first_seq` on."""
    now = time.time()
    numbered = [reports.Numbered(first_seq + offset, now, one) for offset, one in enumerate(reported)]
    return msgspec.json.encode(reports.Batch("journal", now, numbered))


class Connection:
    """One kept HTTP connection to a web process."""

    def __init__(self, url: str) -> None:
        self._http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def post(self, path: str, body: bytes, credential: str = "") -> tuple[int, bytes]:
        """Post JSON; return status and body of the answer."""
        headers = {"Content-Type": "application/json"}
        if credential:
            headers["Authorization"] = f"Bearer {credential}"
        self._http.request("POST", path, body, headers)
        answer = self._http.getresponse()
        return answer.status, answer.read()

    def close(self) -> None:
        self._http.close()
