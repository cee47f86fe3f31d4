"""When a self-test is due, and what became of one."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from backend.core.self_tests import PROBLEMS, WORDS, Handed, calls_on, is_late, judge, latest

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # in Tokyo


def test_the_daily_run_was_due_today_or_else_yesterday() -> None:
    assert latest(time(11, 30), "Asia/Tokyo", NOON) == NOON - timedelta(minutes=30)
    assert latest(time(12, 0), "Asia/Tokyo", NOON) == NOON
    assert latest(time(12, 1), "Asia/Tokyo", NOON) == NOON + timedelta(minutes=1) - timedelta(days=1)


def test_a_run_is_missing_after_an_hour() -> None:
    assert not is_late(NOON, NOON + timedelta(minutes=59))
    assert is_late(NOON, NOON + timedelta(hours=1))


@pytest.mark.parametrize(
    ("handed", "was_taken", "at_once", "at_the_end"),
    [
        (None, False, None, "not_taken"),
        (None, True, None, "to_nobody"),
        (Handed("pending", False), True, None, "not_sent"),
        (Handed("sending", False), True, None, "not_sent"),
        (Handed("sent", False), True, None, "no_report"),
        (Handed("unknown", False), True, None, "unknown"),
        (Handed("failed", False), True, "refused", "refused"),
        (Handed("unanswered", False), True, "unanswered", "unanswered"),
        (Handed("delivered", True), True, "passed", "passed"),
        (Handed("unanswered", True), True, "passed", "passed"),  # picked up, and nobody pressed a key
    ],
)
def test_what_did_not_happen_is_named(
    handed: Handed | None, was_taken: bool, at_once: str | None, at_the_end: str
) -> None:
    assert judge(handed, was_taken=was_taken, is_over=False) == at_once
    assert judge(handed, was_taken=was_taken, is_over=True) == at_the_end


def test_a_weekly_call_is_made_on_mondays() -> None:
    week = [date(2026, 11, 23) + timedelta(days=days) for days in range(7)]
    assert [calls_on(day, "weekly") for day in week] == [True] + [False] * 6
    assert all(calls_on(day, "daily") and not calls_on(day, "never") for day in week)


def test_there_are_words_for_every_problem() -> None:
    assert set(WORDS) == set(PROBLEMS)
