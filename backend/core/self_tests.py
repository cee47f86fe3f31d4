"""A self-test: one message goes the whole way that an alert goes, and its delivery is waited for.

Pure: when one is due, and what became of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from types import MappingProxyType
from typing import Literal, get_args
from zoneinfo import ZoneInfo

KIND = "self_test"  # of its alert; nobody is ever called for one
PERSON = "self_test"  # the organisation's test number, as somebody of the outbox
PURPOSE = "self_test"
KINDS = ("sms", "voice")  # of message, the first that the installation and the number can do
WITHIN_S = 600.0  # until when the provider must have said that it was delivered
LATE_S = 3600.0  # from then on a run that nobody began is missing

Problem = Literal[
    "missed", "no_provider", "no_building", "not_taken", "to_nobody", "not_sent", "refused", "unanswered", "no_report",
    "unknown",
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
