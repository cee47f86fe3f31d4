"""The self-tests of an organisation: how they are set, and what came of the last ones."""

from dataclasses import dataclass
from datetime import datetime

from backend.adapters.store.schema import Organisation, SelfTest
from backend.adapters.store.session import StoreSession
from backend.core.numbers import as_written
from backend.core.self_tests import WORDS
from backend.services import self_tests
from backend.web.views.shapes import Reason

MOST = 30


@dataclass(frozen=True)
class Run:
    """`result` is "passed", "failed" or "", while it runs; `took_s` from its beginning to its end."""

    started_at: datetime
    daily: bool
    kind: str
    result: str
    took_s: float | None
    problem: Reason | None
    detail: str


@dataclass(frozen=True)
class SelfTests:
    at: str
    phone: str
    zone: str
    trouble: str
    runs: tuple[Run, ...]

    @property
    def is_running(self) -> bool:
        return any(not run.result for run in self.runs)


def page(session: StoreSession, now: datetime) -> SelfTests:
    organisation = session.get_one(Organisation, session.organisation_id)
    phone = organisation.self_test_phone
    return SelfTests(
        at=organisation.self_test_at,
        phone=as_written(phone) if phone else "",
        zone=self_tests.zone(session),
        trouble=self_tests.trouble(session, now),
        runs=tuple(_run(row) for row in self_tests.last(session, MOST)),
    )


def _run(row: SelfTest) -> Run:
    return Run(
        started_at=row.started_at,
        daily=row.day is not None,
        kind=row.kind,
        result=row.result,
        took_s=None if row.ended_at is None else (row.ended_at - row.started_at).total_seconds(),
        problem=Reason(*WORDS[row.problem]) if row.result and row.problem in WORDS else None,
        detail=row.detail,
    )
