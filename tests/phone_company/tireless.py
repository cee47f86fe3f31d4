"""The company beside a product whose processes die: it works all the time, and so does everybody with a phone."""

import threading
from collections.abc import Mapping

import httpx

from tests.phone_company.company import PhoneCompany


class TirelessCompany(PhoneCompany):
    """Works all the time in a thread of its own, and takes a product that is dead at the moment as Twilio does:

    the callback is lost, the call whose script cannot be fetched ends.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lost_callbacks = 0
        self._ended = threading.Event()
        self._pump = threading.Thread(target=self._work, daemon=True)
        self._pump.start()

    def request(self, url: str, form: Mapping[str, str], *, signature: str | None = None) -> httpx.Response:
        try:
            return super().request(url, form, signature=signature)
        except httpx.HTTPError:
            self.lost_callbacks += 1
            return httpx.Response(502)

    @property
    def has_nothing_left(self) -> bool:
        """Whether every message has arrived, every call has ended and every callback was handed over."""
        with self._lock:
            under_way = [call for call in self.calls if not call.over] or [
                s for s in self.messages if s.status == "queued"
            ]
            return not under_way and not self._owed

    def close(self) -> None:
        self._ended.set()
        self._pump.join()
        super().close()

    def _work(self) -> None:
        while not self._ended.wait(0.02):
            try:
                self.settle()
            except AssertionError:  # a script that could not be fetched; the call ends
                for call in [call for call in self.calls if call.status == "in-progress"]:
                    self.move(call, "completed")
