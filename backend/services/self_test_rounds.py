"""A worker process carries the self-tests through: begins what is due, hands the report in, and judges what came of it.

All of it is found again from the rows, so a process that is killed leaves nothing undone. The report goes over HTTP to
the installation's own gateways' API, under a credential that lasts for that one request and stands nowhere in clear.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec
from contract import reports as contract
from sqlalchemy import or_, select, update

from backend.adapters.store import Store, StoreSession, insert_once, lock
from backend.adapters.store.schema import Alert, Gateway, Organisation, SelfTest
from backend.config import Limits
from backend.core import self_tests as core
from backend.core.clocks import seconds
from backend.errors import DeliveryError
from backend.services import alerts, directory, first_round, self_tests, technical

VIEWER = "system:self-test"
REF = "self-test"  # of the gateway that reports them
FAULT = "self_test_failed"
LEASE = timedelta(seconds=30)  # longer than a report is waited for; then it is handed in again

Problems = Sequence[tuple[str, str]]  # core.self_tests.Problem, and of what: a provider, a building
Report = Callable[[str, contract.Batch], None]  # credential and batch; raises DeliveryError
log = logging.getLogger(__name__)


class Rounds:
    """`providers`: what the installation can send by. All times as for every service: `now` domain, `real_now` real."""

    def __init__(self, store: Store, report: Report, providers: self_tests.Providers, limits: Limits) -> None:
        self._store, self._report, self._providers, self._limits = store, report, providers, limits

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
            ways = self_tests.ways_of(session, organisation, self._providers, due.date())
        run = {
            "day": due.date(),
            "kind": self_tests.kind_of(ways),
            "sends": msgspec.to_builtins(ways),
            "also": [],
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
            if _problems(session, session.get_one(SelfTest, run), now) is None:
                return 0
            kinds = [kind for kind, names in self._providers.items() if names]
            lacks = first_round.lacks(session, kinds, now)
        with self._store.session(organisation_id, viewer=VIEWER, purpose="self-test") as session:
            known = session.get_one(SelfTest, run)
            if known.alert_id is not None:
                lock(session, Alert, known.alert_id)
            row = lock(session, SelfTest, run)
            found = _problems(session, row, now)
            if row.ended_at is not None or found is None:
                return 0
            self._end(session, row, [*found, *lacks], now)
            return 1

    def _end(self, session: StoreSession, row: SelfTest, found: Problems, now: datetime) -> None:
        row.ended_at, row.result = now, "failed" if found else "passed"
        row.problem, row.detail = found[0] if found else ("", "")
        row.also = [list(each) for each in found[1:]]
        if row.alert_id is not None:
            alerts.self_test_over(session, row.alert_id, f"self_test_{row.result}", now=now)
        building = self_tests.building(session)
        if row.result == "passed":
            technical.fault_over(session, FAULT, REF, now)
        elif building is not None:
            reason = _reason(found)
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


def _reason(found: Problems) -> tuple[str, str]:
    said = [(*core.WORDS[problem], f" ({detail})" if detail else "") for problem, detail in found]
    japanese = "。".join(ja + of for ja, _en, of in said)
    english = "; ".join(en + of for _ja, en, of in said)
    return f"自己点検に失敗：{japanese}。", f"The self-test failed: {english}."


def _problems(session: StoreSession, row: SelfTest, now: datetime) -> Problems | None:
    """Return what did not happen, with what was said of it, nothing where all arrived; None while it still may."""
    if row.problem == "missed":
        return [("missed", "")]
    if not row.kind:
        return [("no_provider", "")]
    if row.alert_id is None and self_tests.building(session) is None:
        return [("no_building", "")]
    found = self_tests.results(session, [row], now)[row.id]
    if any(each.verdict is None for each in found):
        return None
    return list(dict.fromkeys(_problem(row, each) for each in found if each.verdict != "passed"))


def _problem(row: SelfTest, result: self_tests.Result) -> tuple[str, str]:
    assert result.verdict is not None
    if result.verdict in ("not_taken", "to_nobody"):
        return result.verdict, row.detail  # no provider's fault
    name = result.way.provider
    return result.verdict, f"{name}: {result.detail}" if result.detail else name
