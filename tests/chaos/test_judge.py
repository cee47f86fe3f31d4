"""The judge sees each way in which an alert or page can be lost, or come once more than is allowed."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.store.schema import Alert, Notification
from tests.chaos.judge import Verdict, verdict

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)


def _page(
    name: str, channel: str = "sms", state: str = "delivered", after_s: float = 0.0, **more: object
) -> Notification:
    place = {"alert_id": 1, "purpose": "page", "step": 0, "round": 0, "person": "worker:1"}
    return Notification(
        message_id=name, channel=channel, state=state, created_at=AT + timedelta(seconds=after_s), **place, **more
    )


SMS, CALL = _page("sms"), _page("call", "voice", "unanswered")
DOUBT, AFTER_DOUBT = _page("doubt", "voice", "unknown"), _page("after", "sms", after_s=30.0)
MAIL = _page("mail", "email", after_s=30.0)


def _judge(rows: Iterable[Notification], arrived: Iterable[str], state: str = "claimed", reopened: int = 0) -> Verdict:
    alert = Alert(id=1, ref="press-1", state=state, claimed_at=AT + timedelta(seconds=40))
    return verdict([alert], list(rows), {reopened}, ["press-1"], list(arrived))


def test_what_went_as_it_should_is_let_pass() -> None:
    assert _judge([SMS, CALL], ["sms", "call"]) == Verdict(1, (), (), ())


def test_one_page_of_another_kind_after_each_doubt_is_doubled_and_allowed() -> None:
    judged = _judge([DOUBT, AFTER_DOUBT], ["doubt", "after"])
    assert len(judged.doubled) == 1 and not judged.unexplained


def test_steps_of_an_alert_that_was_opened_again_are_gone_through_anew() -> None:
    assert not _judge([SMS, _page("again")], ["sms", "again"], reopened=1).unexplained


@pytest.mark.parametrize(
    ("complaint", "rows", "arrived"),
    [
        ("handed over twice", [SMS], ["sms", "sms"]),
        ("2 pages of one kind", [SMS, _page("again")], ["sms", "again"]),
        (
            "2 more pages after 1",
            [DOUBT, AFTER_DOUBT, _page("mail", "email", after_s=30.0)],
            ["doubt", "after", "mail"],
        ),
        ("long after", [_page("sms", handed_over_real_at=AT + timedelta(seconds=70))], ["sms"]),
        ("nobody wrote down", [SMS], ["sms", "unheard of"]),
    ],
)
def test_a_page_beyond_the_bound_is_unexplained(complaint: str, rows: list[Notification], arrived: list[str]) -> None:
    assert [complaint in case for case in _judge(rows, arrived).unexplained] == [True]


@pytest.mark.parametrize(("complaint", "arrived", "state"), [("nobody", [], "claimed"), ("claimed", ["sms"], "open")])
def test_an_alert_that_nobody_hears_of_or_takes_is_lost(complaint: str, arrived: list[str], state: str) -> None:
    assert [complaint in case for case in _judge([SMS], arrived, state).lost] == [True]
