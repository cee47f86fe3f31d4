"""A worker process carries the self-tests through: begins what is due, hands the report in, and judges what came of it.

All of it is found again from the rows, so a process that is killed leaves nothing undone. The report goes over HTTP to
the installation's own gateways' API, under a credential that lasts for that one request and stands nowhere in clear.
"""

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from contract import reports as contract
from sqlalchemy import or_, select, update

from backend.adapters.store import Store, StoreSession, insert_once, lock
from backend.adapters.store.schema import Alert, Gateway, Notification, Organisation, SelfTest
from backend.config import Limits
from backend.core import self_tests as core
from backend.core.clocks import seconds
from backend.errors import DeliveryError
from backend.services import alerts, directory, self_tests, technical

VIEWER = "system:self-test"
REF = "self-test"  # of the gateway that reports them
FAULT = "self_test_failed"
LEASE = timedelta(seconds=30)  # longer than a report is waited for; then it is handed in again

Report = Callable[[str, contract.Batch], None]  # credential and batch; raises DeliveryError
log = logging.getLogger(__name__)


class Rounds:
    """`kinds`: what the installation can send. All times as for every service: `now` domain, `real_now` real."""

    def __init__(self, store: Store, report: Report, kinds: Collection[str], limits: Limits) -> None:
        self._store, self._report, self._kinds, self._limits = store, report, kinds, limits

    def keep(self, now: datetime, real_now: datetime) -> int:
        """Go over all organisations once; return how much was done.

        RuntimeError, at the end, where one could not be carried on.
        """
        done = failed = 0
        for work in (self._begin_due, self._hand_in, self._judge):
            for organisation_id, key in self._found(work, now, real_now):
                try:
                    done += work(organisation_id, key, now, real_now)
                except Exception:
                    # Whatever is wrong with one organisation's, the others' must be tested.
                    log.exception("organisation %s: its self-test could not be carried on", organisation_id)
                    failed += 1
        if failed:
            raise RuntimeError(f"{failed} self-tests could not be carried on")
        return done

    def _found(self, work: object, now: datetime, real_now: datetime) -> list[tuple[int, int]]:
        with self._store.system_reading() as session:
            if work == self._begin_due:
                rows = select(Organisation.id, Organisation.id).where(Organisation.self_test_at != "")
            else:
                rows = select(SelfTest.organisation_id, SelfTest.id).where(SelfTest.ended_at.is_(None))
                if work == self._hand_in:
                    free = or_(SelfTest.lease_until_real_at.is_(None), SelfTest.lease_until_real_at <= real_now)
                    rows = rows.where(SelfTest.alert_id.is_(None), SelfTest.kind != "", SelfTest.problem == "", free)
            return [(organisation_id, key) for organisation_id, key in session.execute(rows)]

    # --- begin ---------------------------------------------------------------------------------------------------

    def _begin_due(self, organisation_id: int, _key: int, now: datetime, _real_now: datetime) -> int:
        with self._store.reading(organisation_id) as session:
            organisation = session.get_one(Organisation, organisation_id)
            due = self_tests.due_at(organisation, self_tests.zone(session), now)
            if due is None or session.scalar(select(SelfTest.id).where(SelfTest.day == due.date())) is not None:
                return 0
        run = {
            "day": due.date(),
            "kind": self_tests.kind_of(organisation, self._kinds),
            "started_at": now,
            "result": "",
            "problem": "missed" if core.is_late(due, now) else "",
            "detail": "",
        }
        with self._store.session(organisation_id) as session:
            return int(insert_once(session, SelfTest, **run))  # of several processes one

    # --- hand in -------------------------------------------------------------------------------------------------

    def _hand_in(self, organisation_id: int, run: int, now: datetime, real_now: datetime) -> int:
        taken = (
            update(SelfTest)
            .where(
                SelfTest.id == run,
                SelfTest.alert_id.is_(None),
                SelfTest.ended_at.is_(None),
                or_(SelfTest.lease_until_real_at.is_(None), SelfTest.lease_until_real_at <= real_now),
            )
            .values(lease_until_real_at=real_now + LEASE)
            .returning(SelfTest.id)
        )
        with self._store.session(organisation_id) as session:
            # The run first, which one process gets: two would both make the first gateway.
            gateway = _gateway(session, now, real_now) if session.execute(taken).first() else None
            if gateway is None:
                return 0
            gateway.revoked_at = None
            credential = directory.issue_credential(session, gateway)
        problem = self._post(credential, run, now)
        with self._store.session(organisation_id) as session:
            lock(session, SelfTest, run).detail = problem
            directory.revoke(session, lock(session, Gateway, gateway.id), now)
        return 1

    def _post(self, credential: str, run: int, now: datetime) -> str:
        """Report the run; return what is wrong, empty where the report was stored."""
        at = seconds(now)
        batch = contract.Batch(REF, at, [contract.Numbered(run, at, contract.SelfTest(run))])
        try:
            self._report(credential, batch)
        except DeliveryError as error:
            log.warning("self-test %s: its report was not taken: %s", run, error)
            return str(error)
        return ""

    # --- judge ---------------------------------------------------------------------------------------------------

    def _judge(self, organisation_id: int, run: int, now: datetime, _real_now: datetime) -> int:
        with self._store.reading(organisation_id) as session:
            if _verdict(session, session.get_one(SelfTest, run), now) is None:
                return 0
        with self._store.session(organisation_id, viewer=VIEWER, purpose="self-test") as session:
            known = session.get_one(SelfTest, run)
            if known.alert_id is not None:
                lock(session, Alert, known.alert_id)
            row = lock(session, SelfTest, run)
            found = _verdict(session, row, now)
            if row.ended_at is not None or found is None:
                return 0
            self._end(session, row, found, now)
            return 1

    def _end(self, session: StoreSession, row: SelfTest, found: tuple[str, str], now: datetime) -> None:
        problem, detail = found
        row.ended_at, row.detail = now, detail
        row.result, row.problem = ("passed", "") if problem == "passed" else ("failed", problem)
        if row.alert_id is not None:
            alerts.self_test_over(session, row.alert_id, f"self_test_{row.result}", now=now)
        building = self_tests.building(session)
        if row.result == "passed":
            technical.fault_over(session, FAULT, REF, now)
        elif building is not None:
            ja, en = core.WORDS[problem]
            said = f" ({detail})" if detail else ""
            reason = (f"自己点検に失敗：{ja}。{said}".strip(), f"The self-test failed: {en}.{said}")
            technical.raise_fault(
                session, FAULT, REF, building.id, reason, episode=str(row.id), now=now, limits=self._limits
            )


def _gateway(session: StoreSession, now: datetime, real_now: datetime) -> Gateway | None:
    """Hold the organisation's gateway for self-tests, which is made for the first; None where there is no building."""
    known = session.scalar(select(Gateway.id).where(Gateway.is_self_test))
    if known is not None:
        return lock(session, Gateway, known)
    building = self_tests.building(session)
    if building is None:
        return None
    made, _credential = directory.add_gateway(session, building_id=building.id, ref=REF, now=now, real_now=real_now)
    made.is_self_test = True
    return made


def _verdict(session: StoreSession, row: SelfTest, now: datetime) -> tuple[str, str] | None:
    """Return "passed" or what did not happen, with what was said of it; None while it may still happen."""
    if row.problem == "missed":
        return "missed", ""
    if not row.kind:
        return "no_provider", ""
    if row.alert_id is None and self_tests.building(session) is None:
        return "no_building", ""
    sent = session.scalars(
        select(Notification).where(Notification.alert_id == row.alert_id, Notification.purpose == core.PURPOSE)
    ).first()
    handed = None
    if sent is not None:
        has_arrived = sent.delivered_at is not None or sent.state in ("delivered", "answered")
        handed = core.Handed(sent.state, has_arrived)
    found = core.judge(handed, was_taken=row.alert_id is not None, is_over=core.is_over(row.started_at, now))
    if found is None:
        return None
    return found, "" if found == "passed" else sent.problem if sent is not None else row.detail
