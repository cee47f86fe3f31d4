"""The counting at the far end sees each way in which a page can be lost or come twice."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.store.schema import Alert, Notification
from tests.system.counting import Pages

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
