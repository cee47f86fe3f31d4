"""What the local window costs the gateway: ``python -m tests.bench.window [UNITS] [PHONES] [EVENTS]``.

Each unit has four sensors and sixty days with a sign of life every half hour. First the cost of looking, then how long
a node waits for its receipt, with nobody at the window and with phones that all run a walk test.
"""

import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from contract import reports

from gateway.adapters.journal import Entry, Journal
from gateway.adapters.onlooker import Onlooker
from gateway.core.building import BuildingCore
from gateway.core.inputs import Observed, Ticked, Told
from gateway.core.inspection import unit_seen
from tests.gateway.window import Windowed, windowed

DAYS, EVERY_S = 60, 1800
WALK_S = 0.5  # as the page asks


def main() -> None:
    given = [int(one) for one in sys.argv[1:]]
    units, phones, events = [*given, *(30, 5, 200)[len(given) :]]
    with tempfile.TemporaryDirectory() as folder:
        snapshot = _lived(units)
        _keep(Path(folder), snapshot)
        began = time.perf_counter()
        onlooker = Onlooker(Path(folder), "g1")
        onlooker.look()
        first_s = time.perf_counter() - began
        began = time.perf_counter()
        onlooker.look()
        found = [unit_seen(unit, time.time()) for unit in onlooker.core.units.values()]
        print(f"{len(found)} units, {len(snapshot) / 1e6:.1f} MB snapshot: first look {first_s * 1e3:.0f} ms,", end=" ")
        print(f"each further one {(time.perf_counter() - began) * 1e3:.1f} ms")
    with tempfile.TemporaryDirectory() as folder, windowed(Path(folder)) as made:
        _say("nobody at the window", _waits(made, events))
        done = threading.Event()
        for _ in range(phones):
            threading.Thread(target=_walk, args=(made, done), daemon=True).start()
        time.sleep(2)
        _say(f"{phones} phones in a walk test", _waits(made, events))
        done.set()


def _lived(units: int) -> bytes:
    core, now = BuildingCore("g1"), time.time()
    names = [f"u{n}" for n in range(units)]
    places = [
        reports.NodePlace(f"{u}-{k}", u, "hall", 0.0, mains=True, kinds=["motion"]) for u in names for k in "abcd"
    ]
    settings = [reports.UnitSettings(name) for name in names]
    core.apply(Told(now - DAYS * 86_400, reports.Configure(reports.Building("Asia/Tokyo", settings, places))))
    for step in range(DAYS * 86_400 // EVERY_S):
        at = now - DAYS * 86_400 + (step + 1) * EVERY_S
        for name in names:
            core.apply(Observed(at, at, f"{name}-{'abcd'[step % 4]}", "motion", {"count": 1}, False, "b", step + 1))
    return core.dump()


def _keep(folder: Path, snapshot: bytes) -> None:
    journal = Journal(folder)
    journal.append(Entry(time.time(), inputs=[Ticked(time.time())], snapshot=snapshot))
    journal.close()


def _waits(made: Windowed, events: int) -> list[float]:
    found = []
    for _ in range(events):
        began = time.perf_counter()
        made.sense("hall-101")
        found.append((time.perf_counter() - began) * 1e3)
    return found


def _walk(made: Windowed, done: threading.Event) -> None:
    with made.visitor() as phone:
        phone.post("/walk", data={"unit": "101"})
        while not done.wait(WALK_S):
            phone.get("/walk.json")


def _say(what: str, waits_ms: list[float]) -> None:
    worst = sorted(waits_ms)[int(len(waits_ms) * 0.99) - 1]
    print(f"{what}: a receipt after {statistics.median(waits_ms):.0f} ms (median), {worst:.0f} ms (99 %)")


if __name__ == "__main__":
    main()
