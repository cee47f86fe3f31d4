"""What strangers sent that nobody could read: counted always, kept and logged once per sender and minute."""

import logging
import time
from collections import Counter
from collections.abc import Callable

from gateway.adapters.journal import Refused

PER_SENDER_S = 60.0
MOST_SENDERS = 1000

log = logging.getLogger(__name__)


class Complaints:
    """Gathers refused messages until the next commit takes them. `real_now`: real seconds, for the rate limit."""

    def __init__(self, real_now: Callable[[], float] = time.monotonic) -> None:
        self._real_now = real_now
        self._quiet_until: dict[str, float] = {}
        self._kept: list[Refused] = []
        self._counted: Counter[str] = Counter()

    def add(self, refused: Refused, detail: str) -> None:
        """Count it; keep and log it unless its sender has just been complained of."""
        now = self._real_now()
        if now < self._quiet_until.get(refused.topic, now):
            self._counted[refused.reason] += 1
            return
        if len(self._quiet_until) >= MOST_SENDERS:
            self._quiet_until.clear()
        self._quiet_until[refused.topic] = now + PER_SENDER_S
        self._kept.append(refused)
        log.warning("a message to %r is put aside (%s): %.200s", refused.topic[:100], refused.reason, detail)

    def keep(self, refused: Refused) -> None:
        """Count and keep what is logged elsewhere."""
        self._kept.append(refused)

    def take(self) -> tuple[list[Refused], dict[str, int]]:
        """Those to keep, and those only to count, since the last call."""
        taken = self._kept, dict(self._counted)
        self._kept, self._counted = [], Counter()
        return taken
