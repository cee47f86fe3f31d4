"""The counting at the far end sees each way in which a page can be lost or come twice."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.store.schema import Alert, Notification
from tests.system.counting import Pages, assert_each_press_is_one_alert, assert_every_event_is_journalled

CLAIMED_AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
HALF_A_MINUTE = timedelta(seconds=30)


def _page(name: str, channel: str = "sms", *, step: int = 0, state: str = "delivered", **more: object) -> Notification:
    place = {"alert_id": 1, "purpose": "page", "step": step, "round": 0, "person": "worker:1"}
    return Notification(message_id=name, channel=channel, state=state, **place, **more)


SMS, CALL = _page("sms"), _page("call", "voice", state="unanswered")


def _judge(rows: Iterable[Notification], reached: Iterable[str]) -> None:
    pages = Pages((Alert(id=1, ref="u100", claimed_at=CLAIMED_AT),), tuple(rows), Counter(reached))
    pages.assert_none_is_lost()
    pages.assert_none_is_extra()


def test_what_went_as_it_should_is_let_pass() -> None:
    _judge([SMS, CALL], ["sms", "call"])


@pytest.mark.parametrize(
    ("complaint", "rows", "reached"),
    [
        ("not at the far end", [SMS, CALL], ["call"]),
        ("reached nobody", [_page("sms", state="failed"), CALL], []),
        ("was skipped", [CALL], ["call"]),
        ("was skipped", [_page("sms", step=1)], ["sms"]),
        ("taken back", [SMS, _page("call", state="cancelled", ended_at=CLAIMED_AT - HALF_A_MINUTE), CALL], ["sms"]),
        ("more than once", [SMS, CALL], ["sms", "sms", "call"]),
        ("more than once", [SMS, CALL, _page("again")], ["sms", "call", "again"]),
        ("long after the claim", [_page("sms", handed_over_real_at=CLAIMED_AT + HALF_A_MINUTE), CALL], ["sms"]),
        ("nobody wrote down", [SMS, CALL], ["sms", "call", "unheard of"]),
    ],
)
def test_a_page_that_is_lost_or_extra_is_complained_of(
    complaint: str, rows: list[Notification], reached: list[str]
) -> None:
    with pytest.raises(AssertionError, match=complaint):
        _judge(rows, reached)


def test_an_event_that_is_not_in_the_journal_is_complained_of() -> None:
    there, lost = ("u100-room", "boot", 1), ("u100-room", "boot", 2)
    assert_every_event_is_journalled({there}, [there])
    with pytest.raises(AssertionError, match="1 events lost"):
        assert_every_event_is_journalled({there}, [there, lost])


def test_one_alert_with_one_press_in_each_unit_is_let_pass() -> None:
    assert_each_press_is_one_alert([("u101", 1), ("u100", 1)], ["u100", "u101"])


@pytest.mark.parametrize(
    ("complaint", "alerts"),
    [
        ("lost.*u101", [("u100", 1)]),
        ("doubled.*u100", [("u100", 1), ("u100", 1)]),
        ("pressed twice.*u100", [("u100", 2), ("u101", 1)]),
        ("unheard of.*u102", [("u100", 1), ("u101", 1), ("u102", 1)]),
    ],
)
def test_an_alert_that_is_lost_or_doubled_is_complained_of(complaint: str, alerts: list[tuple[str, int]]) -> None:
    with pytest.raises(AssertionError, match=complaint):
        assert_each_press_is_one_alert(alerts, ["u100", "u101"])
