"""For whom the bell rings: to which listeners a committed change is news."""

from collections.abc import Mapping
from typing import Literal, get_args

from sqlalchemy import inspect

from backend.adapters.store.schema import (
    Absence,
    Alert,
    AlertEvent,
    Base,
    DemoMessage,
    DialTurn,
    Gateway,
    GatewayCommand,
    Maintenance,
    Notification,
    Partner,
    Rota,
    RotaLayer,
    RotaOverride,
    SafetyCheck,
    SelfTest,
    Timer,
    UnitLive,
    Worker,
    WorkerLeave,
)

# screens: what every screen shows · sends: what became of each call and message, on the pages that list them
# queue: something to send or to do, for the worker · commands: something to tell a gateway
Topic = Literal["screens", "sends", "queue", "commands"]
TOPICS: tuple[Topic, ...] = get_args(Topic)
Topics = frozenset[Topic]

NOBODY: Topics = frozenset()
SCREENS: Topics = frozenset({"screens"})

NEWS_TO: Mapping[type[Base], Topics] = {
    Absence: SCREENS,
    Alert: SCREENS,
    AlertEvent: SCREENS,
    DemoMessage: SCREENS,
    DialTurn: SCREENS,
    Gateway: SCREENS,
    GatewayCommand: frozenset({"commands"}),
    Maintenance: SCREENS,
    Partner: SCREENS,
    Rota: SCREENS,
    RotaLayer: SCREENS,
    RotaOverride: SCREENS,
    SafetyCheck: SCREENS,
    SelfTest: SCREENS,
    Timer: frozenset({"queue"}),
    UnitLive: SCREENS,
    Worker: SCREENS,
    WorkerLeave: SCREENS,
}

# A call or message by what it has become: its end may let another one go, and what failed is said on every screen.
NEWS_OF_SEND: Mapping[str, Topics] = {
    "pending": frozenset({"queue", "sends"}),
    "sending": NOBODY,
    "sent": frozenset({"sends"}),
    "delivered": frozenset({"sends"}),
    "answered": frozenset({"queue", "sends"}),
    "unanswered": frozenset({"queue", "sends"}),
    "cancelled": frozenset({"queue", "sends"}),
    "failed": frozenset({"queue", "sends", "screens"}),
    "unknown": frozenset({"queue", "sends", "screens"}),
}

# No screen shows these. A heartbeat changes nothing else, and there is one every 30 s from each gateway; each call and
# message passes through several hands before there is anything to be seen.
UNSEEN: Mapping[type[Base], frozenset[str]] = {
    Gateway: frozenset({"last_seen_at", "last_seen_real_at", "queued"}),
    Notification: frozenset(
        {
            "fence",
            "fingerprint",
            "handed_over_real_at",
            "lease_until_real_at",
            "not_before_real_at",
            "provider",
            "provider_ref",
            "spares",
            "tries",
        }
    ),
}


def news_of(table: type[Base], state: str | None) -> Topics:
    """To whom a row of the table is news that is in this state now, if it has one."""
    return NEWS_OF_SEND[state] if table is Notification and state is not None else NEWS_TO.get(table, NOBODY)


def is_seen(row: Base) -> bool:
    """Whether what was changed in a row, and is not written yet, is news to anybody."""
    unseen = UNSEEN.get(type(row), frozenset())
    return any(attribute.history.has_changes() for attribute in inspect(row).attrs if attribute.key not in unseen)
