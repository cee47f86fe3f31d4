"""The inactivity watch of one unit: decides when a silence has become too long for this person, here, at this hour.

Pure: signs and pauses go in with their times, and `deadline` says when the watch wants to act if nothing more comes.
"""

import bisect
from dataclasses import dataclass, field
from datetime import tzinfo

from contract.reports import Cost

from gateway.core import dial
from gateway.core.limits import HOUR_S, Limits, LimitSettings, LocalClock, learn
from gateway.core.presence import Presence, presence_of
from gateway.core.reason import Reason
from gateway.core.rhythm import DAY_S, Rhythm
from gateway.core.signs import LEFT, Sign
from gateway.core.watch_state import State, pack, unpack

CARRIED = ("outage", "lost")
"""Pauses in which nobody knows how the resident was: the silence before them goes on after them."""

TRAIL = 32
"""A sign that comes late among this many is as if it had come in time."""


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """How the watch of a unit behaves; one setting serves every home."""

    limits: LimitSettings = field(default_factory=LimitSettings)
    cold_start_limit_h: float = 12.0
    """Until the rhythm is known: what is practice in Japan for a home nobody knows."""
    learning_days: int = 14
    """Two weeks hold every weekday twice; before, the limit moves from the cold start's to the learned one."""
    window_days: int = 60
    """Recorded days that teach: long enough for rare long silences, short enough to follow the season."""
    stale_after_h: float = 12.0
    """After a pause this long nobody knows where the resident is, and the cold start's limit holds."""
    door_quiet_days: int = 3
    """Recorded days without the entrance door after which its contact is no longer relied on to tell an outing."""
    gap_teaches_below_s: float = 300.0
    """A restart of the gateway hides less than the marks of the rhythm tell apart; a night must still teach."""
    ghost_after_h: float = 1.0
    """Behind a closed door, or past its deadline, a silence this long is not ended by one isolated firing."""
    confirm_within_s: float = 1800.0
    """A second sign within this time, from elsewhere or minutes later, makes the first one believed."""
    confirm_after_s: float = 300.0


class UnitWatch:
    """Learns one unit's rhythm and says when its silence is too long.

    Signs may arrive in any order: late ones teach, and never restart the clock backwards. Times are Unix seconds of
    domain time; a sign must not be dated later than it was received, which is for the caller to see to.
    """

    def __init__(self, zone: tzinfo, settings: WatchSettings, rhythm: Rhythm | None = None) -> None:
        self._settings = settings
        self._clock = LocalClock(zone)
        self._rhythm = rhythm if rhythm is not None else Rhythm(settings.window_days)
        self._state = State()
        self._limits: Limits | None = None
        self._learned_until = 0.0
        self._due: float | None = None
        """The deadline of the silence that goes on, which is asked for far more often than anything happens."""

    # What happens

    def observe(self, sign: Sign) -> None:
        """Take in a believed sign of life. Raises ValueError where its time is no time."""
        if not 0 <= sign.at < 2**33:
            raise ValueError(f"a sign at {sign.at} is not of this age")
        state, self._due = self._state, None
        self._seen(sign.at)
        if sign.is_exit_door and (state.door is None or state.door < sign):
            state.door = sign
        if state.trail and sign < state.trail[0] and len(state.trail) >= TRAIL // 2:
            self._remember(sign)
            return
        late = bool(state.trail) and sign < state.trail[-1]
        if late:
            bisect.insort(state.trail, sign)
            self._refold()
        else:
            state.trail.append(sign)
            state.anchor, state.doubted = self._step(state.anchor, state.doubted, sign)
        if len(state.trail) > TRAIL:
            self._fold_oldest()

    def observed_until(self, at: float) -> None:
        """The sensors are known to have been alive up to here; before any sign, the silence counts from the first."""
        self._due = None
        self._seen(at)

    def pause(self, at: float, why: str) -> None:
        """From here the silence may be neither judged nor taught: "outage", "lost", "away", "hospital" or "visit"."""
        if self._state.paused is not None:
            self.resume(at)
        self._due = None
        self._seen(at)
        self._state.paused = (at, why)

    def resume(self, at: float) -> None:
        """The watch goes on. After an outage the silence is carried on; else it begins anew, at a place unknown."""
        state = self._state
        if state.paused is None:
            return
        start, why = state.paused
        state.paused = self._due = None
        end = max(at, start)
        self._seen(end)
        if why not in CARRIED or end - start >= self._settings.gap_teaches_below_s:
            self.leave_out(start, end, why)
        if why in CARRIED:
            state.carried.append((start, end))
            state.carried = [span for span in state.carried if span[1] > self.since()][-100:]
        else:
            state.restarted_at = max(end, state.restarted_at or end)

    def leave_out(self, start: float, end: float, why: str) -> None:
        """Let nothing between these times teach, as where an outage is seen only once it is over."""
        if self._rhythm.leave_out(start, end, why):
            self._forget_limits(start)

    def outcome(self, since: float, teaches: bool) -> None:
        """What became of the silence that began at `since`: one that ended in a real alarm must not teach."""
        anchor = self._state.anchor
        end = 1.0 + (anchor.at if anchor is not None and anchor.at > since else since)
        rhythm = self._rhythm
        changed = rhythm.let_in(since, "real") if teaches else rhythm.leave_out(since, end, "real")
        if changed:
            self._forget_limits(since)

    def learn_anew(self) -> None:
        """Learn now from signs that came late; until then, or the next day, what was learned without them holds.

        To learn takes tens of milliseconds, and after an outage of the broker signs come late by the thousand.
        """
        if self._state.stale:
            self._limits = self._due = None
            self._learned(self.since())

    def settings_changed(self) -> None:
        """Another dial or zone holds from now on, and not only from tomorrow."""
        self._limits = self._due = None

    # What it says

    @property
    def is_stale(self) -> bool:
        """Whether signs have come late that the limits do not know of."""
        return self._state.stale

    def since(self) -> float:
        """When the silence that is going on began; 0 before anything is known."""
        return self._since(self._state.anchor)

    def believed_at(self) -> float | None:
        """When the latest sign that was believed was sensed; None before any."""
        return None if self._state.anchor is None else self._state.anchor.at

    def overdue(self, now: float) -> bool:
        """Whether the silence had become too long by now, or by the pause that interrupts it."""
        state = self._state
        return self._present_deadline() <= (now if state.paused is None else min(now, state.paused[0]))

    def deadline(self) -> float | None:
        """When the watch acts if nothing more comes; None while paused, and before anything at all is known.

        It lies in the past only while it stands: the silence is too long, and nothing has ended it.
        """
        state = self._state
        if state.paused is not None or (state.anchor is None and state.seen_from is None):
            return None
        return self._present_deadline()

    def limit_s(self, at: float) -> float:
        """The silence limit, in seconds, of the silence that is going on at `at`."""
        return self._limit_s(self._state.anchor)

    def silence_s(self, now: float) -> float:
        """How long there has been no sign of life, without the time in which there could be none."""
        since = self.since()
        return max(0.0, now - since - self._carried_s(since, now))

    def left_out_s(self, start: float, end: float) -> float:
        """How many seconds between two times may not teach: an outage, an absence, a visit, a real emergency."""
        spans = [(span.start, span.end) for span in self._rhythm.untaught]
        if self._state.paused is not None:
            spans.append((self._state.paused[0], end))
        return sum(max(0.0, min(until, end) - max(since, start)) for since, until in spans)

    def presence(self, now: float) -> Presence:
        """Home, away, asleep or unknown."""
        why = self._state.paused[1] if self._state.paused is not None else None
        place = self._place(self._state.anchor)
        told = place is not None and self.tells_outings()
        return presence_of(place, self.silence_s(now), self._clock.second(now), why, told)

    def learning(self) -> tuple[int, int]:
        """(recorded days learned from, days until the rhythm counts as known), the first never above the second."""
        limits = self._learned(self.since())
        return min(int(limits.recorded_s // DAY_S), self._settings.learning_days), self._settings.learning_days

    def costs(self) -> list[Cost]:
        """What each position of the dial costs in delay; nothing until the rhythm counts as known."""
        day, days = self.learning()
        if day < days:
            return []
        midnight = self._clock.midnight(self._state.limits_day)
        past = list(self._rhythm.silences(midnight))
        return dial.costs(past, self._clock, self._settings.limits, self._door_works(midnight))

    def recorded_days(self) -> int:
        """Days with a sign of life that are remembered."""
        return self._rhythm.recorded_days()

    def tells_outings(self) -> bool:
        """Whether the contact of the entrance door is relied on to tell an outing."""
        return self._learned(self.since()).door_works

    def reason(self, now: float) -> Reason:
        """Why the watch acts, or would, at `now`: the facts. `gateway.core.reason` puts them into words."""
        state = self._state
        day, days = self.learning()
        return Reason(
            silence_s=self.silence_s(now),
            limit_s=self.limit_s(now),
            usual_max_s=self._usual_max_s(self.since()),
            usual_days=self._rhythm.recorded_days(),
            last_room=state.anchor.room if state.anchor is not None else "",
            last_at=state.anchor.at if state.anchor is not None else None,
            last_local_s=self._clock.second(state.anchor.at) if state.anchor is not None else 0.0,
            door=state.door.value if state.door is not None and self._learned(state.door.at).door_works else "",
            presence=self.presence(now),
            learning_day=day,
            learning_days=days,
        )

    # What is kept

    def dump(self) -> bytes:
        """All that is known, compact; the same state gives the same bytes."""
        if self._state.anchor is not None or self._state.seen_from is not None:
            self._learned(self.since())
        return pack(self._state, self._rhythm, self._limits)

    @classmethod
    def load(cls, body: bytes, zone: tzinfo, settings: WatchSettings) -> "UnitWatch":
        """A watch that goes on exactly where the dumped one stood. Raises ValueError where `body` is no dump."""
        state, rhythm, limits = unpack(body, settings.window_days)
        watch = cls(zone, settings, rhythm)
        watch._state, watch._limits = state, limits
        watch._learned_until = watch._clock.midnight(state.limits_day + 1)
        return watch

    # The silence

    def _step(self, anchor: Sign | None, doubted: list[Sign], sign: Sign) -> tuple[Sign, list[Sign]]:
        """The sign that the silence counts from, and the signs not believed so far, after one more sign."""
        if anchor is None or not self._is_doubtful(anchor, sign):
            self._remember(sign)
            return sign, []
        near = [d for d in doubted if sign.at - d.at <= self._settings.confirm_within_s]
        if any(d.node != sign.node or sign.at - d.at >= self._settings.confirm_after_s for d in near):
            for believed in (*near, sign):
                self._remember(believed)
            return sign, []
        return anchor, [*near, sign][-8:]

    def _is_doubtful(self, anchor: Sign, sign: Sign) -> bool:
        """Motion out of nothing: behind a closed door, or when the silence was too long already."""
        if sign.kind not in ("motion", "presence") or sign.at - anchor.at < self._settings.ghost_after_h * HOUR_S:
            return False
        restarted_at = self._state.restarted_at
        if restarted_at is not None and restarted_at >= anchor.at:
            return False
        return anchor.place == LEFT or sign.at >= self._deadline(anchor)

    def _refold(self) -> None:
        """A sign came late: count again from where the trail begins."""
        state = self._state
        state.anchor, state.doubted = state.base_anchor, state.base_doubted
        for sign in state.trail:
            state.anchor, state.doubted = self._step(state.anchor, state.doubted, sign)

    def _fold_oldest(self) -> None:
        state = self._state
        oldest, state.trail = state.trail[: TRAIL // 2], state.trail[TRAIL // 2 :]
        for sign in oldest:
            state.base_anchor, state.base_doubted = self._step(state.base_anchor, state.base_doubted, sign)

    def _remember(self, sign: Sign) -> None:
        if self._rhythm.mark(sign.at, sign.place) and self._is_before_limits(sign.at):
            self._state.stale = True

    def _seen(self, at: float) -> None:
        if self._state.seen_from is None or at < self._state.seen_from:
            self._state.seen_from = at

    def _since(self, anchor: Sign | None) -> float:
        began = anchor.at if anchor is not None else (self._state.seen_from or 0.0)
        return began if self._state.restarted_at is None else max(began, self._state.restarted_at)

    def _carried_s(self, since: float, until: float = float("inf")) -> float:
        if not self._state.carried:  # as nearly always, and this is asked with every message
            return 0.0
        return sum(max(0.0, min(end, until) - max(start, since)) for start, end in self._state.carried)

    def _place(self, anchor: Sign | None) -> str | None:
        """Where the silence began, or None where nobody can know."""
        state = self._state
        if anchor is None or (state.restarted_at is not None and state.restarted_at >= anchor.at):
            return None
        if state.carried and self._carried_s(anchor.at) > self._settings.stale_after_h * HOUR_S:
            return None
        return anchor.place

    def _present_deadline(self) -> float:
        if self._due is None:
            self._due = self._deadline(self._state.anchor)
        return self._due

    def _deadline(self, anchor: Sign | None) -> float:
        since = self._since(anchor)
        return since + self._carried_s(since) + self._limit_s(anchor)

    # The limit

    def _limit_s(self, anchor: Sign | None) -> float:
        cold_s = self._settings.cold_start_limit_h * HOUR_S
        place = self._place(anchor)
        if place is None or anchor is None:
            return cold_s
        limits = self._learned(anchor.at)
        known = min(1.0, limits.recorded_s / (self._settings.learning_days * DAY_S))
        learned_s = limits.limit_s(place, self._clock.second(anchor.at))
        if learned_s >= cold_s:
            return learned_s
        return known * learned_s + (1 - known) * cold_s

    def _learned(self, at: float) -> Limits:
        """What the days before this one taught: learned once a day, from marks alone."""
        if self._limits is not None and at < self._learned_until:
            return self._limits
        state = self._state
        day = max(self._clock.day(at), state.limits_day)
        if self._limits is None or day > state.limits_day:
            midnight = self._clock.midnight(day)
            past = self._rhythm.silences(midnight)
            self._limits = learn(past, self._clock, self._settings.limits, self._door_works(midnight))
            state.limits_day, state.stale, self._due = day, False, None
            self._learned_until = self._clock.midnight(day + 1)
        return self._limits

    def _door_works(self, until: float) -> bool:
        """Whether the entrance door was heard lately: its contact can die while everything says that it is well."""
        door = self._state.door
        return door is not None and self._rhythm.recorded_days(door.at, until) <= self._settings.door_quiet_days

    def _forget_limits(self, since: float) -> None:
        """Something before today's midnight is new: learn again, when a limit is next asked for."""
        if self._is_before_limits(since):
            self._limits = self._due = None

    def _is_before_limits(self, at: float) -> bool:
        return self._limits is not None and self._clock.day(at) < self._state.limits_day

    def _usual_max_s(self, since: float) -> float:
        """The longest past silence that began within an hour of this time of day, other than this one."""
        second = self._clock.second(since)
        longest = 0.0
        for silence in self._rhythm.silences(since):
            apart = abs(self._clock.second(silence.start) - second)
            if min(apart, DAY_S - apart) <= HOUR_S:
                longest = max(longest, silence.length_s)
        return longest
