"""The director, with a clock in a file and everything else played by hand."""

from collections.abc import Callable
from copy import deepcopy
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from contract.clock import SharedClock, write_anchor

from backend.demo import story
from backend.demo.backstage import NotReadyError, Told, Wish
from backend.demo.director import ALONE, BEFORE_A_VISITOR, Director, Pace, StepMissingError, next_due
from backend.demo.scene import Message, Scene, SeenAlert, SeenUnit
from backend.demo.story import Deed, Moment, Step

START = 1_795_397_400.0


class World:
    """What the director sees and does: `alerts` and so on are set by the test, real time passes by waiting."""

    def __init__(self, tmp_path: Path) -> None:
        self.real = 0.0
        clock_file = str(tmp_path / "clock.json")
        write_anchor(clock_file, START, 0.0, lambda: self.real)
        self.clock = SharedClock(clock_file, lambda: self.real)
        self.began = 0.0
        self.alerts: list[SeenAlert] = []
        self.units: list[SeenUnit] = []
        self.messages: list[Message] = []
        self.next_due: float | None = None
        self.done: list[str] = []
        self.rates: list[float] = []
        self.told: list[Told] = []
        self.wish = Wish()
        self.events: list[tuple[float, Callable[[], None]]] = []
        self.refuses = 0
        self.lies_still = ""

    def director(self, *steps: Step, pace: Pace = BEFORE_A_VISITOR) -> Director:
        return Director(
            steps,
            self,
            self.clock,
            pace,
            lambda told: self.told.append(deepcopy(told)),
            lambda: self.wish,
            self._wait,
            lambda: self.real,
        )

    def at(self, real: float, event: Callable[[], None]) -> None:
        self.events.append((real, event))

    def look(self) -> Moment:
        self.rates.append(self.clock.rate())
        scene = Scene(self.clock.now(), self.clock.rate(), self.alerts, self.messages, self.units, self.next_due)
        return Moment(scene, {"units": [{"unit": self.lies_still, "lies_still": True, "nodes": []}]}, self.began, [])

    def do(self, deed: Deed, moment: Moment) -> None:
        if self.refuses > 0:
            self.refuses -= 1
            raise NotReadyError("not yet")
        self.done.append(deed.what)
        self.alerts.append(alert("open"))

    def ring_out(self, message: Message) -> None:
        self.done.append(f"rung out {message.id}")
        self.messages = []

    def _wait(self, seconds: float) -> None:
        self.real += seconds
        for event in [one for when, one in self.events if when <= self.real]:
            event()
        self.events = [(when, one) for when, one in self.events if when > self.real]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def alert(state: str, priority: str = "P1") -> SeenAlert:
    return SeenAlert(1, "a", "101", "emergency", priority, state, START)


def opened(moment: Moment) -> bool:
    return moment.reached("101", "emergency", "open")


PRESS = Step("press", "押す", "press", opened, (Deed("press", "101"),), within_s=5.0)


def test_a_step_is_done_and_then_waited_for(world: World):
    happened: list[str] = []
    world.director(PRESS).play(lambda step, at: happened.append(step.name))
    assert (world.done, happened) == (["press"], ["press"])
    assert world.told[-1].states == ["done"]


def test_a_deed_that_cannot_be_done_yet_is_tried_again(world: World):
    world.refuses = 3
    world.director(PRESS).play()
    assert world.done == ["press"]


def test_the_first_step_that_does_not_happen_is_named_with_what_was_seen(world: World):
    never = Step("never", "", "never happens", lambda moment: False, within_s=2.0)
    with pytest.raises(StepMissingError, match=r"never \(never happens\).*101 emergency open"):
        world.director(PRESS, never).play()


def test_time_runs_fast_in_ordinary_life_and_as_people_do_while_an_alert_is_open(world: World):
    wait = Step("wait", "", "", lambda moment: len(world.rates) > 5)
    world.director(wait, PRESS, Step("wait", "", "", lambda moment: len(world.rates) > 12)).play()
    assert world.rates[1] == 60.0 and world.rates[-1] == 1.0


@pytest.mark.parametrize(("state", "priority"), [("closed", "P1"), ("open", "T")])
def test_a_technical_or_closed_alert_does_not_hold_time(world: World, state: str, priority: str):
    world.alerts = [alert(state, priority)]
    world.director(Step("wait", "", "", lambda moment: len(world.rates) > 5)).play()
    assert world.rates[-1] == 60.0


def test_what_the_story_does_begins_slowly_so_that_its_call_still_rings_when_it_is_seen(world: World):
    rates: list[float] = []
    do = world.do
    world.do = lambda deed, moment: (rates.append(world.clock.rate()), do(deed, moment))  # type: ignore[method-assign]
    world.director(Step("wait", "", "", lambda moment: len(world.rates) > 5), PRESS).play()
    assert world.rates[4] == 60.0 and rates == [1.0]


def test_after_the_story_time_runs_as_in_ordinary_life(world: World):
    class LeavesError(Exception):
        pass

    def leave() -> None:
        raise LeavesError

    director = world.director(PRESS)
    director.play()
    world.alerts = [alert("closed")]
    world.at(world.real + 5.0, leave)
    with pytest.raises(LeavesError):
        director.linger()
    assert world.rates[-1] == 60.0


def test_time_slows_down_for_a_visitor_who_presses_before_there_is_an_alert(world: World):
    world.at(2.0, lambda: setattr(world, "wish", Wish(presses=1)))
    world.director(Step("wait", "", "", lambda moment: world.real > 20.0)).play()
    paces = [(rate, len(list(looks))) for rate, looks in groupby(world.rates)]
    assert [rate for rate, _ in paces] == [0.0, 60.0, 1.0, 60.0] and 20 <= paces[2][1] <= 30


def test_a_visitor_may_act_first(world: World):
    world.wish = Wish(came=True)
    world.at(3.0, lambda: world.alerts.append(alert("open")))
    step = Step("press", "", "", opened, (Deed("press", "101"),), visitor_s=8.0)
    world.director(step).play()
    assert world.done == [] and world.real < 4.0


def test_a_visitor_who_goes_another_way_is_not_waited_for(world: World):
    world.wish = Wish(came=True)
    world.at(3.0, lambda: world.alerts.append(alert("closed")))
    step = Step("press", "", "", lambda moment: False, visitor_s=8.0, over=opened)
    world.director(step).play()
    assert world.told[-1].states == ["passed"] and world.real < 4.0


def test_where_nobody_is_there_the_story_acts_at_once(world: World):
    world.director(Step("press", "", "", opened, (Deed("press", "101"),), visitor_s=8.0)).play()
    assert world.done == ["press"] and world.real < 1.0


def test_when_no_visitor_acts_the_story_does(world: World):
    world.wish = Wish(came=True)
    step = Step("press", "", "", opened, (Deed("press", "101"),), visitor_s=8.0)
    world.director(step).play()
    assert world.done == ["press"] and world.real >= 8.0
    assert any(told.waits_for_visitor_s > 0 for told in world.told)


def test_a_step_that_a_visitor_overtook_is_passed_over(world: World):
    step = Step("ring", "", "", lambda moment: False, over=lambda moment: True)
    world.director(step).play()
    assert world.told[-1].states == ["passed"]


def test_skipping_runs_fast_to_just_before_the_next_silence_that_is_too_long(world: World):
    world.units = [
        SeenUnit("101", "watching", deadline=START + 9000),
        SeenUnit("102", "watching", deadline=START + 600),
    ]
    world.at(1.0, lambda: setattr(world, "wish", Wish(skips=1)))
    world.director(Step("wait", "", "", lambda moment: moment.scene.now >= START + 590)).play()
    pace = BEFORE_A_VISITOR
    paces = [rate for rate, _ in groupby(world.rates)]
    assert paces == [0.0, pace.ordinary, pace.skipping, pace.ordinary, pace.near_a_deadline]


def test_skipping_while_an_alert_is_open_leaps_to_its_next_deadline(world: World):
    world.alerts, world.next_due = [alert("open")], START + 20.0
    world.wish = Wish(skips=1)
    world.director(Step("wait", "", "", lambda moment: len(world.rates) > 3)).play()
    assert START + 16.9 < world.clock.now() < START + 20
    assert world.clock.rate() == 1.0


def test_nothing_due_is_nothing_to_skip_to():
    assert next_due(Scene(START, 1.0, [], [], []), at_work=False) is None
    assert next_due(Scene(START, 1.0, [], [], [SeenUnit("1", "watching", deadline=START - 1)]), at_work=False) is None


def test_the_visitors_pace_goes_before_the_storys(world: World):
    world.wish = Wish(pace=1.0)
    world.director(Step("wait", "", "", lambda moment: len(world.rates) > 3)).play()
    assert world.rates[-1] == 1.0


def test_alone_long_waits_are_skipped_and_others_are_not(world: World):
    short = Step("short", "", "", lambda moment: len(world.rates) > 4)
    world.director(short, pace=ALONE).play()
    assert world.rates[-1] == 60.0
    world.director(Step("long", "", "", lambda moment: len(world.rates) > 9, takes_s=3600.0), pace=ALONE).play()
    assert world.rates[-1] == ALONE.skipping


@pytest.mark.parametrize("pace", [BEFORE_A_VISITOR, ALONE])
def test_a_recording_of_days_is_awaited_to_its_cut(world: World, pace: Pace):
    cut_at = START + 3 * 86_400.0
    cut = next(step for step in story.recorded(START, cut_at) if step.name == "recording cut")
    world.lies_still = "203"
    world.director(cut, pace=pace).play()
    assert world.clock.now() >= cut_at


def test_a_cut_that_does_not_come_is_missed_soon_after(world: World):
    cut = next(step for step in story.recorded(START, START + 3600.0) if step.name == "recording cut")
    with pytest.raises(StepMissingError, match="recording cut"):
        world.director(cut).play()
    assert 60.0 + cut.within_s <= world.real < 65.0 + cut.within_s, "an hour at 60×, and then its patience"


def test_a_call_that_nobody_takes_rings_out(world: World):
    world.messages = [Message("m1", "+1", "voice", "", at=START - 19), Message("m2", "+1", "voice", "", at=START - 2)]
    assert [one.rings(START) for one in world.messages] == [False, True]
    world.director(PRESS).play()
    assert "rung out m1" in world.done and "rung out m2" not in world.done


def test_processes_that_do_not_answer_are_waited_for(world: World, monkeypatch: pytest.MonkeyPatch):
    look: Any = world.look
    tries = iter([NotReadyError("web away"), NotReadyError("web away")])

    def sometimes() -> Moment:
        for error in tries:
            raise error
        world.units = [SeenUnit("101", "watching")]
        return look()

    monkeypatch.setattr(world, "look", sometimes)
    world.director(PRESS).await_all()
    assert world.clock.rate() == 0.0, "time stands still until everybody is there"


def test_a_process_that_never_answers_is_named(world: World, monkeypatch: pytest.MonkeyPatch):
    def never() -> Moment:
        raise NotReadyError("web away")

    monkeypatch.setattr(world, "look", never)
    with pytest.raises(StepMissingError, match="web away"):
        world.director(PRESS).await_all(within_s=2.0)


def test_a_visitor_who_acts_is_not_hurried_after_that(world: World):
    world.wish = Wish(came=True)
    world.at(1.0, lambda: world.alerts.append(alert("open")))
    first = Step("press", "", "", opened, visitor_s=8.0)
    second = Step("close", "", "", lambda moment: "close" in world.done, (Deed("close", "101"),), visitor_s=8.0)
    world.director(first, second).play()
    assert world.real > 40.0


def test_a_visitor_has_time_to_look_and_a_check_does_not_need_it(world: World):
    step = Step("look", "", "", lambda moment: True, stays_s=10.0)
    world.director(step, pace=ALONE).play()
    assert world.real < 1.0
    world.director(step).play()
    assert world.real > 10.0


@pytest.mark.parametrize(("ahead_s", "rate"), [(3000.0, 60.0), (30.0, BEFORE_A_VISITOR.near_a_deadline)])
def test_close_to_a_deadline_time_runs_slowly_so_that_the_asking_is_seen(world: World, ahead_s: float, rate: float):
    world.units = [SeenUnit("101", "watching", deadline=START + ahead_s)]
    world.director(Step("wait", "", "", lambda moment: len(world.rates) > 5)).play()
    assert world.rates[-1] == rate


def test_the_story_waits_for_somebody_to_look_and_hardly_any_time_passes(world: World):
    step = Step("ordinary", "", "", lambda moment: True, awaits_visitor_s=90.0, stays_s=5.0)
    world.at(30.0, lambda: setattr(world, "wish", Wish(came=True)))
    world.director(step).play()
    assert 35.0 <= world.real < 40.0
    waited, stayed = world.rates[2:100], world.rates[-20:]
    assert set(waited) == {1.0} and set(stayed) == {60.0}


def test_the_story_begins_by_itself_where_nobody_comes(world: World):
    world.director(Step("ordinary", "", "", lambda moment: True, awaits_visitor_s=90.0)).play()
    assert 90.0 <= world.real < 95.0
    world.real = 0.0
    world.director(Step("ordinary", "", "", lambda moment: True, awaits_visitor_s=90.0), pace=ALONE).play()
    assert world.real < 1.0
