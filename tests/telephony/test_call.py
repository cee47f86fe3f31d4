"""The course of a call, moment by moment, without a telephone."""

from pathlib import Path

import pytest

from backend.channels.desk import Progress, Spoken
from backend.channels.sip.call import Call, Stage, Stuck, refusal
from backend.channels.sip.control import Event
from backend.channels.sip.speech import Clip, Speechless
from backend.config import Sip, SipAccount
from tests.telephony.desks import RememberingDesk

WORDS_S = 4.0


class Phone:
    """Says everything in `WORDS_S`."""

    def __init__(self) -> None:
        self.said: list[tuple[str, ...]] = []
        self.picked_up = 0
        self.hung_up = 0
        self.speechless = False

    def say(self, spoken: Spoken) -> Clip:
        if self.speechless:
            raise Speechless("no voice")
        self.said.append(spoken.sentences)
        return Clip(Path("words.wav"), WORDS_S)

    def pick_up(self) -> None:
        self.picked_up += 1

    def hang_up(self) -> None:
        self.hung_up += 1


class Scene:
    def __init__(self) -> None:
        self.now = 1000.0
        self.desk, self.phone = RememberingDesk(), Phone()
        waits = Sip("host", (SipAccount("x"),), set_up_s=15, ring_s=25, key_wait_s=6)
        self.call = Call("message-1", self.desk, self.phone, lambda: self.now, waits)

    def hears(self, kind: str, param: str = "") -> None:
        self.call.heard(Event(kind, "outgoing", param))

    def picks_up(self) -> None:
        self.hears("CALL_RINGING")
        self.hears("CALL_ESTABLISHED")
        self.passes()

    def passes(self) -> float:
        """Let time pass until the call wants it; return how long that was."""
        passed_s = self.call.deadline - self.now
        self.now = self.call.deadline
        self.call.passed()
        return passed_s


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_line_that_gives_no_sign_is_given_up(scene: Scene) -> None:
    assert scene.passes() == 15
    assert scene.phone.hung_up == 1
    scene.hears("CALL_CLOSED", "Connection reset by user")
    assert scene.call.end == ("failed", "the line does not answer")


def test_it_rings_for_its_own_time_from_the_first_ring_on(scene: Scene) -> None:
    scene.now += 10
    scene.hears("CALL_PROGRESS")
    assert scene.passes() == 25
    scene.hears("CALL_CLOSED", "487 Request Terminated")
    assert scene.call.end == ("unanswered", "no answer")


def test_it_is_said_three_times_asking_anew_each_time_and_then_what_silence_means(scene: Scene) -> None:
    scene.picks_up()
    scene.desk.script_now = Spoken("en", ("Fire.", "Press 1."), "Goodbye.")
    assert [scene.passes() for _ in range(3)] == [WORDS_S + 6] * 3
    assert scene.phone.said == [("Fire.", "Press 1.")] * 3 + [("Goodbye.",)]
    assert scene.desk.scripts == 3
    assert scene.passes() == WORDS_S + 0.5
    assert scene.phone.hung_up == 1


def test_a_claim_made_meanwhile_is_heard_in_the_next_round(scene: Scene) -> None:
    scene.picks_up()
    scene.desk.script_now = Spoken("en", ("Somebody has it.",))
    scene.passes()
    scene.passes()
    assert scene.phone.said == [("Fire.", "Press 1."), ("Somebody has it.",)]
    assert scene.phone.hung_up == 1


def test_a_key_interrupts_and_is_answered(scene: Scene) -> None:
    scene.picks_up()
    scene.now += 1
    scene.hears("CALL_DTMF_START", "1")
    assert scene.phone.said[-1] == ("Thank you.",)
    assert scene.passes() == WORDS_S + 0.5
    scene.hears("CALL_CLOSED")
    assert scene.call.stage is Stage.OVER


def test_two_says_it_again_and_again_three_times(scene: Scene) -> None:
    scene.picks_up()
    scene.passes()
    scene.hears("CALL_DTMF_START", "2")
    assert scene.desk.pressed == ["2"]
    for _ in range(3):
        assert scene.phone.said[-1] == ("Fire.", "Press 1.")
        scene.passes()
    assert scene.phone.said[-1] == ("Goodbye.",)


def test_a_key_during_the_last_words_still_counts(scene: Scene) -> None:
    scene.picks_up()
    for _ in range(3):
        scene.passes()
    assert scene.phone.said[-1] == ("Goodbye.",)
    scene.hears("CALL_DTMF_START", "1")
    assert (scene.desk.pressed, scene.phone.said[-1]) == (["1"], ("Thank you.",))


def test_a_key_before_it_was_picked_up_or_after_it_was_hung_up_is_none(scene: Scene) -> None:
    scene.hears("CALL_DTMF_START", "1")
    scene.passes()
    scene.hears("CALL_DTMF_START", "1")
    assert scene.desk.pressed == []


def test_nobody_holds_a_line_for_ever(scene: Scene) -> None:
    scene.picks_up()
    while not scene.phone.hung_up:
        assert scene.now < 1000 + 400, "this call never ends"
        scene.hears("CALL_DTMF_START", "2")
        scene.passes()
    assert scene.now > 1000 + 300


def test_a_desk_that_is_away_is_asked_again_each_second(scene: Scene) -> None:
    scene.desk.away = True
    with pytest.raises(RuntimeError):
        scene.picks_up()
    with pytest.raises(RuntimeError):
        scene.passes()
    scene.desk.away = False
    assert scene.passes() == 1
    assert scene.phone.said == [("Fire.", "Press 1.")]


def test_a_key_that_could_not_be_taken_is_not_answered(scene: Scene) -> None:
    scene.picks_up()
    scene.desk.away = True
    with pytest.raises(RuntimeError):
        scene.hears("CALL_DTMF_START", "1")
    scene.desk.away = False
    scene.passes()
    assert scene.phone.said == [("Fire.", "Press 1.")] * 2


def test_what_cannot_be_said_ends_the_call_as_a_failure(scene: Scene) -> None:
    scene.phone.speechless = True
    scene.picks_up()
    scene.hears("CALL_CLOSED")
    assert scene.call.end == ("failed", "cannot be said: no voice")


def test_a_call_of_which_nobody_knows_any_more_ends(scene: Scene) -> None:
    scene.desk.script_now = None  # type: ignore[assignment]
    scene.picks_up()
    scene.hears("CALL_CLOSED")
    assert scene.call.end == ("failed", "the call is no longer known")


def test_a_call_that_does_not_end_is_stuck(scene: Scene) -> None:
    scene.passes()
    with pytest.raises(Stuck):
        scene.passes()


@pytest.mark.parametrize(
    ("reason", "end"),
    [
        ("486 Busy Here", ("unanswered", "busy")),
        ("600 Busy Everywhere", ("unanswered", "busy")),
        ("603 Decline", ("unanswered", "declined")),
        ("480 Temporarily Unavailable", ("unanswered", "no answer")),
        ("408 Request Timeout", ("unanswered", "no answer")),
        ("404 Not Found", ("failed", "number cannot be called (404 Not Found)")),
        ("403 Forbidden", ("failed", "the line refused: 403 Forbidden")),
        ("503 Service Unavailable", ("failed", "the line refused: 503 Service Unavailable")),
        ("Connection refused", ("failed", "the line refused: Connection refused")),
        ("", ("failed", "the line refused: no reason given")),
        ("48", ("failed", "the line refused: 48")),
    ],
)
def test_every_end_has_a_reason(scene: Scene, reason: str, end: tuple[Progress, str]) -> None:
    scene.hears("CALL_CLOSED", reason)
    assert scene.call.end == end == refusal(reason)
