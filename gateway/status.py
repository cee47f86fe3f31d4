"""What the journal says about the building, for a person at the gateway. Reads only; the gateway may run meanwhile."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from contract.reports import UnitLive
from msgspec import Struct

from gateway.adapters.database import FILE, open_to_read, translated
from gateway.adapters.journal import COMMAND
from gateway.adapters.outbox import BACKUP_AT, REFUSED_AT
from gateway.core import inputs
from gateway.core.building import BuildingCore
from gateway.core.showing import current

MOST_SKIPPED = 3


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


def read_status(data_dir: Path, gateway_id: str, now: float) -> Status:
    """The state at the last commit, as seen at domain time `now`. Raises JournalError."""
    core = BuildingCore(gateway_id)
    with translated(data_dir / FILE):
        db = open_to_read(data_dir)
        db.execute("BEGIN")  # one picture, whatever is committed meanwhile
        meta = dict(db.execute("SELECT key, value FROM meta"))
        position, snapshot = db.execute("SELECT position, body FROM snapshot").fetchone() or (0, None)
        if snapshot is not None:
            core.load(snapshot)
        for (body,) in db.execute("SELECT body FROM input WHERE position > ? ORDER BY position", (position,)):
            core.apply(inputs.decode(body))
        queued = dict(db.execute("SELECT lane, count(*) FROM outbox GROUP BY lane"))
        (put_aside,) = db.execute("SELECT count(*) FROM refused_report").fetchone()
        skipped = db.execute(
            "SELECT topic, body FROM quarantine WHERE reason = ? ORDER BY id DESC LIMIT ?", (COMMAND, MOST_SKIPPED)
        ).fetchall()
        refused = dict(db.execute("SELECT reason, count FROM refused"))
        db.close()
    return Status(
        gateway=gateway_id,
        journal=meta.get("id", ""),
        running_until=meta.get("alive_at"),
        units=[current(unit, now) for unit in core.units.values()],
        unassigned=core.unassigned(),
        queued_alerts=queued.get("alert", 0),
        queued_routine=queued.get("routine", 0),
        refused_reports=put_aside,
        refused=refused,
        last_command=meta.get("last_command", 0),
        refused_since=meta.get(REFUSED_AT),
        backup_at=meta.get(BACKUP_AT),
        skipped_commands=[f"{name} is skipped: {body.decode(errors='replace')}" for name, body in skipped],
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
