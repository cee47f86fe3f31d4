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
    Partner,
    Rota,
    RotaLayer,
    RotaOverride,
    SafetyCheck,
    SelfTest,
    UnitLive,
    Worker,
    WorkerLeave,
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
    Partner,
    Rota,
    RotaLayer,
    RotaOverride,
    SafetyCheck,
    SelfTest,
    UnitLive,
    Worker,
    WorkerLeave,
)

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


def is_shown(row: Base) -> bool:
    """Whether what was changed in a row of VISIBLE, and not written yet, is worth ringing the screens for."""
    unseen = UNSEEN.get(type(row), frozenset())
    return any(attribute.history.has_changes() for attribute in inspect(row).attrs if attribute.key not in unseen)
