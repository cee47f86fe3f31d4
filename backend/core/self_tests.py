"""A self-test: messages go the whole way that an alert goes, one by each provider, and their delivery is waited for.

Pure: when one is due, whether it calls as well, and what became of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal, get_args
from zoneinfo import ZoneInfo

KIND = "self_test"  # of its alert; nobody is ever called for one
PERSON = "self_test"  # the organisation's test number, as somebody of the outbox
PURPOSE = "self_test"
CALLS = ("weekly", "daily", "never")  # how often the test number is called beside its SMS
CALL_DAY = 0  # the weekday of a weekly call, as date.weekday(): Monday
WITHIN_S = 600.0  # until when the provider must have said that it was delivered
LATE_S = 3600.0  # from then on a run that nobody began is missing

Problem = Literal[
    "missed", "no_provider", "no_building", "not_taken", "to_nobody", "not_sent", "refused", "unanswered", "no_report",
    "unknown", "no_policy", "nobody_called", "no_way",
]  # fmt: skip
PROBLEMS = get_args(Problem)

# What did not happen, for the alert and the page: (Japanese, English).
WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "missed": ("予定の時刻に始まりませんでした", "it did not begin at its time"),
        "no_provider": (
            "試験番号にSMSか電話を送れる事業者が設定されていません",
            "no provider is configured that could send an SMS or a call to the test number",
        ),
        "no_building": ("建物が登録されていません", "no building is registered"),
        "not_taken": ("通報の受付口が試験の通報を受け取りませんでした", "the gateway API did not take the test report"),
        "to_nobody": ("通報は入りましたが、誰にも送られませんでした", "the alert was handed over to nobody"),
        "not_sent": ("送信待ちのまま、事業者に渡りませんでした", "it was queued and never handed to the provider"),
        "refused": ("事業者が送れないと答えました", "the provider said that it failed"),
        "unanswered": ("電話に誰も出ませんでした", "nobody picked the call up"),
        "no_report": ("届いたという報告がありませんでした", "no delivery report came"),
        "unknown": ("事業者に渡ったかどうか分かりません", "whether the provider has it is not known"),
        "no_policy": ("建物に呼び出しの手順がありません", "a building has no policy with a step"),
        "nobody_called": (
            "建物の緊急の通報で呼び出される人がいません（当番、担当者）",
            "an emergency in a building would call nobody: no step finds a worker, a role or anybody on call",
        ),
        "no_way": (
            "建物の緊急の通報で呼び出される人に、電話・SMS・LINEのどれも届きません",
            "neither call, SMS nor LINE would reach those whom an emergency in a building calls",
        ),
    }
)


@dataclass(frozen=True)
class Handed:
    """How far the message has come: its state in the outbox, and whether it arrived or was picked up."""

    state: str
    has_arrived: bool


def latest(at: time, zone: str, now: datetime) -> datetime:
    """Return when the daily run was due last: `at` is a local time of `zone`."""
    local = now.astimezone(ZoneInfo(zone))
    today = datetime.combine(local.date(), at, ZoneInfo(zone))
    return today if today <= now else datetime.combine(local.date() - timedelta(days=1), at, ZoneInfo(zone))


def is_late(due: datetime, now: datetime) -> bool:
    """Whether a run that was due then, and was not begun, is missing."""
    return (now - due).total_seconds() >= LATE_S


def calls_on(day: date, calls: str) -> bool:
    """Whether the daily run of that day calls the test number beside its SMS; `calls` is one of CALLS."""
    return calls == "daily" or (calls == "weekly" and day.weekday() == CALL_DAY)


def is_over(started_at: datetime, now: datetime) -> bool:
    """Whether a run has had its time."""
    return (now - started_at).total_seconds() >= WITHIN_S


def judge(handed: Handed | None, *, was_taken: bool, is_over: bool) -> Literal["passed"] | Problem | None:
    """Return "passed", what did not happen, or None where it may still happen.

    `handed` None: the engine has queued nothing; `was_taken`: the report has become an alert.
    """
    if handed is not None and handed.has_arrived:
        return "passed"
    if handed is not None and handed.state in _FINAL:
        return _FINAL[handed.state]
    if not is_over:
        return None
    if handed is None:
        return "to_nobody" if was_taken else "not_taken"
    return _AT_THE_END.get(handed.state, "not_sent")


_FINAL: Mapping[str, Problem] = {"failed": "refused", "unanswered": "unanswered"}
_AT_THE_END: Mapping[str, Problem] = {"sent": "no_report", "unknown": "unknown"}
