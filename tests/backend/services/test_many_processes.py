"""Several worker processes, a gateway and people at once, in a storm: nobody waits in a circle, nobody is lost."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from sqlalchemy import select

from backend.adapters.store.schema import Alert
from backend.errors import IllegalStep, NotAllowed
from backend.services import alerts, outbox, snoozes
from tests.backend.services.deeds import UNITS, WORKERS
from tests.backend.test_worker import wait_for
from tests.backend.town import Town
from tests.scale import scaled

ROUNDS = scaled(150)


def found(town: Town, kind: str | None = None) -> list[Alert]:
    with town.session() as session:
        return [alert for alert in session.scalars(select(Alert)) if kind is None or alert.kind == kind]


def report_at_random(town: Town, random: Random) -> None:
    """One batch after the other about several alerts, in any order: it holds them all until it commits."""
    for number in range(ROUNDS):
        batch = [
            town.alert_report("monitoring_lost", stage, name=f"a-{unit}-{number // 3}", unit=unit)  # type: ignore[arg-type]
            for unit in random.sample(UNITS, 5)
            for stage in random.choice((["open"], ["open", "resumed"], ["resumed"]))
        ]
        town.report(*batch)


def act_at_random(town: Town, random: Random) -> None:
    """Claim, give back, put off, press: whatever there is, whether or not somebody else was quicker."""
    actors = [town.actor(login) for login in WORKERS]
    for _ in range(ROUNDS):
        live = [alert.id for alert in found(town) if alert.state != "closed"]
        if not live:
            continue
        alert_id, actor = random.choice(live), random.choice(actors)
        try:
            with town.session() as session:
                deed = random.choice((alerts.claim, alerts.claim, alerts.release))
                if random.random() < 0.2:
                    snoozes.snooze(session, alert_id, actor, for_s=60, reason="other", now=town.now)
                else:
                    deed(session, alert_id, actor, now=town.now)
        except (IllegalStep, NotAllowed):
            pass  # somebody was quicker
        if town.voice.taken:
            with town.session() as session:
                key = random.choice(("1", "4", "9"))
                outbox.answered(session, random.choice(town.voice.taken).id, key, now=town.now)


def test_processes_and_people_in_a_storm_never_wait_in_a_circle(
    postgres_town: Callable[[], Town], caplog: pytest.LogCaptureFixture
) -> None:
    town = postgres_town()
    town.limit(storm_units=3)
    processes = [town.start_process() for _ in range(3)]
    threads = [threading.Thread(target=process.run) for process in processes]
    with caplog.at_level(logging.ERROR):
        town.alert_everywhere("monitoring_lost", *UNITS)
        for thread in threads:
            thread.start()
        try:
            wait_for(lambda: bool(found(town, "storm")), within_s=120)
            with ThreadPoolExecutor(4) as pool:
                working = [pool.submit(report_at_random, town, Random(0))]
                working += [pool.submit(act_at_random, town, Random(seed)) for seed in (1, 2, 3)]
                for one in working:
                    one.result(timeout=280)  # raises what went wrong there, a deadlock too
        finally:
            for process in processes:
                process.stop()
            for thread in threads:
                thread.join(timeout=60)
    assert not [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    town.process.tick()
    there = {alert.id: alert for alert in found(town)}
    for alert in there.values():
        if alert.state == "open" and alert.held_why == "storm":
            assert there[alert.incident_id or 0].state == "open"
    messages = [message.id for message in (*town.sms.taken, *town.voice.taken)]
    assert len(messages) == len(set(messages))
