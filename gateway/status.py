"""What the journal says about the building, for a person at the gateway. Reads only; the gateway may run meanwhile."""

from pathlib import Path

from contract.reports import UnitLive
from msgspec import Struct

from gateway.adapters.database import FILE, open_to_read, translated
from gateway.adapters.journal import COMMAND
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
        skipped_commands=[f"{name} is skipped: {body.decode(errors='replace')}" for name, body in skipped],
    )
