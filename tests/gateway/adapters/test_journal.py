"""What the journal has committed is there, once, whatever happens afterwards."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract import reports

from gateway.adapters import journal as journal_module
from gateway.adapters.database import FILE, held, open_to_read
from gateway.adapters.journal import Entry, Journal, Refused
from gateway.adapters.outbox import Outbox
from gateway.core.decisions import Send
from gateway.core.inputs import Input, Observed, Ticked, Told
from gateway.errors import InUseError, JournalError

NOW = 1795400000.0


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    opened = Journal(tmp_path)
    yield opened
    opened.close()


def seen(seq: int, *, at: float = NOW, kind: str = "motion") -> Observed:
    return Observed(at, at, "hall", kind, {"count": 1}, False, "b1", seq)


def change(unit: str, lane: str = "routine") -> Send:
    return Send(reports.Change(unit, "w", NOW, 1, 2, reports.Words("", "")), "alert" if lane == "alert" else "routine")


def test_what_was_appended_comes_back_in_order_after_a_restart(tmp_path: Path, journal: Journal) -> None:
    inputs: list[Input] = [
        Told(NOW, reports.Configure(reports.Building("Asia/Tokyo", [], []))),
        seen(1),
        Ticked(NOW + 9),
    ]
    journal.append(Entry(NOW, inputs[:2]))
    journal.append(Entry(NOW + 10, inputs[2:], last_command=4))
    journal.close()
    again = Journal(tmp_path)
    assert again.restore() == journal_module.Restored(None, inputs, NOW + 10, 4)
    assert again.id == journal.id


def test_only_what_came_after_the_snapshot_is_folded(journal: Journal) -> None:
    journal.append(Entry(NOW, [seen(1)], snapshot=b"state after one"))
    journal.append(Entry(NOW, [seen(2)]))
    found = journal.restore()
    assert (found.snapshot, found.inputs) == (b"state after one", [seen(2)])


def test_a_report_of_a_node_is_known_once_it_is_journalled(journal: Journal) -> None:
    assert not journal.heard("hall", "b1", 1)
    journal.append(Entry(NOW, [seen(1)]))
    assert journal.heard("hall", "b1", 1)
    assert not journal.heard("hall", "b2", 1)


def test_the_same_report_twice_is_not_journalled_by_mistake(journal: Journal) -> None:
    journal.append(Entry(NOW, [seen(1)]))
    with pytest.raises(JournalError):
        journal.append(Entry(NOW, [seen(2), seen(1)]))
    assert not journal.heard("hall", "b1", 2)


def test_a_repeated_press_is_an_input_once_more(journal: Journal) -> None:
    press = seen(1, kind="emergency")
    journal.append(Entry(NOW, [press]))
    journal.append(Entry(NOW, [press], repeated={0}))
    assert journal.restore().inputs == [press, press]


def test_outbox_numbers_rise_for_ever_even_when_all_was_sent(tmp_path: Path, journal: Journal) -> None:
    journal.append(Entry(NOW, sends=[change("1"), change("2")]))
    outbox = Outbox(tmp_path)
    outbox.settle([1, 2], [])
    journal.append(Entry(NOW, sends=[change("3")]))
    assert [numbered.seq for numbered in outbox.first()] == [3]


def test_alerts_overtake_by_themselves_and_each_lane_keeps_its_order(tmp_path: Path, journal: Journal) -> None:
    journal.append(Entry(NOW, sends=[change("1"), change("2", "alert"), change("3"), change("4", "alert")]))
    outbox = Outbox(tmp_path)
    assert [numbered.seq for numbered in outbox.first()] == [2, 4]
    outbox.settle([2, 4], [])
    assert [numbered.seq for numbered in outbox.first()] == [1, 3]


def test_a_refused_report_is_kept_and_counted(tmp_path: Path, journal: Journal) -> None:
    journal.append(Entry(NOW, sends=[change("1"), change("2")]))
    outbox = Outbox(tmp_path)
    outbox.settle([1], [(2, "not yours")])
    outbox.settle([], [(2, "not yours")])
    assert outbox.queued() == 0
    assert journal.refused() == {"report": 1}
    rows = sqlite3.connect(tmp_path / FILE).execute("SELECT seq, problem FROM refused_report").fetchall()
    assert rows == [(2, "not yours")]


def test_the_quarantine_is_bounded_and_everything_is_counted(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "QUARANTINE_ROWS", 10)
    for n in range(5):
        refused = [Refused(NOW, f"t/{n}/{i}", "json", b"x" * 5000) for i in range(7)]
        journal.append(Entry(NOW, refused=refused, counted={"size": 2}))
    db = sqlite3.connect(tmp_path / FILE)
    assert db.execute("SELECT count(*), max(length(body)), max(size) FROM quarantine").fetchone() == (10, 1024, 5000)
    assert journal.refused() == {"json": 35, "size": 10}


def test_old_inputs_are_forgotten_but_never_those_the_snapshot_lacks(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "KEEP_INPUTS_S", 100.0)
    journal.append(Entry(NOW, [seen(1), seen(2)]))
    assert journal.prune(NOW + 1000) == 0
    journal.append(Entry(NOW, [seen(3, at=NOW + 990)], snapshot=b"s"))
    journal.append(Entry(NOW, [seen(4)]))
    assert journal.prune(NOW + 1000) == 2
    assert journal.restore().inputs == [seen(4)]
    journal.append(Entry(NOW, [seen(5)]))
    assert journal.restore().inputs == [seen(4), seen(5)]


def test_a_full_disk_changes_nothing_and_is_said_and_ends(journal: Journal) -> None:
    (pages,) = journal._db.execute("PRAGMA page_count").fetchone()
    journal._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    entry = Entry(NOW, [seen(n) for n in range(2000)])
    with pytest.raises(JournalError, match="disk is full") as caught:
        journal.append(entry)
    assert not caught.value.permanent
    assert journal.restore().inputs == []
    journal._db.execute(f"PRAGMA max_page_count = {pages + 1000}")
    journal.append(entry)
    assert journal.restore().inputs == entry.inputs


def test_a_damaged_journal_is_said_and_not_retried(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"this is no database, " * 1000)
    with pytest.raises(JournalError, match="is damaged") as caught:
        Journal(tmp_path)
    assert caught.value.permanent


def test_a_journal_of_a_later_version_is_left_alone(tmp_path: Path, journal: Journal) -> None:
    journal._db.execute("PRAGMA user_version = 9")
    with pytest.raises(JournalError, match="another version"):
        Journal(tmp_path)


def test_two_gateways_cannot_hold_one_directory(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(InUseError, match="stop that one first"), held(tmp_path):
        pass
    with held(tmp_path):
        pass


def test_looking_on_needs_a_journal_and_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="no journal yet"):
        open_to_read(tmp_path)
    Journal(tmp_path).close()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        open_to_read(tmp_path).execute("DELETE FROM input")
