"""A gateway's core and journal that live through a building's days as fast as they can, until somebody kills them.

Run as ``python -m tests.gateway.killed_watch FOLDER UNITS``: it goes on where the journal in FOLDER stands, says
"ready" before its first commit and "over" once all days have been lived through.
"""

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from contract.reports import Building, Configure, NodePlace, UnitSettings

from gateway.adapters.backups import Backups
from gateway.adapters.durable import DurableCore
from gateway.adapters.journal import Journal
from gateway.core.inputs import Input, Observed, Told, taken_at

GATEWAY = "gw1"
BEGIN = 1795359600.0  # 2026-11-23 00:00 in Tokyo
HOUR_S, DAY_S = 3600.0, 86_400.0
DAYS = 4
COMMIT_EVERY, SNAPSHOT_EVERY = 20, 100  # inputs, and commits: a kill lands before, in and after each of them
ROOMS = ("living", "kitchen", "bedroom")


def days(units: int) -> list[Input]:
    """Return what the gateway takes in, in order: every third resident collapses, and every fifth one presses."""
    names = [f"{100 + n}" for n in range(units)]
    places = [
        NodePlace(f"{room}-{name}", name, room, 0.0, mains=False, kinds=["motion", "emergency", "health"])
        for name in names
        for room in ROOMS
    ]
    building = Building("Asia/Tokyo", [UnitSettings(name) for name in names], places)
    lived = [entry for n, name in enumerate(names) for entry in _of_unit(n, name)]
    return [Told(BEGIN, Configure(building)), *sorted(lived, key=taken_at)]


def _of_unit(n: int, name: str) -> Iterator[Input]:
    chance = random.Random(n)
    until = BEGIN + (DAYS - 1) * DAY_S + chance.uniform(0, DAY_S / 2) if n % 3 == 0 else BEGIN + DAYS * DAY_S
    seq, at = 0, BEGIN + chance.uniform(0, HOUR_S)
    while at < BEGIN + DAYS * DAY_S:
        node, seq = f"{chance.choice(ROOMS)}-{name}", seq + 1
        kind = "motion" if at < until else "health"
        yield Observed(at, at, node, kind, {"count": 1}, boot="b1", seq=seq)
        if n % 5 == 0 and seq % 50 == 0:
            yield Observed(at + 1, at + 1, node, "emergency", "pressed", boot="b2", seq=seq)
        is_night = (at - BEGIN) % DAY_S < 6 * HOUR_S
        at += chance.expovariate(1 / (1.5 * HOUR_S if is_night else 0.4 * HOUR_S))


def live(folder: Path, units: int) -> None:
    """Live through the days, from where the journal in `folder` stands to the end."""
    durable = DurableCore(GATEWAY, Journal(folder), Backups(GATEWAY, folder))
    print("ready", flush=True)
    for count, entry in enumerate(days(units)):
        if durable.is_repeated(entry) if isinstance(entry, Observed) else durable.core.units:
            continue
        durable.walk(taken_at(entry))
        durable.take(entry)
        if count % COMMIT_EVERY == 0:
            _commit(durable, snapshot=count % (COMMIT_EVERY * SNAPSHOT_EVERY) == 0)
    durable.walk(BEGIN + (DAYS + 1) * DAY_S)
    _commit(durable, snapshot=True)
    print("over", flush=True)


def _commit(durable: DurableCore, *, snapshot: bool) -> None:
    durable.commit(durable.now, snapshot=snapshot)
    durable.prune()


if __name__ == "__main__":
    live(Path(sys.argv[1]), int(sys.argv[2]))
