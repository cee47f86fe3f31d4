"""What the company writes down about each message and call: the resources of Twilio's REST, as far as they are used."""

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

FINAL_CALL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_numbers = itertools.count(1)
_numbers_lock = threading.Lock()


def new_sid(prefix: str) -> str:
    """A Twilio-shaped identifier: two letters and 32 hexadecimal digits."""
    with _numbers_lock:
        return f"{prefix}{next(_numbers):032x}"


def _rfc2822(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at)


@dataclass
class Sms:
    form: Mapping[str, str]
    sid: str = field(default_factory=lambda: new_sid("SM"))
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: str = "queued"
    error_code: int | None = None
    seen: bool = False  # a test expected it, or its phone was told to take whatever comes

    @property
    def to(self) -> str:
        return self.form["To"]

    @property
    def text(self) -> str:
        return self.form["Body"]

    def resource(self) -> dict[str, object]:
        return {
            "sid": self.sid,
            "to": self.to,
            "from": self.form.get("From"),
            "body": self.text,
            "status": self.status,
            "error_code": self.error_code,
            "error_message": None,
            "direction": "outbound-api",
            "date_created": _rfc2822(self.created),
            "date_sent": _rfc2822(self.created),
            "date_updated": _rfc2822(self.created),
        }


@dataclass
class Call:
    form: Mapping[str, str]
    sid: str = field(default_factory=lambda: new_sid("CA"))
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: str = "queued"
    answered_by: str | None = None
    events: frozenset[str] = frozenset()  # the status callbacks the product asked for
    sequence: int = 0
    seen: bool = False

    @property
    def to(self) -> str:
        return self.form["To"]

    @property
    def over(self) -> bool:
        return self.status in FINAL_CALL

    def resource(self) -> dict[str, object]:
        return {
            "sid": self.sid,
            "to": self.to,
            "from": self.form.get("From"),
            "status": self.status,
            "answered_by": self.answered_by,
            "direction": "outbound-api",
            "date_created": _rfc2822(self.created),
            "date_updated": _rfc2822(self.created),
            "start_time": None if self.status == "queued" else _rfc2822(self.created),
            "end_time": _rfc2822(self.created) if self.over else None,
        }
