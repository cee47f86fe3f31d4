"""Which rows a screen shows: a change in one of them makes the screens fetch anew."""

from backend.adapters.store.schema import (
    Absence,
    Alert,
    AlertEvent,
    DemoMessage,
    Gateway,
    GatewayCommand,
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
    Notification,
    SafetyCheck,
    UnitLive,
    Worker,
)
