"""What a worker process does to watch over the system itself, each on a thread of its own: none holds up a round."""

import logging
import time
from collections.abc import Callable
from functools import partial

from contract.clock import Clock

from backend.adapters import outside
from backend.adapters.lane import Lane
from backend.adapters.own_api import OwnApi
from backend.adapters.store import Store
from backend.config import Config
from backend.core.clocks import has_gone_by, instant
from backend.ports import Channels
from backend.services import probes, self_tests, stuck_reports, timers
from backend.services.dead_man import DeadMan
from backend.services.self_test_rounds import Rounds

EVERY_S = 1.0

log = logging.getLogger(__name__)


class Watchers:
    """`turn` after each round that went through timers, queue and database, and in no other case."""

    def __init__(
        self, config: Config, store: Store, channels: Channels, clock: Clock, real: Callable[[], float] = time.time
    ) -> None:
        self._store, self._channels, self._limits = store, channels, config.limits
        self._clock, self._real = clock, real
        own = OwnApi(config.self_test_url or config.public_url)
        self.self_tests = Rounds(store, own.report, self_tests.providers_of(channels), config.limits)
        self._dead_man = DeadMan(store, partial(outside.ask, config.deadman.url)) if config.deadman else None
        self._lanes = {work: Lane(work.__name__.strip("_")) for work in (self.test, self._probe, self._ping)}
        self._is_all_well = True
        self._failing: set[str] = set()  # what failed when it last had anything to do
        self.turned: float | None = None

    def turn(self, *, is_all_well: bool) -> None:
        """Let each look whether it has anything to do; `is_all_well`: no part of the round failed."""
        self._is_all_well = is_all_well
        real = self._real()
        if not has_gone_by(self.turned, real, EVERY_S):
            return
        self.turned = real
        for work, lane in self._lanes.items():
            if lane.free():
                lane.submit(partial(self._try, work), lambda: None)

    def close(self) -> None:
        for lane in self._lanes.values():
            lane.close()

    def test(self) -> int:
        """Carry the self-tests on; return how much was done."""
        return self.self_tests.keep(instant(self._clock.now()), instant(self._real()))

    def _probe(self) -> int | None:
        now, real = instant(self._clock.now()), lambda: instant(self._real())
        return probes.keep(self._store, self._channels, real=real, now=now, limits=self._limits) or None

    def _ping(self) -> None:
        if self._dead_man is None or not self._dead_man.is_due(instant(self._real())):
            return
        with self._store.system_reading() as session:
            is_stuck = timers.is_stuck(session) or stuck_reports.is_somebody_untold(session, instant(self._clock.now()))
        # Otherwise somebody is not called, watched or tested: the outside is to find out.
        if self._is_all_well and not is_stuck and self._failing <= {"ping"}:
            self._dead_man.ping(instant(self._real()))

    def _try(self, work: Callable[[], int | None]) -> None:
        """What returns None had nothing to do, and so proves nothing."""
        name = work.__name__.strip("_")
        try:
            done = work()
        except Exception:
            # Whatever is wrong with one of them, it is tried again, and the others go on.
            log.exception("%s failed and is tried again", name)
            self._failing.add(name)
            return
        if done is not None:
            self._failing.discard(name)
