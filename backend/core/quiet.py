"""A worker's quiet hours: what is not urgent and may wake somebody waits, or reaches somebody else."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from backend.core.alerts import Priority
from backend.core.kinds import LOUD


@dataclass(frozen=True)
class QuietHours:
    """From `since` until `until`, local times of `zone`; over midnight where `until` is the earlier one."""

    since: time
    until: time
    zone: str

    def hold(self, at: datetime) -> bool:
        """Whether `at` (aware) lies in them; two equal times are no hours at all."""
        local = at.astimezone(ZoneInfo(self.zone)).time()
        if self.since <= self.until:
            return self.since <= local < self.until
        return local >= self.since or local < self.until


def holds_back(hours: QuietHours | None, kind: str, level: str, at: datetime) -> bool:
    """Whether a message of `kind` about an alert of priority `level` is not to be sent at `at`. Never for a P1."""
    return hours is not None and level != Priority.P1 and kind in LOUD and hours.hold(at)
