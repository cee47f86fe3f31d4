"""An earthquake in 7,676 units: how soon every button press is with the provider, whose rate is the limit.

The peer is the limit itself: what a sender would need that had nothing else to send and never rested.
"""

import random
import re
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.core.clocks import instant
from tests.bench import buildings
from tests.bench.buildings import UNIT, House
from tests.bench.gateway_client import Connection, alert, batch
from tests.bench.goals import Goal, Judged
from tests.bench.provider import Provider
from tests.bench.replicas import Replicas
from tests.postgres import Postgres

UNITS = 7_676
BUILDINGS = 76
PRESSES = 152
RATE_PER_S = 5.0
AT_ONCE = 8
PATIENCE_S = 600.0
REPORTS = "/api/v1/gateway/reports"
OVERTAKEN = Goal("storm, lesser messages before the last press", "≤", 0, "messages")


def main() -> list[Judged]:
    with tempfile.TemporaryDirectory() as folder, Postgres() as server, Provider() as provider:
        url = server.fresh()
        store = Store(url)
        migrate(store)
        houses = buildings.build(store, BUILDINGS, UNITS // BUILDINGS, instant(time.time()))
        store.close()
        with Replicas(Path(folder), url, provider.api_url, rate_per_s=RATE_PER_S) as ours:
            pressed, shaken_s = _shake(ours.urls, houses)
            begun = min(pressed.values())
            came = _when_paged(provider, set(pressed))
    ended = max(came[unit] for unit in pressed)
    sent = [text for kind, _to, text, at in provider.ordered if kind == "Messages" and begun < at < ended]
    lesser = sum(not _is_press(text, pressed) for text in sent)
    whole_s, least_s = ended - begun, PRESSES / RATE_PER_S
    print(f"storm: {UNITS} units in {BUILDINGS} buildings, {PRESSES} button presses: all stored in {shaken_s:.1f} s")
    print(f"storm: every press with the provider ({RATE_PER_S:.0f} SMS/s) in {whole_s:.1f} s, the limit alone "
          f"{least_s:.1f} s; ratio {whole_s / least_s:.2f}")  # fmt: skip
    print(f"storm: lesser messages that went out before the last press: {lesser}, of {UNITS - PRESSES} lesser alerts")
    return [OVERTAKEN.judge(lesser)]


def _shake(urls: list[str], houses: Sequence[House]) -> tuple[dict[str, float], float]:
    """Every unit reports at once, a few of them a press; return when each press was stored, and how long all took."""
    chance = random.Random(20261126)
    presses = set(chance.sample([unit for house in houses for unit in house.units], PRESSES))
    pressed: dict[str, float] = {}

    def shake(number: int) -> None:
        house = houses[number]
        reports = [
            alert(f"{unit}-shaken", unit, "emergency" if unit in presses else "leak")
            for unit in chance.sample(house.units, len(house.units))
        ]
        connection = Connection(urls[number % len(urls)])
        status, answer = connection.post(REPORTS, batch(reports, 1), house.credential)
        assert status == 200, answer
        assert {one["result"] for one in msgspec.json.decode(answer)["results"]} == {"stored"}, answer
        connection.close()
        pressed.update((unit, time.monotonic()) for unit in house.units if unit in presses)

    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as gateways:
        for one in [gateways.submit(shake, number) for number in range(len(houses))]:
            one.result()
    return pressed, time.monotonic() - begun


def _when_paged(provider: Provider, units: set[str]) -> dict[str, float]:
    until = time.monotonic() + PATIENCE_S
    while not units <= (came := provider.first_of(UNIT)).keys():
        assert time.monotonic() < until, f"nobody was paged for {len(units - came.keys())} presses"
        time.sleep(0.2)
    return came


def _is_press(text: str, pressed: dict[str, float]) -> bool:
    found = re.search(UNIT, text)
    return found is not None and found.group() in pressed
