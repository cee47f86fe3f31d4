"""The check believes a story only as its words tell it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from contract.clock import SharedClock, write_anchor

from backend.demo import building, performance, story
from backend.demo.backstage import Backstage, NotReadyError
from backend.demo.cli import demo
from backend.demo.director import ALONE, Director
from backend.demo.scene import RINGS_S, Message, Phone, Scene, SeenAlert, SeenUnit
from backend.demo.stage import Stage
from backend.demo.story import SECOND, Deed, Moment

START = 1_795_397_400.0
PRESSED, SILENT = building.PRESSES, building.COLLAPSES
SATO, SUZUKI = Phone("+1", "佐藤", "worker", "sato"), Phone("+2", "鈴木", "worker", "suzuki")
TANAKA = Phone("+3", "田中", "coordinator", "tanaka")
YOSHIDA, SON = Phone("+203", "吉田", "resident", unit=SILENT), Phone("+213", "吉田 健", "contact", unit=SILENT)
PHONES = [SATO, SUZUKI, TANAKA, YOSHIDA, SON]


class Troupe:
    """Plays the story by hand: between two looks one more thing happens, as long as the director need not act.

    A test changes one of its `calls` or replaces a method, and so tells a false story.
    """

    def __init__(self, tmp_path: Path) -> None:
        self.real = 0.0
        clock_file = str(tmp_path / "clock.json")
        write_anchor(clock_file, START, 0.0, lambda: self.real)
        self.clock = SharedClock(clock_file, lambda: self.real)
        self.began = 0.0
        self.alerts: dict[str, SeenAlert] = {}
        self.messages: dict[str, Message] = {}
        self.led = "off"
        self.asked = 0
        self.resident, self.first, self.second = YOSHIDA, SATO, SUZUKI  # whose phones ring for the silence
        self.taken_by, self.outcome = "", ""  # instead of whom the story says, and how it ends
        self._acts: Iterator[None] = self._emergency()

    def director(self) -> Director:
        return Director(
            story.day(), self, self.clock, ALONE, lambda told: None, wait=self._wait, real=lambda: self.real
        )

    def look(self) -> Moment:
        next(self._acts, None)
        units = [SeenUnit(unit, "watching", last_sign_at=START) for unit in building.UNITS]
        scene = Scene(self.clock.now(), self.clock.rate(), [*self.alerts.values()], [*self.messages.values()], units)
        bell = {"kinds": ["emergency"], "led": self.led, "up": True}
        hub = {"kinds": ["fine"], "asked": self.asked}
        town: dict[str, Any] = {
            "units": [
                {"unit": PRESSED, "lies_still": False, "nodes": [bell]},
                {"unit": SILENT, "lies_still": True, "nodes": [hub]},
            ]
        }
        return Moment(scene, town, self.began, PHONES)

    def do(self, deed: Deed, moment: Moment) -> None:
        if deed.what == "press":
            self.opens(PRESSED, "emergency", "open")
        elif deed.what == "key":
            who = moment.worker(deed.phone)
            if not any(not call.over for call in moment.messages(deed.unit, deed.kind, who, "voice")):
                raise NotReadyError(f"no call rings at {deed.phone}")
            by = self.taken_by if deed.unit == SILENT and self.taken_by else deed.phone
            self.change(deed.unit, state="claimed", claimed_by=by)
        elif deed.what == "close":
            self.change(deed.unit, state="closed", outcome=self.outcome or deed.detail)
        else:
            self.change(deed.unit, state={"come": "coming", "arrive": "on_site"}[deed.what])

    def ring_out(self, message: Message) -> None:
        self.messages[message.id] = msgspec.structs.replace(message, over=True, missed=True)

    def opens(self, unit: str, kind: str, state: str) -> None:
        self.alerts[unit] = SeenAlert(len(self.alerts) + 1, f"of-{unit}", unit, kind, "P1", state, self.clock.now())

    def change(self, unit: str, **changes: str) -> None:
        self.alerts[unit] = msgspec.structs.replace(self.alerts[unit], **changes)

    def send(self, unit: str, to: Phone, kind: Any) -> None:
        name = f"m{len(self.messages)}"
        self.messages[name] = Message(name, to.number, kind, "", self.clock.now(), alert=f"of-{unit}")

    def opens_unanswered(self) -> None:
        self.change(SILENT, state="open")

    def first_is_called(self) -> None:
        self.send(SILENT, self.first, "voice")

    def _emergency(self) -> Iterator[None]:
        while PRESSED not in self.alerts:
            yield
        self.led = "received"
        yield
        self.send(PRESSED, SATO, "voice")
        while self.alerts[PRESSED].state != "claimed":
            yield
        self.led = "someone_is_coming"
        while self.alerts[PRESSED].state != "closed":
            yield
        yield from self._silence()

    def _silence(self) -> Iterator[None]:
        self.opens(SILENT, "inactivity", "asking")
        yield
        self.asked = 1
        yield
        self.send(SILENT, self.resident, "voice")
        yield from self._rings()
        self.opens_unanswered()
        yield
        self.send(SILENT, self.first, "sms")
        yield
        self.first_is_called()
        yield from self._rings()
        self.send(SILENT, self.second, "voice")

    def _rings(self) -> Iterator[None]:
        until = self.clock.now() + RINGS_S + 5.0
        while self.clock.now() < until:
            yield

    def _wait(self, seconds: float) -> None:
        self.real += seconds


def resumes(troupe: Troupe) -> None:
    troupe.opens_unanswered = lambda: troupe.change(SILENT, state="closed", outcome="resumed")  # type: ignore[method-assign]


def resumes_when_the_first_is_called(troupe: Troupe) -> None:
    def resumed() -> None:
        Troupe.first_is_called(troupe)
        troupe.change(SILENT, state="closed", outcome="resumed")

    troupe.first_is_called = resumed  # type: ignore[method-assign]


def resident_answers(troupe: Troupe) -> None:
    def answers(message: Message) -> None:
        Troupe.ring_out(troupe, message)
        if message.to == YOSHIDA.number:
            troupe.messages[message.id] = msgspec.structs.replace(message, over=True, answered=True)

    troupe.ring_out = answers  # type: ignore[method-assign]


def call_fails(troupe: Troupe) -> None:
    def fails(message: Message) -> None:
        troupe.messages[message.id] = msgspec.structs.replace(message, over=True, missed=message.to != SATO.number)

    troupe.ring_out = fails  # type: ignore[method-assign]


FALSE: list[tuple[str, Callable[[Troupe], Any]]] = [
    ("resident called", lambda troupe: setattr(troupe, "resident", SON)),
    ("resident called", resident_answers),
    ("nobody answered", resumes),
    ("first worker, SMS", lambda troupe: setattr(troupe, "first", TANAKA)),
    ("first worker, call", call_fails),
    ("second worker, call", lambda troupe: setattr(troupe, "second", TANAKA)),
    ("second worker takes it", resumes_when_the_first_is_called),
    ("second worker takes it", lambda troupe: setattr(troupe, "taken_by", "tanaka")),
    ("silence closed", lambda troupe: setattr(troupe, "outcome", "accidental")),
]


@pytest.fixture
def troupe(tmp_path: Path) -> Troupe:
    return Troupe(tmp_path)


def check(troupe: Troupe, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Exit status and last line of `demo check`, played by the troupe."""

    def play(title: str, wanted: object, say: Callable[[str], None]) -> int:
        happened: list[str] = []
        troupe.director().play(lambda step, at: happened.append(step.name))
        return len(happened)

    monkeypatch.setattr(performance, "alone", play)
    monkeypatch.setattr(performance, "synthetic_recording", lambda folder, now: None)
    done = CliRunner().invoke(demo, ["check"])
    return done.exit_code, done.output.splitlines()[-1]


def test_the_story_as_it_is_told_is_believed(troupe: Troupe):
    happened: list[str] = []
    troupe.director().play(lambda step, at: happened.append(step.name))
    assert happened == [step.name for step in story.day()]


@pytest.mark.parametrize(("step", "falsify"), FALSE)
def test_a_false_story_fails_the_check_at_the_step_that_did_not_happen(
    troupe: Troupe, monkeypatch: pytest.MonkeyPatch, step: str, falsify: Callable[[Troupe], Any]
):
    falsify(troupe)
    status, last = check(troupe, monkeypatch)
    assert status == 1
    assert last.startswith(f"demo-check: failed at: {step} ("), last


def test_a_key_is_pressed_on_the_workers_own_phone_or_on_none(tmp_path: Path):
    rings = Message("m", TANAKA.number, "voice", "", START, alert="a")
    alert = SeenAlert(1, "a", SILENT, "inactivity", "P2", "open", START)
    moment = Moment(Scene(START, 1.0, [alert], [rings], []), {"units": []}, START, PHONES)
    hands = Backstage(Stage(str(tmp_path), *range(1, 6)), "secret")
    with pytest.raises(NotReadyError, match="no call rings at suzuki"):
        hands.do(Deed("key", SILENT, "inactivity", SECOND, "1"), moment)
