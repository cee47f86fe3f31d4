"""The loop that owns the clock: what falls due, what is to be sent, which gateways are silent.

Any number of workers may run on PostgreSQL, one on SQLite. A killed worker loses nothing: what it had taken is taken
again when its lease ends.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from itertools import cycle

from contract.clock import Clock
from sqlalchemy.exc import SQLAlchemyError

from backend.adapters.lane import Lane
from backend.adapters.revision import Notifier
from backend.adapters.store import Store
from backend.config import Config
from backend.core.alerts import RANK, Priority
from backend.core.clocks import Every, has_gone_by, instant
from backend.errors import Ambiguous
from backend.ports import KINDS, Channels
from backend.services import (
    daily_calls,
    escalation,
    heartbeats,
    incidents,
    journals,
    maintenance,
    merging,
    rates,
    sending,
    set_back,
    supervision,
    timers,
    unwatched,
)
from backend.services.rates import Share
from backend.services.sending import Lease
from backend.services.settling import Settling, Work
from backend.services.watchers import Watchers

NAME = "worker"
BEAT_S = 3.0
SUPERVISE_S = 0.3
BEGIN_CALLS_S = 1.0
CHECKS_S = 10.0  # dear, and nobody acts on a day within seconds
LONGEST_SLEEP_S = 0.3
BUSY_S = 0.02
SORT_EVERY_S = 0.2  # also how long what is no emergency may wait to be handed over
SORT_ALL_THE_SAME_S = 1.0  # where no bell has rung: some of it comes about by time alone
AFTER_A_BELL_S = 0.1  # longer than an emergency takes from its bell to the provider
URGENT_FIRST_S = 1.0  # and how much longer, as timers may too, while emergencies are being taken
FOLD_S = 600.0
BRING_BACK_S = 60.0
THREADS = 4  # for each kind of message: a provider that hangs holds up only its own
LAST = 99  # a rank after all of them
URGENT_THREADS = 2  # for P1 alone, so that a storm of hanging P2 sends cannot fill every thread

log = logging.getLogger(__name__)


class SendLane(Lane):
    """The sends of one kind, down to a rank, on threads of their own."""

    def __init__(self, kind: str, highest_rank: int, threads: int) -> None:
        super().__init__(f"send-{kind}", threads)
        self.kind = kind
        self.highest_rank = highest_rank


class Worker:
    """`tick` does one whole round in the calling thread; `run` goes round until `stop`, sending on threads."""

    def __init__(
        self,
        config: Config,
        store: Store,
        channels: Channels,
        clock: Clock,
        real: Callable[[], float] = time.time,
    ) -> None:
        self._config, self._limits = config, config.limits
        self._store, self._channels, self._clock, self._real = store, channels, clock, real
        self._shares: dict[str, list[Share]] = {kind: rates.shares(kind, channels.get(kind, ())) for kind in KINDS}
        self._settling = Settling(store, channels, clock, real, config.limits)
        self._watchers = Watchers(config, store, channels, clock, real)
        self._failing: set[str] = set()  # what failed when it was last tried
        self._beaten: float | None = None
        self._supervises = Every(SUPERVISE_S)
        self._calls_daily = Every(BEGIN_CALLS_S)
        self._opens_checks = Every(CHECKS_S)
        # After an outage of days each is looked at in turn: all at once, again and again, would be dear.
        self._earlier_days = cycle(range(2, daily_calls.LONGEST_MISSED_DAYS + 1))
        self._folds, self._brings_back = Every(FOLD_S), Every(BRING_BACK_S)
        self._went_round: float | None = None
        self._has_stood_still = True
        self._hearing_since: datetime | None = None
        self._sort_at = self._rang_at = float("-inf")
        self._sort_from = self._sorted_at = float("-inf")
        self._fired_at = float("-inf")
        self._is_calling = False  # the last round took emergencies
        self._put_off = False
        self._was_busy = False  # another process was taking in this round; it may have left something
        self._wake = threading.Event()
        self._stopping = threading.Event()

    # --- one round -----------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Act on what is due, send what is queued and settle what was dropped, until nothing is left; then beat."""
        self._keep_house()
        while (
            self._sort_out()
            + self._fire_timers()
            + (self._try(self._settling.doubts) or 0)
            + (self._try(self._settling.ends) or 0)
            + self._send_here()
            + (self._try(self._watchers.test) or 0)
        ):
            pass
        self._beat()

    def _keep_house(self) -> None:
        for work in (
            self._bring_back,
            self._supervise,
            self._begin_daily_calls,
            self._open_missed_checks,
            self._fold_journals,
        ):
            self._try(work)

    def _sort_out(self) -> int:
        """What belongs together, what is held back and what waits for a telephone; return how much was changed."""
        return sum(self._try(work) or 0 for work in (self._keep_maintenance, self._keep_incidents, self._hurry))

    def _try(self, work: Callable[[], int | None]) -> int | None:
        """Return how much was changed; None where the work failed, or was not due and so proves nothing."""
        name = work.__name__.strip("_")
        try:
            done = work()
        except Exception:
            # Whatever is wrong with a gateway's row or an old journal, people must still be called out.
            log.exception("%s failed and is tried again", name)
            self._failing.add(name)
            return None
        if done is not None:
            self._failing.discard(name)
        return done

    def _keep_maintenance(self) -> int:
        return maintenance.keep(self._store, now=self._now())

    def _keep_incidents(self) -> int:
        return incidents.keep(self._store, now=self._now(), limits=self._limits)

    def _hurry(self) -> int:
        return merging.hurry(self._store, now=self._now(), real_now=self._real_now(), limits=self._limits)

    def _now(self) -> datetime:
        return instant(self._clock.now())

    def _real_now(self) -> datetime:
        return instant(self._real())

    def _beat(self) -> None:
        """Say that a round has gone through: one that breaks off each time is as good as dead."""
        real = self._real()
        if not has_gone_by(self._beaten, real, BEAT_S):
            return
        with self._store.system_session() as session:
            heartbeats.beat(session, NAME, now=self._now(), real_now=self._real_now(), limits=self._limits)
        self._beaten = real

    def _supervise(self) -> int | None:
        if not self._supervises.is_due(self._real()):
            return None
        if self._has_stood_still:
            with self._store.system_reading() as session:
                self._hearing_since = heartbeats.steady_since(
                    session, NAME, real_now=self._real_now(), limits=self._limits
                )
            self._has_stood_still = False
        if self._hearing_since is not None:
            self._hearing_since = min(self._hearing_since, self._real_now())  # the clock may have been set back
        failed = supervision.watch_gateways(
            self._store,
            now=self._now(),
            real_now=self._real_now(),
            limits=self._limits,
            silent_since_at_least=self._hearing_since,
        )
        if failed:
            raise RuntimeError(f"{failed} gateways could not be seen to")
        return 0

    def _begin_daily_calls(self) -> int | None:
        """By either time: what is due follows domain time, and how many calls wait real time."""
        if not self._calls_daily.is_due(self._clock.now(), self._real()):
            return None
        failed = daily_calls.begin_due(self._store, now=self._now())
        if failed:
            raise RuntimeError(f"{failed} daily calls could not be seen to")
        return 0

    def _open_missed_checks(self) -> int | None:
        """Put the days before a person on which neither a gateway nor a call looked after a home."""
        if not self._opens_checks.is_due(self._clock.now(), self._real()):
            return None
        failed = unwatched.open_checks(self._store, now=self._now(), limits=self._limits)
        failed += daily_calls.leave_missed_open(self._store, now=self._now(), days_ago=(1, next(self._earlier_days)))
        if failed:
            raise RuntimeError(f"the checks of {failed} homes or gateways could not be opened")
        return 0

    def _fold_journals(self) -> int | None:
        if not self._folds.is_due(self._real()):
            return None
        journals.fold_old(self._store, now=self._now())
        return 0

    def _bring_back(self) -> int | None:
        if not self._brings_back.is_due(self._real()):
            return None
        return set_back.bring_back(self._store, now=self._now(), real_now=self._real_now(), limits=self._limits)

    def _fire_timers(self) -> int:
        with self._store.system_reading() as session:
            due = timers.due(session, self._now(), self._real_now())
        return sum(self._fire(organisation_id, alert_id, timer_id) for organisation_id, alert_id, timer_id in due)

    def _fire(self, organisation_id: int, alert_id: int, timer_id: int) -> bool:
        """Act on a timer, or put it off; return False where it is gone or its alert is somebody else's just now."""
        try:
            with self._store.session(organisation_id, viewer="system:escalation", purpose="escalation") as session:
                kind = timers.take(session, alert_id, timer_id, self._now())
                if kind is not None:
                    escalation.fall_due(session, alert_id, kind, self._now(), self._limits)
                return kind is not None
        except Exception:
            # Whatever is wrong with this alert, the others must still be called out.
            log.exception("alert %s: its timer %s failed and is put off", alert_id, timer_id)
            with self._store.session(organisation_id) as session:
                timers.put_off(session, timer_id, self._real_now())
            return True

    # --- sending -------------------------------------------------------------------------------------------------

    def _waiting(self) -> dict[str, int]:
        return sending.waiting(self._store, real_now=self._real_now())

    def _take(self, kind: str, free: int, highest_rank: int) -> list[Lease]:
        """Take what the providers of `kind` may still send, each at its own rate."""
        taken: list[Lease] = []
        for share in self._shares[kind]:
            if len(taken) < free:
                found = sending.take(
                    self._store,
                    kind,
                    most=free - len(taken),
                    highest_rank=highest_rank,
                    share=share,
                    real_now=self._real_now(),
                    limits=self._limits,
                )
                taken += found or []
                self._was_busy |= found is None
        return taken

    def _send_here(self) -> int:
        waiting = self._waiting()
        taken = [lease for kind in KINDS if kind in waiting for lease in self._take(kind, THREADS, RANK[Priority.T])]
        for lease in taken:
            self._send(lease)
        return len(taken)

    def _send(self, lease: Lease) -> None:
        """Send one leased row. Whatever goes wrong after the hand-over began leaves it in doubt, never lost."""
        try:
            ready = sending.prepare(
                self._store,
                lease,
                self._channels,
                now=self._now(),
                real_now=self._real_now(),
                limits=self._limits,
                url=self._config.public_url,
            )
            if ready is None:
                return
            try:
                result = sending.send(ready, self._real_now())
            except Exception as error:
                log.exception("message %s: its channel broke down", lease.message_id)
                result = Ambiguous(f"{type(error).__name__}: {error}")
            if result is None:
                log.warning("message %s: held up for longer than its lease; left to the next", lease.message_id)
                return
            sending.record(self._store, lease, result, now=self._now(), real_now=self._real_now())
        except Exception:
            log.exception("message %s: left to its lease", lease.message_id)

    # --- the loop ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Go round until `stop`; a database that is away is waited for."""
        notifier = Notifier(self._store)
        notifier.start()
        bell = threading.Thread(target=self._listen, args=(notifier,), name="bell", daemon=True)
        bell.start()
        urgent = [SendLane(kind, RANK[Priority.P1], URGENT_THREADS) for kind in KINDS]
        lanes = [SendLane(kind, RANK[Priority.T], THREADS) for kind in KINDS]
        settling = {Lane(f"lookup-{name}"): work for name, work in self._settling.works.items()}
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                if self._round(urgent, lanes, settling):
                    self._watchers.turn(is_all_well=not self._failing and not self._settling.is_failing)
                self._wake.wait(min(self._sleep_s(), self._rest_s()))
        finally:
            self._stopping.set()
            for lane in (*urgent, *lanes, *settling):
                lane.close()
            self._watchers.close()
            notifier.stop()
            bell.join(timeout=5)

    def stop(self) -> None:
        """Let `run` end after the sends that are under way."""
        self._stopping.set()
        self._wake.set()

    def _round(self, urgent: list[SendLane], lanes: list[SendLane], settling: dict[Lane, Work]) -> bool:
        """Return whether the round went through timers, queue and database."""
        self._was_busy = False
        # While this process or the database stood still, no gateway could be heard either.
        self._has_stood_still |= has_gone_by(self._went_round, self._real(), self._limits.gateway_red_s)
        try:
            # A bell for each send must not set off all of the rest each time, and an emergency on its way out comes
            # before it, though not for ever: on few cores whatever else is done now would hold it up.
            self._is_calling = self._fill(urgent) > 0
            if not self._is_calling or time.monotonic() >= self._fired_at + URGENT_FIRST_S:
                self._fire_timers()
                self._fired_at = time.monotonic()
            self._sort_from = self._when_to_sort()
            self._put_off = time.monotonic() < self._sort_from
            if not self._put_off:
                self._keep_house()
                if self._is_unsorted():
                    self._sorted_at = time.monotonic()
                    self._sort_out()
                    for lane, work in settling.items():
                        if lane.free():
                            lane.submit(work, lambda: None)
                self._fill([*urgent, *lanes])
                self._sort_at = time.monotonic() + SORT_EVERY_S
            self._beat()
            self._went_round = self._real()
        except SQLAlchemyError:
            log.exception("the database is away; trying again")
            self._stopping.wait(1.0)
            return False
        return True

    def _is_unsorted(self) -> bool:
        """Whether anything was written since, or may have come about by time alone."""
        return self._rang_at >= self._sorted_at or time.monotonic() >= self._sorted_at + SORT_ALL_THE_SAME_S

    def _when_to_sort(self) -> float:
        """At once, but shortly after a bell: it may be an emergency's, which another process is handing over."""
        latest = self._sort_at + URGENT_FIRST_S
        if self._is_calling:
            return latest
        return max(self._sort_at, min(self._rang_at + AFTER_A_BELL_S, latest))

    def _fill(self, lanes: list[SendLane]) -> int:
        """Return how many were taken."""
        waiting, taken = self._waiting(), 0
        for lane in lanes:
            if lane.free() <= 0 or waiting.get(lane.kind, LAST) > lane.highest_rank:
                continue
            for lease in self._take(lane.kind, lane.free(), lane.highest_rank):
                lane.submit(lambda lease=lease: self._send(lease), self._wake.set)  # type: ignore[misc]
                taken += 1
        return taken

    def _listen(self, notifier: Notifier) -> None:
        known = -1
        while not self._stopping.is_set():
            before, known = known, notifier.wait_any("queue", known=known, timeout_s=1.0)
            if known != before:
                self._rang_at = time.monotonic()
                self._wake.set()

    def _rest_s(self) -> float:
        """How long to sleep at most, where the last round has left something to do."""
        until_sorted_s = max(0.01, self._sort_from - time.monotonic()) if self._put_off else LONGEST_SLEEP_S
        return min(until_sorted_s, BUSY_S) if self._was_busy else until_sorted_s

    def _sleep_s(self) -> float:
        if self._is_calling:
            return SORT_EVERY_S
        try:
            with self._store.system_reading() as session:
                due = timers.next_due(session)
        except SQLAlchemyError:
            return LONGEST_SLEEP_S
        rate = self._clock.rate()
        if due is None or rate <= 0:
            return LONGEST_SLEEP_S
        wait_s = (due - self._now()).total_seconds() / rate
        return min(max(wait_s, 0.02), LONGEST_SLEEP_S)
