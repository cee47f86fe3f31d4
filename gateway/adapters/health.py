"""What the gateway says of itself: on change, and every quarter of an hour."""

import shutil
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from contract import reports

from gateway.adapters.journal import Journal

EVERY_S = 900.0  # domain time
AT_MOST_EVERY_S = 10.0  # real time, however often something changes


class HealthReports:
    """Makes a `Health` when one is due. `broker_connected` is for the loop to set."""

    def __init__(self, data_dir: Path, journal: Journal) -> None:
        self._data_dir = data_dir
        self._journal = journal
        self._started_at = self._looked_at = time.monotonic()
        self._reported_at: float | None = None
        self._known: object = None
        self.broker_connected: bool | None = None

    def due(
        self, now: float, unassigned: list[str], strangers: Callable[[], list[reports.Stranger]]
    ) -> reports.Health | None:
        """The report for domain time `now`, if there is news or it is time. Raises JournalError.

        unassigned: nodes that hang nowhere; strangers: what is known of them, which alone makes no report.
        """
        real = time.monotonic()
        overdue = self._reported_at is None or not 0 <= now - self._reported_at < EVERY_S
        if self._reported_at is not None and real - self._looked_at < AT_MOST_EVERY_S and not overdue:
            return None
        self._looked_at = real
        refused = self._journal.refused()
        known = (self.broker_connected, refused, unassigned)
        if known == self._known and not overdue:
            return None
        self._known, self._reported_at = known, now
        return self._report(refused, unassigned, strangers())

    def _report(
        self, refused: dict[str, int], unassigned: list[str], strangers: list[reports.Stranger]
    ) -> reports.Health:
        queued, kept = self._journal.sizes()
        return reports.Health(
            version=version("tomoshibi"),
            uptime_s=round(time.monotonic() - self._started_at, 1),
            broker="unknown" if self.broker_connected is None else "ok" if self.broker_connected else "down",
            disk_free_mb=round(shutil.disk_usage(self._data_dir).free / 1e6, 1),
            queued=queued,
            journal_rows=kept,
            refused=refused,
            unassigned=unassigned,
            strangers=strangers,
        )
