"""What may hold the pages of an open alert back for a time. An emergency is held back by nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from backend.core.alerts import Priority

Why = Literal["snooze", "maintenance", "flapping", "storm"]

LONGEST_SNOOZE_S = 8 * 3600.0
SNOOZES_S = (900.0, 3600.0, 3 * 3600.0, LONGEST_SNOOZE_S)  # one touch on the screen
SnoozeReason = Literal["spoken", "known_cause", "somebody_goes", "repair_ordered", "other"]
REASONS = get_args(SnoozeReason)

LONGEST_MAINTENANCE_S = 24 * 3600.0
# What work on the equipment causes. A person who does not move, or water on the floor, is not of this kind.
OF_EQUIPMENT = frozenset(
    {"monitoring_lost", "gateway_silent", "node_lost", "sensor_fault", "battery_low", "tamper", "clock"}
)

FLAPS = 3  # so often ended by itself
FLAPS_WITHIN_S = 3600.0
LASTS_S = 600.0  # so long it has to last before people are called again


@dataclass(frozen=True)
class Hold:
    """Why nobody is called for an alert. `until` None: as long as its incident is open."""

    why: Why
    until: datetime | None

    @property
    def keeps_clock(self) -> bool:
        """Whether its claim clock runs on: in a storm somebody is being called for it, by the incident."""
        return self.why == "storm"


def may_be_held(level: str) -> bool:
    return level != Priority.P1


def longest(holds: Iterable[Hold], now: datetime) -> Hold | None:
    """Return the hold that ends last, of those that have not ended at `now`."""
    running = [hold for hold in holds if hold.until is not None and hold.until > now]
    return max(running, key=lambda hold: hold.until or now, default=None)


def comes_and_goes(ended_by_themselves: int) -> bool:
    """Whether an alert that begins now is one too many; counted: those alike within FLAPS_WITHIN_S."""
    return ended_by_themselves >= FLAPS


def lasting(opened_at: datetime) -> Hold:
    """What holds an alert back that comes and goes: it has to last."""
    return Hold("flapping", opened_at + timedelta(seconds=LASTS_S))
