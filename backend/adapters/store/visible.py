"""Which rows a screen shows: a change in one of them makes the screens fetch anew."""

from collections.abc import Mapping

from sqlalchemy import inspect

from backend.adapters.store.schema import (
    Absence,
    Alert,
    AlertEvent,
    Base,
    DemoMessage,
    Gateway,
    GatewayCommand,
    Maintenance,
    Notification,
    SafetyCheck,
    UnitLive,
    Worker,
)

VISIBLE = (
    Absence,
    Alert,
    AlertEvent,
    DemoMessage,
    Gateway,
    GatewayCommand,  # shown to nobody, but the gateway's long poll waits for the same bell
    Maintenance,
    Notification,
    SafetyCheck,
    UnitLive,
    Worker,
)

# A heartbeat changes these and nothing else, and there is one every 30 s from each gateway.
HEARTBEAT: Mapping[type[Base], frozenset[str]] = {
    Gateway: frozenset({"last_seen_at", "last_seen_real_at", "queued"}),
}


def is_shown(row: Base) -> bool:
    """Whether what was changed in a row of VISIBLE, and not written yet, is worth ringing the screens for."""
    quiet = HEARTBEAT.get(type(row), frozenset())
    return any(attribute.history.has_changes() for attribute in inspect(row).attrs if attribute.key not in quiet)
