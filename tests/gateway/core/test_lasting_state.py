"""What outlives a restart: snapshots, backups, and how often a state is shown."""

import pytest
from contract.reports import Absence

from gateway.core import diary
from gateway.core.building import BuildingCore
from gateway.core.decisions import Account, Send
from gateway.core.inputs import decode, encode
from tests.gateway.core.house import HOUR, House


def test_what_was_learned_is_to_be_told_daily() -> None:
    house = House()
    house.wait(49 * HOUR)
    accounts = [decision for decision in house.decided if isinstance(decision, Account)]
    assert [account.unit for account in accounts] == ["101", "101"]


def test_a_unit_in_which_nothing_changes_is_shown_once_an_hour() -> None:
    house = House()
    house.wait(3 * HOUR)
    before = len(house.decided)
    house.wait(2 * HOUR)
    live = [d for d in house.decided[before:] if isinstance(d, Send) and type(d.report).__name__ == "UnitLive"]
    assert len(live) == 2


def test_a_restarted_core_goes_on_exactly_where_it_stood() -> None:
    house = House()
    house.wait(600)
    house.move()
    house.press()
    house.tell(Absence("101", "visit", house.now + HOUR, house.now + 2 * HOUR))
    house.wait(1000)
    again, start = BuildingCore("another"), len(house.journal)
    again.load(house.core.dump())
    house.wait(14 * HOUR)
    decided = [d for entry in house.journal[start:] for d in again.apply(decode(encode(entry)))]
    assert [type(d) for d in decided].count(Send) > 20
    assert decided == house.decided[-len(decided) :]
    assert again.next_deadline() == house.core.next_deadline()


def test_a_snapshot_of_a_watch_told_much_since_the_last_is_the_same_watch() -> None:
    house = House()
    house.wait(600)
    house.core.dump()
    for _ in range(diary.MOST_ENTRIES + 50):
        house.now += 301.0
        house.move()
    again = BuildingCore("gw1")
    again.load(house.core.dump())
    start = len(house.journal)
    house.wait(14 * HOUR)
    decided = [d for entry in house.journal[start:] for d in again.apply(entry)]
    assert decided == house.decided[-len(decided) :]
    assert house.alerts("inactivity") != []


def test_what_is_no_dump_is_refused() -> None:
    with pytest.raises(ValueError, match="Expected"):
        BuildingCore("gw1").load(b"\x93junk")
