"""What the journal says about the building, for a person at the gateway. Reads only; the gateway may run meanwhile."""

from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

from contract.reports import UnitLive
from msgspec import Struct

from gateway.adapters.onlooker import Onlooker
from gateway.core.inspection import UnitSeen, unit_seen
from gateway.core.showing import current


class Status(Struct):
    """`running_until`: the last instant, in domain time, at which the gateway certainly ran; None: never."""

    gateway: str
    journal: str
    running_until: float | None
    units: list[UnitLive]
    unassigned: list[str]
    queued_alerts: int
    queued_routine: int
    refused_reports: int
    refused: dict[str, int]
    last_command: int
    refused_since: float | None
    """Since when, in domain time, the backend has not known this gateway any more; None while it does."""
    backup_at: float | None
    """Of when the last backup is that the backend has taken."""
    skipped_commands: list[str]
    """What the backend said last that the gateway could not do, newest first, each with every reason."""
    version: str
    """Of the program that looks."""
    oldest_queued_at: float | None
    inspected: list[UnitSeen]
    """The same units, for whoever mends them: radio, batteries, versions."""


def read_status(data_dir: Path, gateway_id: str, now: float) -> Status:
    """The state at the last commit, as seen at domain time `now`. Raises JournalError."""
    return look(Onlooker(data_dir, gateway_id), gateway_id, now)


def look(onlooker: Onlooker, gateway_id: str, now: float) -> Status:
    """As `read_status`, at less cost for an onlooker that has looked before."""
    notes = onlooker.look()
    waiting = [at for at in (notes.oldest_alert_at, notes.oldest_routine_at) if at is not None]
    units = onlooker.core.units.values()
    return Status(
        gateway=gateway_id,
        journal=notes.journal,
        running_until=notes.running_until,
        units=[current(unit, now) for unit in units],
        unassigned=onlooker.core.unassigned(),
        queued_alerts=notes.queued_alerts,
        queued_routine=notes.queued_routine,
        refused_reports=notes.refused_reports,
        refused=notes.refused,
        last_command=notes.last_command,
        refused_since=notes.refused_since,
        backup_at=notes.backup_at,
        skipped_commands=notes.skipped_commands,
        version=version("tomoshibi"),
        oldest_queued_at=min(waiting, default=None),
        inspected=[unit_seen(unit, now) for unit in units],
    )


def text_of(found: Status, zone: ZoneInfo) -> str:
    """The status in lines for a person."""

    def when(at: float | None) -> str:
        return "never" if at is None else datetime.fromtimestamp(at, zone).isoformat(" ", "seconds")

    lines = [
        f"gateway {found.gateway}: running until {when(found.running_until)}",
        f"to be sent: {found.queued_alerts} alerts, {found.queued_routine} other reports;"
        f" put aside: {found.refused_reports} reports",
    ]
    if found.refused:
        lines.append("refused: " + ", ".join(f"{reason} {count}" for reason, count in sorted(found.refused.items())))
    lines += found.skipped_commands
    if found.refused_since is not None:
        lines.append(
            f"the backend has refused this gateway since {when(found.refused_since)}: it was revoked or replaced; it"
            " goes on watching, but nobody hears of it"
        )
    lines.append(f"backup of what was learned: last sent {when(found.backup_at)}")
    if found.unassigned:
        lines.append("nodes that hang in no unit: " + ", ".join(found.unassigned))
    for unit in found.units:
        sign = unit.last_sign
        last = f"{when(sign.at)} {sign.room} {sign.kind}" if sign else "none"
        lines.append(f"unit {unit.unit}: {unit.watching}, {unit.presence}; last sign of life: {last}")
        lines += [
            f"  {node.node} ({node.room}): {node.state}, last seen {when(node.last_seen)}" for node in unit.sensors
        ]
    return "\n".join(lines)
