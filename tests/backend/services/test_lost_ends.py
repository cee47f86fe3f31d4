"""A call whose end was not reported is asked about, and holds nobody else's call up for long."""

from collections.abc import Callable

import pytest

from backend.services import outbox
from backend.services.lost_ends import ASK_AFTER_S, ASK_AGAIN_S, GIVE_UP_S
from backend.services.merging import CALL_S
from tests.backend.town import Town


@pytest.fixture
def town(new_town: Callable[[], Town]) -> Town:
    return new_town()


def states(town: Town, alert_id: int) -> list[str]:
    return [row.state for row in town.rows(alert_id) if row.person == "worker:1" and row.channel == "voice"]


def later(town: Town, seconds: float) -> None:
    """Real time passes, which calls run in; nothing falls due."""
    town.real.advance(seconds=seconds)
    town.post(town.batch())
    town.process.tick()


def test_a_call_that_is_over_ends_as_soon_as_its_provider_says_so(town: Town) -> None:
    first, second = town.alert_everywhere("inactivity", "u101", "u102")
    town.process.tick()
    town.voice.fate = "ended"
    later(town, ASK_AFTER_S - 1)
    assert states(town, first) == ["sent"]
    later(town, 1)
    assert states(town, first) == ["unanswered"]
    assert states(town, second) == ["unanswered"]  # that call spoke of it as well


def test_a_call_that_goes_on_is_left_alone_and_asked_about_again(town: Town) -> None:
    alert_id = town.raise_alert("inactivity")
    town.process.tick()
    later(town, CALL_S + 1)
    assert states(town, alert_id) == ["sent"]
    town.voice.fate = "ended"
    later(town, ASK_AGAIN_S - 1)
    assert states(town, alert_id) == ["sent"]
    later(town, 1)
    assert states(town, alert_id) == ["unanswered"]


def test_what_no_provider_knows_ends_once_it_must_be_over(town: Town) -> None:
    alert_id = town.raise_alert("inactivity")
    town.process.tick()
    town.voice.knows = False
    later(town, CALL_S - 1)
    assert states(town, alert_id) == ["sent"]
    later(town, ASK_AGAIN_S)
    assert states(town, alert_id) == ["unanswered"]


def test_no_call_is_believed_to_go_on_for_ever(town: Town) -> None:
    alert_id = town.raise_alert("inactivity")
    town.process.tick()
    later(town, GIVE_UP_S)
    assert states(town, alert_id) == ["unanswered"]
    assert [row.problem for row in town.rows(alert_id) if row.channel == "voice"] == ["its end was never reported"]


def test_whoever_waits_is_called_at_once(town: Town) -> None:
    town.raise_alert("emergency", unit="u101")
    town.process.tick()
    second = town.raise_alert("leak", unit="u102")
    town.process.tick()
    assert states(town, second) == ["pending"]
    town.voice.fate = "failed"
    later(town, ASK_AFTER_S)
    assert states(town, second) == ["sent"]


def test_a_key_that_was_pressed_meanwhile_stands(town: Town) -> None:
    alert_id = town.raise_alert("emergency")
    town.process.tick()
    (call,) = town.voice.to(town.phone("aoki"))
    with town.session() as session:
        outbox.answered(session, call.id, "1", now=town.now)
    town.voice.fate = "ended"
    later(town, ASK_AFTER_S)
    assert states(town, alert_id) == ["answered"]
    assert town.alert(alert_id).state == "claimed"
