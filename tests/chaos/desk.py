"""The office: somebody ends alerts that others have claimed, while timers, replicas and people act on the same ones."""

import logging
import threading
import time

from sqlalchemy import select

from backend.adapters.store import Store
from backend.adapters.store.schema import Alert, AlertEvent
from backend.core.access import Role
from backend.core.alerts import HELD
from backend.core.clocks import instant
from backend.errors import IllegalStep
from backend.services import alerts
from backend.services.actors import Actor
from tests.chaos.town import Town

log = logging.getLogger(__name__)

COORDINATOR = Actor("system:desk", role=Role.COORDINATOR)  # who may end what somebody else has claimed
LOOKS_EVERY_S = 0.5
CLOSES_EVERY = 2  # of the claims that nobody forgets, so manieth is also ended


class Desk:
    """Ends every alert of a building that forgets claims once one was forgotten, and some of the others."""

    def __init__(self, store: Store, town: Town) -> None:
        self._store, self._organisation_id = store, town.organisation_id
        self._forgetful = town.forgetful
        self._ended = threading.Event()
        self._works = threading.Thread(target=self._work, name="desk", daemon=True)
        self._works.start()

    def close(self) -> None:
        self._ended.set()
        self._works.join()

    def _work(self) -> None:
        while not self._ended.wait(LOOKS_EVERY_S):
            for alert_id in self._to_be_closed():
                self._close(alert_id)

    def _to_be_closed(self) -> list[int]:
        with self._store.reading(self._organisation_id) as session:
            held = session.execute(select(Alert.id, Alert.building_id).where(Alert.state.in_(HELD))).all()
            was_forgotten = select(AlertEvent.alert_id).where(AlertEvent.what == "claim_forgotten")
            forgotten = set(session.scalars(was_forgotten))
        return [
            alert_id
            for alert_id, building_id in held
            if (alert_id in forgotten if building_id in self._forgetful else alert_id % CLOSES_EVERY == 0)
        ]

    def _close(self, alert_id: int) -> None:
        try:
            with self._store.session(self._organisation_id, viewer="system:test", purpose="desk") as session:
                alerts.close(session, alert_id, COORDINATOR, outcome="accidental", now=instant(time.time()))
        except IllegalStep:
            log.info("alert %s: its claim was forgotten a moment ago", alert_id)
