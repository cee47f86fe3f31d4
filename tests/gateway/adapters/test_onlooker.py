"""Whoever looks on sees what the gateway committed, and leaves nothing behind."""

import time
from pathlib import Path

import pytest
from contract.reports import Building, Configure, NodePlace, UnitSettings

from gateway.adapters.backups import Backups
from gateway.adapters.database import FILE
from gateway.adapters.durable import DurableCore
from gateway.adapters.journal import Journal
from gateway.adapters.onlooker import Onlooker
from gateway.core.inputs import Observed, Told
from gateway.errors import JournalError

PLACE = NodePlace("hall-101", "101", "hall", 0.0, mains=True, kinds=["motion", "door"])


def written(folder: Path) -> DurableCore:
    durable = DurableCore("g1", Journal(folder), Backups("g1", folder))
    durable.take(Told(time.time(), Configure(Building("Asia/Tokyo", [UnitSettings("101")], [PLACE]))))
    durable.commit(time.time())
    return durable


def sense(durable: DurableCore, kind: str = "motion", value: object = None, *, snapshot: bool = False) -> float:
    now = time.time()
    durable.take(Observed(now, now, "hall-101", kind, {"count": 1} if value is None else value))  # type: ignore[arg-type]
    durable.commit(now, snapshot=snapshot)
    return now


@pytest.mark.parametrize("snapshot", [False, True])
def test_who_follows_knows_what_the_gateway_knows(tmp_path: Path, snapshot: bool) -> None:
    durable = written(tmp_path)
    onlooker = Onlooker(tmp_path, "g1")
    onlooker.look()
    for _ in range(3):
        at = sense(durable, snapshot=snapshot)
        onlooker.look()
        assert onlooker.sensed == {"hall-101": at}
        assert onlooker.core.dump() == durable.core.dump()


def test_what_is_not_committed_is_not_seen(tmp_path: Path) -> None:
    durable = written(tmp_path)
    durable.take(Observed(time.time(), time.time(), "hall-101", "motion", {"count": 1}))
    onlooker = Onlooker(tmp_path, "g1")
    onlooker.look()
    assert onlooker.sensed == {}


def test_another_journal_in_its_place_is_read_from_its_beginning(tmp_path: Path) -> None:
    sense(written(tmp_path))
    onlooker = Onlooker(tmp_path, "g1")
    before = onlooker.look()
    for file in tmp_path.glob(f"{FILE}*"):
        file.unlink()
    written(tmp_path)
    after = onlooker.look()
    assert after.journal != before.journal
    assert onlooker.core.nodes["hall-101"].last_seen is None
    assert onlooker.sensed == {}


def test_what_another_version_wrote_is_said_and_looked_at_again_next_time(tmp_path: Path) -> None:
    durable = written(tmp_path)
    db = durable.journal._db
    onlooker = Onlooker(tmp_path, "g1")
    db.execute("INSERT INTO input (at, body) VALUES (0, x'93a17a01')")
    with pytest.raises(JournalError, match="another version"):
        onlooker.look()
    db.execute("DELETE FROM input WHERE body = x'93a17a01'")
    onlooker.look()
    assert list(onlooker.core.units) == ["101"]
