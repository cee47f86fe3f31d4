"""The self-tests of an organisation: how they are set, and what came of the last ones."""

from collections.abc import Sequence
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
class Send:
    """One message of a run; `result` as a run's."""

    kind: str
    provider: str
    result: str


@dataclass(frozen=True)
class Run:
    """`result` is "passed", "failed" or "", while it runs; `took_s` from its beginning to its end.

    `problems`: what did not happen, each with the provider or building and what was said of it.
    """

    started_at: datetime
    daily: bool
    result: str
    took_s: float | None
    sends: tuple[Send, ...]
    problems: tuple[tuple[Reason, str], ...]


@dataclass(frozen=True)
class SelfTests:
    at: str
    phone: str
    calls: str
    zone: str
    trouble: str
    runs: tuple[Run, ...]

    @property
    def is_running(self) -> bool:
        return any(not run.result for run in self.runs)


def page(session: StoreSession, now: datetime) -> SelfTests:
    organisation = session.get_one(Organisation, session.organisation_id)
    phone = organisation.self_test_phone
    rows = self_tests.last(session, MOST)
    results = self_tests.results(session, rows, now)
    return SelfTests(
        at=organisation.self_test_at,
        phone=as_written(phone) if phone else "",
        calls=organisation.self_test_calls,
        zone=self_tests.zone(session),
        trouble=self_tests.trouble(session, now),
        runs=tuple(_run(row, results[row.id]) for row in rows),
    )


def _run(row: SelfTest, results: Sequence[self_tests.Result]) -> Run:
    failed = [(row.problem, row.detail), *row.also] if row.result == "failed" else []
    return Run(
        started_at=row.started_at,
        daily=row.day is not None,
        result=row.result,
        took_s=None if row.ended_at is None else (row.ended_at - row.started_at).total_seconds(),
        sends=tuple(map(_send, results)),
        problems=tuple((Reason(*WORDS[problem]), detail) for problem, detail in failed if problem in WORDS),
    )


def _send(result: self_tests.Result) -> Send:
    named = {None: "", "passed": "passed"}.get(result.verdict, "failed")
    return Send(result.way.kind, result.way.provider, named)
