"""The course of a call that comes in, moment by moment, without a telephone."""

import pytest

from backend.channels.desk import InboundCall, Spoken
from backend.channels.sip.call import Stage, Stuck
from backend.channels.sip.control import Event
from backend.channels.sip.incoming import Incoming, number_in
from backend.config import Sip, SipAccount
from tests.telephony.desks import RememberingSwitchboard
from tests.telephony.test_call import WORDS_S, Phone

NUMBER = "+815011112222"


class Scene:
    def __init__(self) -> None:
        self.now = 1000.0
        self.switchboard, self.phone = RememberingSwitchboard(), Phone()
        waits = Sip("host", (SipAccount("x"),), set_up_s=15, ring_s=25, key_wait_s=6)
        event = Event("CALL_INCOMING", "incoming", "", "call-1", "sip:09011112222@192.0.2.1;user=phone")
        account = SipAccount("x", number=NUMBER)
        self.call = Incoming(event, account, self.switchboard, self.phone, lambda: self.now, waits)

    def hears(self, kind: str, param: str = "") -> None:
        self.call.heard(Event(kind, "incoming", param, "call-1"))

    def passes(self) -> float:
        passed_s = self.call.deadline - self.now
        self.now = self.call.deadline
        self.call.passed()
        return passed_s

    def is_picked_up(self) -> None:
        self.passes()
        self.hears("CALL_ESTABLISHED")
        self.passes()


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_it_is_written_down_with_both_numbers_before_it_is_picked_up(scene: Scene) -> None:
    scene.switchboard.away = True
    with pytest.raises(RuntimeError):
        scene.passes()
    assert scene.phone.picked_up == 0
    scene.switchboard.away = False
    scene.passes()
    assert scene.switchboard.calls == [InboundCall("sip-voice", "call-1", "09011112222", NUMBER)]
    assert scene.phone.picked_up == 1
    assert scene.phone.said == []


def test_a_key_is_answered_and_the_call_ends(scene: Scene) -> None:
    scene.is_picked_up()
    assert scene.phone.said == [scene.switchboard.first.sentences]
    scene.hears("CALL_DTMF_START", "1")
    assert scene.switchboard.pressed == ["1"]
    assert scene.phone.said[-1] == ("Noted.",)
    scene.hears("CALL_DTMF_START", "3")
    assert scene.switchboard.pressed == ["1"]
    scene.passes()
    assert scene.phone.hung_up == 1
    scene.hears("CALL_CLOSED")
    assert scene.call.stage is Stage.OVER


def test_silence_is_an_answer_after_the_words_and_the_wait(scene: Scene) -> None:
    scene.is_picked_up()
    assert scene.passes() == WORDS_S + 6
    assert scene.switchboard.pressed == [""]
    assert scene.phone.said[-1] == (scene.switchboard.first.if_silent,)


def test_whoever_has_only_to_be_told_something_is_told_it_once(scene: Scene) -> None:
    scene.switchboard.first = Spoken("en", ("Somebody calls you back.",))
    scene.is_picked_up()
    scene.passes()
    assert (len(scene.phone.said), scene.phone.hung_up, scene.switchboard.pressed) == (1, 1, [])


def test_a_switchboard_that_stays_away_leaves_the_caller_an_engaged_line(scene: Scene) -> None:
    scene.switchboard.away = True
    for _ in range(15):
        with pytest.raises(RuntimeError):
            scene.passes()
    scene.passes()
    assert (scene.phone.picked_up, scene.phone.hung_up) == (0, 1)


def test_what_cannot_be_said_ends_the_call_and_the_end_is_told(scene: Scene) -> None:
    scene.phone.speechless = True
    scene.is_picked_up()
    assert scene.phone.hung_up == 1
    scene.call.tell_end()
    assert scene.switchboard.ended == ["call-1"]


def test_a_call_that_another_line_has_taken_is_not_ended_by_this_one(scene: Scene) -> None:
    scene.passes()
    scene.hears("CALL_CLOSED", "Call cancelled")
    assert scene.call.stage is Stage.OVER
    scene.call.tell_end()
    assert scene.switchboard.ended == []


def test_nobody_holds_a_line_for_ever(scene: Scene) -> None:
    scene.is_picked_up()
    scene.now += 90
    scene.call.passed()
    assert scene.phone.hung_up == 1


def test_a_call_that_does_not_end_is_stuck(scene: Scene) -> None:
    scene.is_picked_up()
    scene.now += 90
    scene.call.passed()
    with pytest.raises(Stuck):
        scene.passes()


@pytest.mark.parametrize(
    ("uri", "number"),
    [
        ("sip:09011112222@192.0.2.1", "09011112222"),
        ("sip:+819011112222@host;user=phone", "+819011112222"),
        ("sips:%2B819011112222@host", "+819011112222"),
        ("tel:+819011112222", "+819011112222"),
        ("sip:anonymous@anonymous.invalid", ""),
        ("sip:09011112222;phone-context=x@host", "09011112222"),
        ("sip:@host", ""),
        ("sip:" + "9" * 400, ""),
        ("09011112222", ""),
        ("sip:0901\n1112222@host", ""),
        ("", ""),
    ],
)
def test_the_callers_number_is_read_or_taken_for_withheld(uri: str, number: str) -> None:
    assert number_in(uri) == number
