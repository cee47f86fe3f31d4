"""What gateways have learned, sealed by them: which backups are kept, and which ones a gateway is given back.

Nobody here can read them. A gateway that took another's place before anybody gave it the recovery key seals with a key
of its own: what the lost one had learned must outlive those backups, until somebody finds the paper with its key.
"""

from datetime import datetime

from contract import reports as contract
from sqlalchemy import delete, select

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import RhythmBackup, Unit
from backend.services import commands

KEPT = 2  # of a unit and a key, the latest


def keep(session: StoreSession, unit: Unit, gateway_id: int, report: contract.RhythmBackup, at: datetime) -> None:
    """Keep a unit's backup: of those with its key the latest two, and the latest one with any other key."""
    session.add(RhythmBackup(unit_id=unit.id, gateway_id=gateway_id, at=at, key=report.key, sealed=report.sealed))
    session.flush()
    newest = select(RhythmBackup.id, RhythmBackup.key).where(RhythmBackup.unit_id == unit.id)
    rows = session.execute(newest.order_by(RhythmBackup.at.desc(), RhythmBackup.id.desc())).all()
    same = [row.id for row in rows if row.key == report.key][:KEPT]
    other = [row.id for row in rows if row.key != report.key][:1]
    session.execute(
        delete(RhythmBackup)
        .where(RhythmBackup.unit_id == unit.id, RhythmBackup.id.not_in([*same, *other]))
        .execution_options(synchronize_session=False)
    )


def give_back(session: StoreSession, gateway_id: int, now: datetime, key: str = "") -> contract.Restores:
    """Tell the gateway what was learned in its units last: sealed with `key` where there is such a backup.

    Where there is none it is told the latest all the same: that it cannot open that is then said in the building.
    """
    commands.take_back(session, gateway_id, "restore")
    ours = (
        select(RhythmBackup, Unit.ref)
        .join(Unit, RhythmBackup.unit_id == Unit.id)
        .where(Unit.gateway_id == gateway_id, RhythmBackup.gateway_id == gateway_id)
        .order_by(Unit.ref, RhythmBackup.key == key, RhythmBackup.at, RhythmBackup.id)
    )
    latest = {ref: backup for backup, ref in session.execute(ours)}
    for ref, backup in latest.items():
        commands.tell(session, gateway_id, contract.Restore(ref, backup.sealed), now)
    return contract.Restores(len(latest), sum(backup.key == key for backup in latest.values()))
