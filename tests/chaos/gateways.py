"""The gateways of the town: a report is sent to any web replica, again and again, until one says that it is stored."""

import random
import threading
import time
from collections import Counter

import httpx
import msgspec
from contract import reports

from tests.chaos.fleet import Fleet
from tests.chaos.town import House, Town

HEARTBEAT_S = 20.0
PATIENCE_S = 300.0  # with what a busy machine may take to start a replica again
ASKS_EVERY = 3  # shares no factor with the buildings: everything happens everywhere
ASKED_AFTER_S, OPEN_AFTER_S = 0.5, 10.0  # from an alert that asks first on: the first call, and the end of the asking
_PRESSED = reports.Words("緊急ボタンが押されました。", "The emergency button was pressed.")
_SILENT = reports.Words("動きがありません。", "No movement.")


class Gateways:
    """`promised`: the names of the alerts that the backend has acknowledged, and so must not lose."""

    def __init__(self, town: Town, fleet: Fleet, chance: random.Random) -> None:
        self.promised: set[str] = set()
        self._houses, self._fleet, self._chance = town.houses, fleet, chance
        self._seq: Counter[str] = Counter()
        self._locks = {house.credential: threading.Lock() for house in town.houses}
        self._http = httpx.Client(timeout=10, trust_env=False)
        self._ended = threading.Event()
        self._beating = threading.Thread(target=self._beat, name="heartbeats", daemon=True)
        self._beating.start()

    def close(self) -> None:
        self._ended.set()
        self._beating.join()
        self._http.close()

    def happen(self, number: int) -> None:
        """Somebody presses a button, or does not move and is asked first.

        Returns when the backend has said that it knows.
        """
        house = self._houses[number % len(self._houses)]
        unit = house.units[number // len(self._houses) % len(house.units)]
        now = time.time()
        if number % ASKS_EVERY:
            alert = reports.Alert(
                f"press-{number}", unit, "emergency", "open", now, _PRESSED, reports.Evidence(presses=1)
            )
        else:
            alert = reports.Alert(
                f"silent-{number}", unit, "inactivity", "asking", now, _SILENT,
                ask_until=now + ASKED_AFTER_S, open_at=now + OPEN_AFTER_S,
            )  # fmt: skip
        with self._locks[house.credential]:
            self._seq[house.credential] += 1
            numbered = reports.Numbered(self._seq[house.credential], now, alert)
            self._send(house, [numbered])
        self.promised.add(alert.alert)

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_S):
            for house in self._houses:
                self._send(house, [])

    def _send(self, house: House, numbered: list[reports.Numbered]) -> None:
        body = msgspec.json.encode(reports.Batch("journal", time.time(), numbered))
        until = time.monotonic() + PATIENCE_S
        while not self._ended.is_set():
            assert time.monotonic() < until, "no web replica takes a report"
            try:
                answer = self._http.post(
                    f"{self._chance.choice(self._fleet.urls)}/api/v1/gateway/reports",
                    content=body,
                    headers={"Authorization": f"Bearer {house.credential}", "Content-Type": "application/json"},
                )
            except httpx.HTTPError:
                time.sleep(0.05)
                continue
            if answer.status_code == 200:
                results = {one.result for one in msgspec.json.decode(answer.content, type=reports.BatchReply).results}
                assert results <= {"stored", "duplicate"}, answer.text
                return
            assert answer.status_code >= 500, answer.text
            time.sleep(0.05)
