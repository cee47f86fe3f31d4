"""Plays the story: lets time run, sees what happens, does what the demo's people do when no visitor does it."""

import math
import time
from collections.abc import Callable
from typing import Protocol

from contract.clock import SharedClock
from msgspec import Struct

from backend.demo.backstage import NotReadyError, Told, Wish
from backend.demo.scene import Message, Scene
from backend.demo.story import Deed, Moment, Step

_LOOKS_EVERY_S = 0.2
_JUMP_S = 90.0  # the longest leap of the clock; further ahead it runs fast, so that no sensor seems to fall silent
_BEFORE_DUE_S = 3.0
_FAST_BEFORE_DUE_S = 150.0  # fast time goes about this far between two looks
_NEAR_S = 60.0  # and ordinary time so far: from here on slowly, or the asking would be over before it is seen
_CALM_S = 5.0  # after a visitor's press, until its alert is there to slow time by itself
_PATIENCE = 6.0


class Pace(Struct, frozen=True):
    """Domain seconds per real second: in ordinary life, while people are at work on an alert, and skipping ahead."""

    ordinary: float = 60.0
    at_work: float = 1.0
    near_a_deadline: float = 10.0
    skipping: float = 240.0
    waits_for_visitors: bool = True
    skips_by_itself: bool = False


BEFORE_A_VISITOR = Pace()
ALONE = Pace(at_work=10.0, waits_for_visitors=False, skips_by_itself=True)


class Hands(Protocol):
    """What `Backstage` can do."""

    began: float

    def look(self) -> Moment: ...
    def do(self, deed: Deed, moment: Moment) -> None: ...
    def ring_out(self, message: Message) -> None: ...


class StepMissingError(Exception):
    """A step that did not happen; the message names it."""


class Director:
    """One performance. `tell` hears how far it is, `wish` says what the visitor wants."""

    def __init__(
        self,
        steps: tuple[Step, ...],
        hands: Hands,
        clock: SharedClock,
        pace: Pace,
        tell: Callable[[Told], None],
        wish: Callable[[], Wish] = Wish,
        wait: Callable[[float], None] = time.sleep,
        real: Callable[[], float] = time.monotonic,
    ) -> None:
        self._steps, self._hands, self._clock, self._pace = steps, hands, clock, pace
        self._tell, self._wish, self._wait, self._real = tell, wish, wait, real
        self._skips = self._presses = 0
        self._calm_until = -math.inf
        self._skip_until: float | None = None
        self._long = False
        self._acting = False  # in a step that does something: what comes of it must not rush by before it is seen
        self._alone = False  # nobody has opened a page yet
        self._visited = False  # somebody is there and acts: no need to hurry them
        self._told = Told([(s.name, s.ja, s.en) for s in steps], ["later"] * len(steps), [0.0] * len(steps))

    def play(self, on_step: Callable[[Step, float], None] = lambda step, at: None) -> None:
        """Go through all steps; `on_step` hears of each with its domain time. Raises StepMissingError."""
        self._hands.began = self._clock.now()
        for number, step in enumerate(self._steps):
            self._told.states[number] = "now"
            self._tell(self._told)
            seen = self._perform(step)
            if self._pace.waits_for_visitors:
                self._await_visitor(step.awaits_visitor_s)
                self._stay(step.stays_s)
            self._told.states[number], self._told.at[number] = ("done" if seen else "passed"), self._clock.now()
            self._tell(self._told)
            on_step(step, self._clock.now())

    def await_all(self, within_s: float = 60.0) -> None:
        """Let nothing begin before every process is there and the gateway has told of its units; time stands still."""
        until = self._real() + within_s
        problem = ""
        while self._real() < until:
            self._wait(_LOOKS_EVERY_S)
            try:
                if self._hands.look().scene.units:
                    return
            except NotReadyError as error:
                problem = str(error)
        raise StepMissingError("all processes running: " + (problem or "the gateway has not reported its units"))

    def give_up(self, error: StepMissingError) -> None:
        """Say on the screen why the story goes no further."""
        self._told.stuck = str(error)
        self._tell(self._told)

    def linger(self) -> None:
        """After the story: keep time as the visitor wishes, for as long as they stay."""
        self._acting = False
        while True:
            self._look()

    def _perform(self, step: Step) -> bool:
        """Whether it was seen; False where a visitor was quicker. Raises StepMissingError."""
        if step.visitor_s and self._pace.waits_for_visitors and self._wish().came:
            self._give_way(step)
        self._long, self._acting = step.takes_s > 0, bool(step.deeds)
        problem = "nothing answers"
        waiting = list(step.deeds)
        patient_until = self._clock.now() + step.takes_s
        until = self._real() + step.within_s
        while self._real() < until:
            moment = self._look()
            if self._clock.now() < patient_until:
                until = self._real() + step.within_s
            if moment is not None:
                if step.seen(moment):
                    return True
                if self._pace.waits_for_visitors and step.over(moment):
                    return False
                problem = self._act(waiting, moment) or moment.summary()
        raise StepMissingError(f"{step.name} ({step.en}): {problem}")

    def _await_visitor(self, within_s: float) -> None:
        """Until somebody looks; hardly any time passes meanwhile, or they would miss what they came for."""
        until = self._real() + within_s
        self._alone = True
        while self._real() < until and not self._wish().came:
            self._look()
        self._alone = False

    def _stay(self, seconds: float) -> None:
        until = self._real() + seconds
        while self._real() < until:
            self._look()

    def _give_way(self, step: Step) -> None:
        """Let a visitor do it first."""
        until = self._real() + step.visitor_s * (_PATIENCE if self._visited else 1.0)
        while (left := until - self._real()) > 0:
            self._told.waits_for_visitor_s = left
            self._tell(self._told)
            moment = self._look()
            if moment is not None and (step.seen(moment) or step.over(moment)):
                self._visited = True
                break
        self._told.waits_for_visitor_s = 0.0

    def _act(self, waiting: list[Deed], moment: Moment) -> str:
        """Do the next deed; what is in its way, if anything is."""
        if not waiting:
            return ""
        try:
            self._hands.do(waiting[0], moment)
        except NotReadyError as error:
            return str(error)
        waiting.pop(0)
        return ""

    def _look(self) -> Moment | None:
        """Wait a moment and look; None while a process does not answer."""
        self._wait(_LOOKS_EVERY_S)
        try:
            moment = self._hands.look()
            self._ring_out(moment.scene)
        except NotReadyError:
            return None
        self._keep_time(moment.scene)
        return moment

    def _ring_out(self, scene: Scene) -> None:
        """Let calls that nobody took end, as the phone company would."""
        for message in scene.messages:
            if message.kind == "voice" and not message.over and not message.rings(scene.now):
                self._hands.ring_out(message)

    def _keep_time(self, scene: Scene) -> None:
        """Choose how fast domain time runs now."""
        wish = self._wish()
        if wish.presses != self._presses:
            self._presses, self._calm_until = wish.presses, self._real() + _CALM_S
        calm = self._acting or self._real() < self._calm_until
        at_work = calm or any(alert.holds_time for alert in scene.alerts)
        if wish.skips != self._skips:
            self._skips = wish.skips
            self._skip(scene, at_work=at_work)
        rate = wish.pace or self._natural(scene, at_work=at_work)
        skipping = self._is_skipping(scene, at_work=at_work)
        if skipping != self._told.skipping:
            self._told.skipping = skipping
            self._tell(self._told)
        if skipping:
            rate = self._pace.skipping
        if rate != self._clock.rate():
            self._clock.set(rate=rate)

    def _natural(self, scene: Scene, *, at_work: bool) -> float:
        if at_work or self._alone:
            return self._pace.at_work
        due = next_due(scene, at_work=False)
        near = due is not None and due - scene.now < _NEAR_S
        return self._pace.near_a_deadline if near else self._pace.ordinary

    def _is_skipping(self, scene: Scene, *, at_work: bool) -> bool:
        if at_work:
            self._skip_until = None
            return False
        if self._pace.skips_by_itself and self._long:
            due = next_due(scene, at_work=False)
            return due is None or due - scene.now > _FAST_BEFORE_DUE_S
        if self._skip_until is not None and self._clock.now() >= self._skip_until:
            self._skip_until = None
        return self._skip_until is not None

    def _skip(self, scene: Scene, *, at_work: bool) -> None:
        """Go to just before the next deadline."""
        due = next_due(scene, at_work=at_work)
        if due is None:
            return
        ahead_s = due - _BEFORE_DUE_S - self._clock.now()
        if 0 < ahead_s <= _JUMP_S:
            self._clock.set(ahead_s=ahead_s)
        elif ahead_s > 0:
            self._skip_until = due - _FAST_BEFORE_DUE_S


def next_due(scene: Scene, *, at_work: bool) -> float | None:
    """When something falls due: for an open alert its next timer, else the first silence that would be too long."""
    if at_work:
        return scene.next_due
    silences = [unit.deadline for unit in scene.units if unit.deadline is not None and unit.deadline > scene.now]
    return min(silences, default=None)
