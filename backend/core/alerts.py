"""An alert's life as one table, and the figures that hang on its priority."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo

from backend.errors import IllegalStep

DANGEROUS_WBGT_C = 31.0  # from here on an older person at rest is in danger
CLIMATE_HOLDS_S = 7200.0  # a room's air changes by the hour: an older measurement says nothing about now


class State(StrEnum):
    ASKING = "asking"
    OPEN = "open"
    CLAIMED = "claimed"
    COMING = "coming"
    ON_SITE = "on_site"
    CLOSED = "closed"


class Event(StrEnum):
    NO_ANSWER = "no_answer"  # the asking has ended, or somebody decided not to wait for its end
    CLAIM = "claim"
    RELEASE = "release"
    FORGOTTEN = "forgotten"  # claimed, and then nothing
    COME = "come"
    ARRIVE = "arrive"
    SIGN = "sign"  # of life, or watched again: only shown
    RESUME = "resume"  # the same, where it ends the alert
    ANSWER = "answer"  # the resident said that all is well, where it ends the alert
    CLOSE = "close"
    SNOOZE = "snooze"  # put off, with a reason


NEXT: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.ASKING, Event.NO_ANSWER): State.OPEN,
        (State.ASKING, Event.CLAIM): State.CLAIMED,
        (State.ASKING, Event.SIGN): State.ASKING,
        (State.ASKING, Event.RESUME): State.CLOSED,
        (State.ASKING, Event.ANSWER): State.CLOSED,
        (State.OPEN, Event.CLAIM): State.CLAIMED,
        (State.OPEN, Event.SIGN): State.OPEN,
        (State.OPEN, Event.RESUME): State.CLOSED,
        (State.OPEN, Event.ANSWER): State.CLOSED,
        (State.OPEN, Event.SNOOZE): State.OPEN,
        (State.CLAIMED, Event.RELEASE): State.OPEN,
        (State.CLAIMED, Event.FORGOTTEN): State.OPEN,
        (State.CLAIMED, Event.COME): State.COMING,
        (State.CLAIMED, Event.ARRIVE): State.ON_SITE,
        (State.CLAIMED, Event.SIGN): State.CLAIMED,
        (State.CLAIMED, Event.CLOSE): State.CLOSED,
        (State.CLAIMED, Event.SNOOZE): State.OPEN,
        (State.COMING, Event.RELEASE): State.OPEN,
        (State.COMING, Event.FORGOTTEN): State.OPEN,
        (State.COMING, Event.ARRIVE): State.ON_SITE,
        (State.COMING, Event.SIGN): State.COMING,
        (State.COMING, Event.CLOSE): State.CLOSED,
        (State.ON_SITE, Event.RELEASE): State.OPEN,
        (State.ON_SITE, Event.FORGOTTEN): State.OPEN,
        (State.ON_SITE, Event.SIGN): State.ON_SITE,
        (State.ON_SITE, Event.CLOSE): State.CLOSED,
    }
)
UNCLAIMED = frozenset({State.ASKING, State.OPEN})
HELD = frozenset({State.CLAIMED, State.COMING, State.ON_SITE})
LIVE = UNCLAIMED | HELD


def following(state: str, event: Event) -> State:
    """Return the state after `event`. Raises IllegalStep where the table has no entry."""
    try:
        return NEXT[State(state), event]
    except KeyError:
        raise IllegalStep(state, event) from None


class Priority(StrEnum):
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    T = "T"


RANK: Mapping[str, int] = MappingProxyType({Priority.P1: 0, Priority.P2: 1, Priority.P3: 2, Priority.T: 3})
PAGED = frozenset({Priority.P1, Priority.P2})  # the others wait on the board until their clock runs out
CLAIM_WITHIN_S: Mapping[str, float] = MappingProxyType({Priority.P1: 60.0, Priority.P2: 180.0, Priority.T: 4 * 3600.0})

PRIORITY: Mapping[str, Priority] = MappingProxyType(
    {
        "emergency": Priority.P1,
        "smoke": Priority.P1,
        "inactivity": Priority.P2,
        "bathroom": Priority.P2,
        "night_out": Priority.P2,
        "water_running": Priority.P2,
        "no_water": Priority.P2,
        "monitoring_lost": Priority.P2,
        "leak": Priority.P2,
        "call_in": Priority.P2,
        "daily_call": Priority.P2,
        "node_lost": Priority.T,
        "sensor_fault": Priority.T,
        "battery_low": Priority.T,
        "tamper": Priority.T,
        "clock": Priority.T,
        "gateway_silent": Priority.T,
        "storm": Priority.P2,
        "self_test": Priority.T,
        "self_test_failed": Priority.T,
        "provider_down": Priority.T,
        "report_stuck": Priority.T,
    }
)


# Kinds about which the resident is called by themselves.
ASKED = frozenset({"inactivity", "bathroom", "night_out", "water_running", "no_water", "daily_call"})


def priority(kind: str, evidence: Mapping[str, Any], at_s: float) -> Priority:
    """Return how urgent an alert of `kind` is; `evidence` as in contract.reports.Evidence, reported at Unix `at_s`."""
    return Priority.P1 if kind == "inactivity" and _is_hot(evidence.get("climate"), at_s) else PRIORITY[kind]


def _is_hot(climate: Mapping[str, float] | None, at_s: float) -> bool:
    if climate is None or at_s - climate["at"] > CLIMATE_HOLDS_S:
        return False
    return climate["wbgt_c"] >= DANGEROUS_WBGT_C


def waits_for_answer(kind: str, level: str) -> bool:
    """Whether the workers are told only after the resident was asked; a bathroom stay and P1 do not wait."""
    return level != Priority.P1 and kind != "bathroom"


def asks_and_pages(kind: str, level: str) -> bool:
    """Whether the resident is called although the workers are told at once."""
    return kind in ("inactivity", "bathroom") and not waits_for_answer(kind, level)


def closes_itself(level: str) -> bool:
    """Whether a sign of life ends it while nobody has claimed it."""
    return level != Priority.P1


def claim_due(level: str, opened_at: datetime, zone: str, shorten_to_s: float | None = None) -> datetime:
    """Return until when somebody should have claimed it; P3: until the building's day ends."""
    if level == Priority.P3:
        tomorrow = opened_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), ZoneInfo(zone))
    within_s = CLAIM_WITHIN_S[level]
    if shorten_to_s is not None and level in PAGED:
        within_s = min(within_s, shorten_to_s)
    return opened_at + timedelta(seconds=within_s)


Verdict = Literal["false", "real", "unknown"]

# What a worker may close an alert with. "unknown": the rhythm must learn neither way, as when the sensor was at fault.
OUTCOMES: Mapping[str, Verdict] = MappingProxyType(
    {
        "safe_home": "false",
        "safe_out": "false",
        "forgot_away": "false",
        "hospitalised": "unknown",
        "accidental": "false",
        "device_fault": "unknown",
        "visitor_or_pet": "false",
        "helped": "real",
        "transported": "real",
        "deceased": "real",
        "unable_to_confirm": "unknown",
        "follow_up": "unknown",
    }
)
# What an alert closes itself with.
SELF_OUTCOMES: Mapping[str, Verdict] = MappingProxyType(
    {
        "resumed": "false",
        "answered": "false",
        "told": "unknown",
        "subsided": "unknown",
        "self_test_passed": "unknown",
        "self_test_failed": "unknown",
    }
)
