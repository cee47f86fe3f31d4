"""What a command becomes, and what becomes of what cannot be sealed or opened."""

from contextlib import closing
from pathlib import Path

import pytest
from contract import reports

from gateway.adapters import recovery
from gateway.adapters.backups import Backups
from gateway.adapters.database import open_to_read
from gateway.adapters.durable import DurableCore
from gateway.adapters.journal import Journal, decode_report
from gateway.adapters.orders import as_input
from gateway.adapters.recovery import RecoveryKey
from gateway.core.inputs import Restored, Ticked, Told
from tests.gateway.core.test_restoring import BUILDING, NEXT

DAY = 86_400.0


@pytest.fixture
def durable(tmp_path: Path) -> DurableCore:
    found = DurableCore("gw1", Journal(tmp_path), Backups("gw1", tmp_path))
    found.take(Told(NEXT, reports.Configure(BUILDING)))
    return found


def let_a_day_pass(durable: DurableCore) -> None:
    """Pulse by pulse, so that the time of the unit's backup comes."""
    for pulse in range(1, 289):
        durable.take(Ticked(NEXT + pulse * 300.0))
    durable.commit(NEXT + DAY)


def sent(folder: Path) -> list[reports.RhythmBackup]:
    with closing(open_to_read(folder)) as db:
        found = [decode_report(body) for (body,) in db.execute("SELECT body FROM outbox ORDER BY seq")]
    return [report for report in found if isinstance(report, reports.RhythmBackup)]


def test_a_daily_backup_is_sent_sealed_and_comes_back_as_what_it_was(durable: DurableCore, tmp_path: Path) -> None:
    let_a_day_pass(durable)
    (backup,) = sent(tmp_path)
    entry, problems = as_input(
        reports.Restore(backup.unit, backup.sealed), NEXT + DAY, durable.core, Backups("gw1", tmp_path)
    )
    assert isinstance(entry, Restored) and problems == [] and entry.unit == "101"
    durable.take(entry)
    durable.commit(NEXT + DAY)
    again = DurableCore("gw1", durable.journal, Backups("gw1", tmp_path))
    assert again.core.dump() == durable.core.dump()


def test_what_cannot_be_sealed_stays_in_the_building_and_is_said_and_counted(
    durable: DurableCore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / recovery.FILE).write_text("damaged")
    let_a_day_pass(durable)
    assert sent(tmp_path) == [] and "no backup of unit 101" in caplog.text
    assert durable.journal.refused() == {"backup": 1}


def test_what_cannot_be_opened_is_no_input_and_the_reason_is_one_sentence(durable: DurableCore, tmp_path: Path) -> None:
    backups = Backups("gw1", tmp_path)
    sealed = backups.seal("101", b"no watch wrote this").sealed
    other = backups.seal("102", b"x").sealed

    def problem(command: reports.Command | None) -> str:
        entry, problems = as_input(command, NEXT, durable.core, backups)
        assert entry is None and len(problems) == 1
        return problems[0]

    assert problem(None) == "it cannot be read"
    assert problem(reports.Restore("102", other)) == "unit 102 is not in this building"
    assert "learned state of unit 101 cannot be read" in problem(reports.Restore("101", sealed))
    assert "it is damaged" in problem(reports.Restore("101", "not base85 \x00"))
    recovery.set_key(tmp_path, RecoveryKey(bytes(16)))
    assert "cannot be opened: wrong recovery key" in problem(reports.Restore("101", sealed))
