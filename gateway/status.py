"""What the journal says about the building, for a person at the gateway. Reads only; the gateway may run meanwhile."""

from importlib.metadata import version
from pathlib import Path

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
        skipped_commands=notes.skipped_commands,
        version=version("tomoshibi"),
        oldest_queued_at=min(waiting, default=None),
        inspected=[unit_seen(unit, now) for unit in units],
    )
