"""What the strip says at each point of the story."""

import pytest

from backend.demo import captions, story
from backend.demo.backstage import Told
from backend.demo.scene import Message, Phone, Scene
from backend.demo.strip import Strip, now

SATO = Phone("+1", "佐藤 恵", "worker", "sato")


def strip(*states: str, messages: tuple[Message, ...] = (), waits_s: float = 0.0) -> Strip:
    names = [(step.name, step.ja, step.en) for step in story.day()]
    told = Told(names, [*states, *["later"] * (len(names) - len(states))], [0.0] * len(names))
    told.waits_for_visitor_s = waits_s
    return now(told, Scene(100.0, 60.0, [], list(messages), []), [SATO])


@pytest.fixture(autouse=True)
def addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.demo.strip.url_for", lambda endpoint, **values: f"/{endpoint}")


@pytest.mark.parametrize(("steps", "recorded"), [(story.day(), False), (story.recorded(0.0, 0.0), True)])
def test_every_step_is_put_into_words(steps: tuple[story.Step, ...], recorded: bool):
    assert len({captions.caption(step.name, recorded=recorded) for step in steps}) == len(steps)


def test_a_recording_is_not_told_as_a_collapse():
    assert "倒れ" in captions.caption("silence noticed", recorded=False).ja
    assert "倒れ" not in captions.caption("silence noticed", recorded=True).ja


def test_it_tells_the_step_that_is_under_way():
    assert strip("done", "now").caption == captions.WHILE["emergency pressed"]
    assert strip("done", "done").caption == captions.WHILE["press received"]


def test_after_the_last_step_it_says_what_a_visitor_can_try():
    shown = strip(*["done"] * len(story.day()))
    assert (shown.caption, shown.step, shown.steps) == (captions.OVER, len(story.day()), len(story.day()))


def test_it_names_whose_phone_rings_and_falls_silent_with_it():
    ringing = Message("m", "+1", "voice", "", at=95.0)
    assert strip("now", messages=(ringing,)).rings == (("佐藤 恵", ("支援員", "worker")),)
    missed = Message("m", "+1", "voice", "", at=50.0)
    assert strip("now", messages=(missed,)).rings == ()


def test_the_countdown_never_says_zero_while_the_demo_still_waits():
    assert strip("now", waits_s=0.2).turn_s == 1
    assert strip("now").turn_s == 0


def test_before_the_director_has_begun_it_says_so():
    assert now(None, Scene(0.0, 0.0, [], [], []), []).caption == captions.BEFORE
