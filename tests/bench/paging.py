"""From a gateway's post to the provider's first order: how many a second, how long each, and what a race does.

Ours on PostgreSQL with two web and two worker processes. The peer is alerta on the same server, with two processes: it
stores alerts and calls nobody, so that its rate and its delay end with its answer.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec
from sqlalchemy import select

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.adapters.store.schema import Alert, Worker
from backend.core.clocks import instant
from backend.services import alerts
from backend.services.actors import acting
from tests.bench import buildings
from tests.bench.alerta import Alerta
from tests.bench.buildings import UNIT, House
from tests.bench.delays import ENOUGH_FOR_P99, figures, p99
from tests.bench.gateway_client import Connection, alert, batch
from tests.bench.goals import Goal, Judged
from tests.bench.provider import Provider
from tests.bench.replicas import Replicas
from tests.postgres import Postgres

BUILDINGS, UNITS = 100, 7
ALERTS = 400
AT_ONCE = 8
WARM_UP = 4  # what has never run is compiled and cached, in each process
UNLOADED = ENOUGH_FOR_P99
UNLOADED_EVERY_S = 0.4  # several times what one takes: each finds everybody idle
ALONE = WARM_UP + UNLOADED
RACES = 25
PATIENCE_S = 180.0
REPORTS = "/api/v1/gateway/reports"
RATE = Goal("paging, alerts stored with their first page handed over", "≥", 5, "times alerta's rate")
RACE = Goal("paging, errors when eight identical alerts race", "≤", 0, "% of the answers")
DELAY = Goal("paging, post to provider, unloaded, p99", "<", 100, "ms")

Post = Callable[[Connection, int], int]  # of the alert with that number; returns the status of the answer


def main() -> list[Judged]:
    with tempfile.TemporaryDirectory() as folder, Postgres() as server, Provider() as provider:
        url = server.fresh()
        store = Store(url)
        migrate(store)
        houses = buildings.build(store, BUILDINGS, UNITS, instant(time.time()))
        with Replicas(Path(folder), url, provider.api_url) as ours:
            provider.call_status = "completed"
            _unloaded(ours.urls[0], houses, provider, store, range(WARM_UP))
            unloaded = _unloaded(ours.urls[0], houses, provider, store, range(WARM_UP, ALONE))
            provider.call_status = "ringing"
            store.close()
            stored_per_s, paged_per_s = _rate(ours.urls, houses, provider)
            refused = _race(ours.urls[0], lambda connection, number: _post(connection, houses, ALONE + ALERTS + number))
        with Alerta(server.fresh()) as peer:
            _peer_unloaded(peer.url, range(WARM_UP))
            peer_unloaded = _peer_unloaded(peer.url, range(WARM_UP, ALONE))
            peer_per_s = _peer_rate(peer.url)
            peer_refused = _race(peer.url, _post_to_peer)
    print(f"paging: {ALERTS} alerts by {AT_ONCE} gateways at once: stored {stored_per_s:.0f}/s, first page with the "
          f"provider {paged_per_s:.0f}/s; alerta stored {peer_per_s:.0f}/s")  # fmt: skip
    print(f"paging: ratio to alerta: stored {stored_per_s / peer_per_s:.1f}, paged {paged_per_s / peer_per_s:.1f}")
    print(f"paging: post to provider, unloaded: {figures(unloaded)}; alerta, post to answer: {figures(peer_unloaded)}")
    print(f"paging: eight identical alerts at once, {RACES} times: errors {refused:.1%}; alerta {peer_refused:.1%}")
    return [RATE.judge(paged_per_s / peer_per_s), RACE.judge(refused * 100), DELAY.judge(p99(unloaded))]


# --- ours ------------------------------------------------------------------------------------------------------------


def _place(houses: Sequence[House], number: int) -> tuple[House, str]:
    house = houses[number % len(houses)]
    return house, house.units[number // len(houses) % len(house.units)]


def _post(connection: Connection, houses: Sequence[House], number: int) -> int:
    house, unit = _place(houses, number)
    body = batch([alert(f"press-{number}", unit)], number + 1)
    status, answer = connection.post(REPORTS, body, house.credential)
    if status == 200:
        assert msgspec.json.decode(answer)["results"][0]["result"] in ("stored", "duplicate"), answer
    return status


def _unloaded(url: str, houses: Sequence[House], provider: Provider, store: Store, numbers: range) -> list[float]:
    """From the begin of a post to the first order of its page, in milliseconds, one at a time.

    Each is taken and closed before the next: calls about those before it would be a load.
    """
    connection, delays = Connection(url), []
    for number in numbers:
        house, _unit = _place(houses, number)
        begun = time.monotonic()
        assert _post(connection, houses, number) == 200
        delays.append((provider.first_to(house.phone, begun, PATIENCE_S) - begun) * 1000)
        time.sleep(UNLOADED_EVERY_S / 2)
        _close(store, number)
        time.sleep(UNLOADED_EVERY_S / 2)
    return delays


def _close(store: Store, number: int) -> None:
    now = instant(time.time())
    with store.system_reading() as session:
        found = select(Alert.organisation_id, Alert.id).where(Alert.ref == f"press-{number}")
        organisation_id, alert_id = session.execute(found).one()
    with store.session(organisation_id, viewer="system:bench", purpose="bench") as session:
        actor = acting(session.scalars(select(Worker).where(Worker.role == "coordinator")).one(), "web")
        alerts.claim(session, alert_id, actor, now=now)
        alerts.close(session, alert_id, actor, outcome="accidental", now=now)


def _rate(urls: Sequence[str], houses: Sequence[House], provider: Provider) -> tuple[float, float]:
    """Post as fast as it goes; return alerts a second until the last was stored, and until it was with the provider."""
    numbers = range(ALONE, ALONE + ALERTS)
    begun = time.monotonic()
    _post_all(urls, numbers, lambda connection, number: _post(connection, houses, number))
    stored_s = time.monotonic() - begun
    units = {_place(houses, number)[1] for number in numbers}
    assert len(units) == ALERTS
    came = _when_paged(provider, units)
    return ALERTS / stored_s, ALERTS / (max(came[unit] for unit in units) - begun)


def _when_paged(provider: Provider, units: set[str]) -> dict[str, float]:
    until = time.monotonic() + PATIENCE_S
    while not units <= (came := provider.first_of(UNIT)).keys():
        assert time.monotonic() < until, f"nobody was paged for {sorted(units - came.keys())[:5]}"
        time.sleep(0.1)
    return came


# --- the peer --------------------------------------------------------------------------------------------------------


def _post_to_peer(connection: Connection, number: int) -> int:
    body = {"resource": f"unit-{number}", "event": "emergency", "environment": "Production", "service": ["watch"],
            "severity": "critical", "text": "The emergency button was pressed."}  # fmt: skip
    return connection.post("/alert", msgspec.json.encode(body))[0]


def _peer_unloaded(url: str, numbers: range) -> list[float]:
    connection, delays = Connection(url), []
    for number in numbers:
        begun = time.monotonic()
        assert _post_to_peer(connection, number) == 201
        delays.append((time.monotonic() - begun) * 1000)
        time.sleep(UNLOADED_EVERY_S / 2)
    return delays


def _peer_rate(url: str) -> float:
    begun = time.monotonic()
    _post_all([url], range(ALONE, ALONE + ALERTS), _post_to_peer)
    return ALERTS / (time.monotonic() - begun)


# --- both ------------------------------------------------------------------------------------------------------------


def _post_all(urls: Sequence[str], numbers: range, post: Post) -> None:
    """Let `AT_ONCE` clients post all of them between them, on kept connections."""

    def client(share: int) -> None:
        with _connected(urls[share % len(urls)]) as connection:
            for number in numbers[share::AT_ONCE]:
                status = post(connection, number)
                assert status in (200, 201), status

    with ThreadPoolExecutor(AT_ONCE) as clients:
        for one in [clients.submit(client, share) for share in range(AT_ONCE)]:
            one.result()


def _race(url: str, post: Post) -> float:
    """Eight clients post the same alert at the same instant; return the share of answers that were errors."""
    start, statuses = threading.Barrier(8), []

    def client() -> None:
        with _connected(url) as connection:
            for number in range(RACES):
                start.wait()
                statuses.append(post(connection, 100_000 + number))

    with ThreadPoolExecutor(8) as clients:
        for one in [clients.submit(client) for _ in range(8)]:
            one.result()
    return sum(status >= 400 for status in statuses) / len(statuses)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    connection = Connection(url)
    try:
        yield connection
    finally:
        connection.close()
