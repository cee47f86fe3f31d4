"""Ten thousand gateways' heartbeats on two web processes: how many a second, and how soon a missed one is noticed.

Both at once: a few gateways fall silent while all of the others go on as fast as they are answered.

The peer is the least that could be done: one bare Flask process that writes one row for each heartbeat and commits.
"""

import itertools
import logging
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import psycopg
from flask import Flask, Response
from sqlalchemy import select, update

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.adapters.store.schema import Alert, Building, Gateway, Heartbeat, Organisation
from backend.config import Limits
from backend.core.clocks import instant
from backend.services import directory
from tests.bench.gateway_client import Connection, batch
from tests.bench.goals import Goal, Judged
from tests.bench.provider import Provider
from tests.bench.replicas import Replicas
from tests.phone_company.served import Served
from tests.postgres import Postgres

GATEWAYS = 10_000
AT_ONCE = 8
PEER_FOR_S = 10.0
MISSED, FIRST_MISSED_S, EACH_MISSED_S = 20, 5.0, 0.7  # at no one point of the second in which silence is looked for
REPORTS = "/api/v1/gateway/reports"
RATE = Goal(f"heartbeats of {GATEWAYS} gateways", "≥", 1_000, "/s")
NOTICED = Goal("heartbeats, the longest until a missed one was noticed", "≤", 1, "s")
Given = TypeVar("Given")


def main() -> list[Judged]:
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, Postgres() as server, Provider() as provider:
        url = server.fresh()
        store = Store(url)
        migrate(store)
        credentials = _furnish(store, time.time())
        with Replicas(Path(folder), url, provider.api_url) as ours:
            per_s, late_s = _beat(ours.urls, credentials[MISSED:], lambda: _noticed_after(store))
        store.close()
        bare = server.fresh()
        with Served(_bare(bare)) as peer:
            peer_per_s, _ = _beat([peer.url], credentials, lambda: time.sleep(PEER_FOR_S), path="/beat")
    print(f"heartbeats: {GATEWAYS} gateways, {AT_ONCE} at once, two web processes: {per_s:.0f}/s; a bare Flask that "
          f"writes a row: {peer_per_s:.0f}/s; ratio {per_s / peer_per_s:.2f}")  # fmt: skip
    print(f"heartbeats: {MISSED} missed meanwhile, noticed after their deadline: median "
          f"{sorted(late_s)[MISSED // 2]:.2f} s, longest {max(late_s):.2f} s")  # fmt: skip
    return [RATE.judge(per_s), NOTICED.judge(max(late_s))]


def _furnish(store: Store, at: float) -> list[str]:
    """One organisation with all gateways, heard just now; return their credentials."""
    now = instant(at)
    with store.system_session() as session:
        # A worker has always been there: after a stop of all, silence would count from its end.
        session.add(Heartbeat(name="worker", at=now, real_at=now))
        organisation = Organisation(name="ひだまり居住支援", created_at=now)
        session.add(organisation)
        session.flush()
        organisation_id = organisation.id
    with store.session(organisation_id, viewer="system:bench", purpose="bench") as session:
        building = Building(name="ひだまり荘", zone="Asia/Tokyo")
        session.add(building)
        session.flush()
        gateways = [
            Gateway(ref=f"gw-{number}", building_id=building.id, credential_hash="") for number in range(GATEWAYS)
        ]
        for gateway in gateways:
            gateway.created_at = gateway.created_real_at = now
            gateway.last_seen_at = gateway.last_seen_real_at = now
        session.add_all(gateways)
        session.flush()
        return [directory.issue_credential(session, gateway) for gateway in gateways]


def _beat(
    urls: Sequence[str], credentials: Sequence[str], meanwhile: Callable[[], Given], path: str = REPORTS
) -> tuple[float, Given]:
    """Let every gateway beat in turn, `AT_ONCE` at any time, as long as `meanwhile` lasts.

    Return how many a second were stored, and what `meanwhile` gave.
    """
    counted, ended = [0] * AT_ONCE, threading.Event()

    def client(share: int) -> None:
        connection = Connection(urls[share % len(urls)])
        for credential in itertools.cycle(credentials[share::AT_ONCE]):
            if ended.is_set():
                break
            status, _answer = connection.post(path, batch([], 1), credential)
            assert status == 200, status
            counted[share] += 1
        connection.close()

    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as clients:
        beating = [clients.submit(client, share) for share in range(AT_ONCE)]
        try:
            given = meanwhile()
        finally:
            ended.set()
        for one in beating:
            one.result()
    return sum(counted) / (time.monotonic() - begun), given


def _noticed_after(store: Store) -> list[float]:
    """Let the first few fall silent, one after the other; return how late each was noticed, in seconds."""
    red_s = Limits().gateway_red_s
    now = time.time()
    with store.system_session() as session:
        ids = session.scalars(select(Gateway.id).order_by(Gateway.id).limit(MISSED)).all()
        deadlines = {}
        for number, gateway_id in enumerate(ids):
            deadlines[gateway_id] = now + FIRST_MISSED_S + number * EACH_MISSED_S
            last = instant(deadlines[gateway_id] - red_s)
            session.execute(
                update(Gateway).where(Gateway.id == gateway_id).values(last_seen_at=last, last_seen_real_at=last)
            )
    raised: dict[int, float] = {}
    until = time.monotonic() + 120
    while len(raised) < MISSED:
        assert time.monotonic() < until, "a silent gateway was not noticed"
        with store.system_reading() as session:
            found = session.scalars(select(Alert.gateway_id).where(Alert.kind == "gateway_silent")).all()
        for gateway_id in found:
            raised.setdefault(gateway_id, time.time())
        time.sleep(0.02)
    return [raised[gateway_id] - deadlines[gateway_id] for gateway_id in ids]


def _bare(database_url: str) -> Flask:
    """Writes the time of each heartbeat into one row and commits."""
    address = database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE beat (id int PRIMARY KEY, at timestamptz)")
        connection.execute(f"INSERT INTO beat SELECT generate_series(0, {GATEWAYS - 1}), now()")
    app, here, turn = Flask("bare"), threading.local(), iter(range(10**9))

    def beat() -> Response:
        if not hasattr(here, "connection"):
            here.connection = psycopg.connect(address, autocommit=True)
        here.connection.execute("UPDATE beat SET at = now() WHERE id = %s", (next(turn) % GATEWAYS,))
        return Response(status=200)

    app.add_url_rule("/beat", "beat", beat, methods=["POST"])
    return app
