"""What people enter about rotas: local times, people and layers, with every problem by its field."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import request

from backend.core import rota as rules
from backend.errors import Invalid
from backend.services.rota_layers import MOST_HOURS, MOST_TURNS, NO_DAY, LayerDraft
from backend.web.views.rota_forms import LOCAL
from backend.web.views.rota_plan import HoursEntry, LayerEntry

NO_TIME = "is no time"
NO_NUMBER = "is no number"


class Form:
    """The fields of a request. What cannot be read is gathered in `problems`; a value of ours stands in its place."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self.problems: list[Invalid] = []

    def text(self, name: str, most: int = 300) -> str:
        return request.form.get(name, "").strip()[:most]

    def instant(self, name: str) -> datetime:
        """A local time, as ``datetime-local`` sends it."""
        if not self.text(name):
            self._wrong(name, NO_TIME)
        return self.optional_instant(name) or rules.BEGINNING

    def optional_instant(self, name: str) -> datetime | None:
        text = self.text(name)
        if not text:
            return None
        try:
            local = datetime.strptime(text[:16], LOCAL)  # noqa: DTZ007  (the zone is the rota's)
            return rules.instant_of(local.date(), local.time(), self.zone)
        except (ValueError, OverflowError):
            self._wrong(name, NO_TIME)
            return None

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            self._wrong(name, NO_DAY)
            return date.min

    def time(self, name: str, field: str = "") -> time:
        try:
            return time.fromisoformat(self.text(name)[:5])
        except ValueError:
            self._wrong(field or name, NO_TIME)
            return time()

    def number(self, name: str) -> int:
        text = self.text(name)
        if text.isascii() and text.isdigit() and len(text) < 6:
            return int(text)
        self._wrong(name, NO_NUMBER)
        return 0

    def people(self, name: str) -> tuple[str, ...]:
        return tuple(each[:40] for each in request.form.getlist(name) if each)

    def _wrong(self, field: str, problem: str) -> None:
        self.problems.append(Invalid(field, problem, self.text(field)[:40]))


# --- layers ----------------------------------------------------------------------------------------------------------


def layer_draft(form: Form) -> LayerDraft:
    """Read the form of a layer; turns and hours that were left empty are none."""
    turns = tuple(filter(None, (form.people(f"turn-{n}") for n in range(MOST_TURNS + 1))))
    return LayerDraft(
        name=form.text("name"),
        zone=form.text("zone"),
        days=form.number("days"),
        start=form.day("start"),
        handover=form.time("handover"),
        turns=turns,
        hours=tuple(_hours(form, n) for n in range(MOST_HOURS + 1) if _is_filled(n)),
    )


def _hours(form: Form, n: int) -> rules.Hours:
    holidays = form.text(f"hours-{n}-holidays")
    return rules.Hours(
        weekdays=frozenset(int(day) for day in request.form.getlist(f"hours-{n}-day") if day in set("0123456")),
        begin=form.time(f"hours-{n}-begin", "hours"),
        end=form.time(f"hours-{n}-end", "hours"),
        holidays=holidays if holidays in ("excluded", "included") else "ignored",  # type: ignore[arg-type]
    )


def _is_filled(n: int) -> bool:
    return any(request.form.get(f"hours-{n}-{part}") for part in ("begin", "end", "day"))


def layer_entry(ref: str) -> LayerEntry:
    """What was entered, to be shown again as it was."""
    get, many = request.form.get, request.form.getlist
    turns = [tuple(many(f"turn-{n}")) for n in range(MOST_TURNS + 1) if any(many(f"turn-{n}"))]
    hours = [
        HoursEntry(
            tuple(many(f"hours-{n}-day")),
            get(f"hours-{n}-begin", ""),
            get(f"hours-{n}-end", ""),
            get(f"hours-{n}-holidays", ""),
        )
        for n in range(MOST_HOURS + 1)
        if _is_filled(n)
    ]
    texts = {name: get(name, "") for name in ("name", "zone", "days", "start", "handover", "since")}
    return LayerEntry.of(ref, turns=turns, hours=hours, **texts)
