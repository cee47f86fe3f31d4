"""The judge of the chaos sees what came too early, twice, or while somebody had the alert."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from backend.adapters.store.schema import Alert, AlertEvent, Notification
from tests.chaos import judge
from tests.chaos.town import FORGOTTEN_S, STEP_S
from tests.phone_company.records import Call

BEGAN = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


def history(*events: tuple[float, str, dict[str, Any]]) -> dict[int, list[AlertEvent]]:
    """The events of alert 1: when, what, and with what detail."""
    return {
        1: [
            AlertEvent(id=number, alert_id=1, at=at(seconds), what=what, detail=detail)
            for number, (seconds, what, detail) in enumerate(events)
        ]
    }


def told(seconds: float, what: str, **detail: Any) -> tuple[float, str, dict[str, Any]]:
    return seconds, what, detail


def alert(priority: str = "P2") -> Alert:
    return Alert(id=1, ref="silent-1", priority=priority, open_due_at=at(10))


def page(created_s: float, **more: Any) -> Notification:
    row = Notification(alert_id=1, message_id="m1", channel="voice", person="worker:1", purpose="page")
    row.step, row.round, row.state, row.created_at = 0, 0, "sent", at(created_s)
    for name, value in more.items():
        setattr(row, name, value)
    return row


def test_a_step_before_the_last_ones_wait_is_over_has_come_too_early() -> None:
    def found(
        second_s: float, *between: tuple[float, str, dict[str, Any]], pages: list[Notification] | None = None
    ) -> list[str]:
        events = history(
            told(0, "paged", step=0, round=0, people=["worker:1"]),
            *between,
            told(second_s, "paged", step=1, round=0, people=["worker:1"]),
        )
        return judge._steps_too_early([alert("P1")], pages or [], events)

    assert found(STEP_S - 1)
    assert not found(STEP_S)
    assert not found(1, told(0.5, "call_unanswered"))
    assert found(1, told(0.5, "note"))
    assert not found(1, pages=[page(0, alert_id=2)])  # its people are called for another one
    assert found(1, pages=[page(0)])


def test_what_may_happen_once_has_happened_twice() -> None:
    first = told(0, "paged", step=0, round=0)
    assert judge._steps_twice([alert()], history(first, told(30, "paged", step=0, round=0)))
    assert judge._steps_twice([alert()], history(told(0, "opened"), told(1, "opened")))
    assert not judge._steps_twice([alert()], history(first, told(30, "paged", step=0, round=1)))


def test_a_call_arrives_before_the_asking_is_over() -> None:
    def found(seconds: float) -> list[str]:
        call = Call(form={"StatusCallback": "https://watch.example/calls/m1/status"}, created=at(seconds))
        company: Any = SimpleNamespace(messages=[], calls=[call])
        return judge._before_the_asking_ended([alert()], [page(0)], company)

    assert found(9)
    assert not found(10)


def test_a_page_is_decided_while_somebody_has_the_alert() -> None:
    claimed = history(told(0, "claimed"), told(12, "claim_forgotten"), told(13, "claimed"))
    found = [bool(judge._while_held([page(when)], Counter({"m1": 1}), claimed)) for when in (-1, 5, 12.5, 14)]
    assert found == [False, True, False, True]


def test_a_page_is_handed_over_long_after_the_claim() -> None:
    late = [
        judge._is_late(history(told(0, "claimed"))[1], page(-1, handed_over_real_at=at(seconds)))
        for seconds in (19, 21)
    ]
    assert late == [False, True]


def test_what_was_taken_before_a_claim_may_go_out_once_that_is_forgotten() -> None:
    again = history(told(0, "claimed"), told(30, "claim_forgotten"), told(40, "claimed"))[1]
    late = [judge._is_late(again, page(-1, handed_over_real_at=at(seconds))) for seconds in (25, 35, 45, 65)]
    assert late == [True, False, False, True]


def test_a_claim_is_forgotten_before_its_time_or_twice() -> None:
    early = history(told(0, "claimed"), told(FORGOTTEN_S - 1, "claim_forgotten"))
    twice = history(told(0, "claimed"), told(FORGOTTEN_S, "claim_forgotten"), told(FORGOTTEN_S + 1, "claim_forgotten"))
    in_time = history(told(0, "claimed"), told(FORGOTTEN_S, "claim_forgotten"), told(20, "claimed"))
    assert judge._forgotten_too_early([alert()], early)
    assert judge._forgotten_too_early([alert()], twice)
    assert not judge._forgotten_too_early([alert()], in_time)


def test_of_each_page_in_doubt_one_more_is_allowed_by_another_kind() -> None:
    doubt = page(0, state="unknown", message_id="doubt")
    second, third = (page(30, message_id=name, channel=name) for name in ("sms", "email"))
    assert not judge._beyond_the_doubts([doubt], [second])
    assert judge._beyond_the_doubts([doubt], [second, third])


def test_one_kind_has_reached_a_person_twice_in_a_step() -> None:
    arrived = Counter({"m1": 1, "m2": 1})
    assert judge._written_twice([page(0), page(5, message_id="m2")], arrived)
    assert not judge._written_twice([page(0), page(5, message_id="m2", channel="sms")], arrived)
    assert not judge._written_twice([page(0), page(5, message_id="m2", round=1)], arrived)
