"""Away and in hospital: who begins it, who ends it, and what the gateway knows of it."""

from datetime import timedelta

import pytest
from contract import reports as contract
from sqlalchemy import select

from backend.adapters.store.schema import Absence, Unit
from backend.services import absences, commands
from tests.backend.town import Town


def begin(town: Town, kind: str, *, heard: bool = True) -> int:
    with town.session() as session:
        unit_id = town.seeded.units["203"]
        made = absences.begin(session, unit_id, kind, town.actor("aoki"), since=town.now, note="旅行", now=town.now)
        absence_id: int = made.id
    if heard:
        fetch_all(town)
    return absence_id


def fetch_all(town: Town) -> list[contract.NumberedCommand]:
    with town.session() as session:
        told = commands.pending(session, town.seeded.gateway_id, 0).commands
        commands.arrived(session, town.seeded.gateway_id, told[-1].n, town.now)
        return told


def live(
    town: Town, presence: contract.Presence, watching: contract.Watching = "watching", after_s: float = 7200
) -> None:
    town.advance(after_s)
    assert town.report(contract.UnitLive("u203", watching, presence)) == ["stored"]


def is_running(town: Town, absence_id: int) -> bool:
    with town.session() as session:
        return session.get_one(Absence, absence_id).ended_at is None


def test_an_away_ends_when_the_gateway_shows_the_resident_at_home_and_says_why(town: Town) -> None:
    away = begin(town, "away")
    live(town, "home")
    with town.session() as session:
        row = session.get_one(Absence, away)
        assert row.ended_at == town.now
        assert row.note == f"旅行 {absences.IS_BACK}"


def test_who_is_asleep_is_at_home(town: Town) -> None:
    away = begin(town, "away")
    live(town, "asleep", "learning")
    assert not is_running(town, away)


def test_an_away_goes_on_while_the_gateway_keeps_it_or_does_not_know(town: Town) -> None:
    away = begin(town, "away")
    live(town, "away", "paused")
    live(town, "unknown")
    live(town, "home", "cannot_watch")
    live(town, "home", "paused")
    assert is_running(town, away)


def test_a_stay_in_hospital_is_ended_by_a_person_only(town: Town) -> None:
    hospital = begin(town, "hospital")
    live(town, "home")
    assert is_running(town, hospital)


def test_what_the_gateway_showed_before_it_knew_of_the_absence_does_not_end_it(town: Town) -> None:
    away = begin(town, "away", heard=False)
    live(town, "home")
    assert is_running(town, away)
    fetch_all(town)
    live(town, "home", after_s=0)
    assert is_running(town, away)
    live(town, "home", after_s=1)
    assert not is_running(town, away)


def test_a_worker_ends_an_away_once_and_the_gateway_is_told(town: Town) -> None:
    away = begin(town, "away")
    for _ in range(2):
        with town.session() as session:
            absences.end(session, away, town.actor("aoki"), now=town.now)
    told = [one.command for one in fetch_all(town)]
    assert told[-1] == contract.AbsenceEnded("u203", "away", town.clock.now())
    assert len([one for one in told if isinstance(one, contract.AbsenceEnded)]) == 1


def test_what_is_running_is_told_again_after_each_new_configuration(town: Town) -> None:
    over, away = begin(town, "hospital"), begin(town, "away")
    with town.session() as session:
        absences.end(session, over, town.actor("aoki"), now=town.now)
        session.get_one(Unit, town.seeded.units["101"]).false_alarms_per_30_days = 0.5
        session.flush()
        assert commands.configure(session, town.seeded.gateway_id, town.now)
    with town.session() as session:
        told = [one.command for one in commands.pending(session, town.seeded.gateway_id, 0).commands]
        assert not commands.configure(session, town.seeded.gateway_id, town.now)
        row = session.scalars(select(Absence).where(Absence.id == away)).one()
        since = row.since.timestamp()
    at = next(n for n, one in enumerate(told) if isinstance(one, contract.Configure))
    assert told[at + 1 :] == [contract.Absence("u203", "away", since)]


@pytest.mark.parametrize(("kind", "days"), [("away", 30), ("hospital", 90)])
def test_an_absence_without_an_end_ends_by_itself_and_the_gateway_looks_out_for_a_return(
    town: Town, kind: str, days: int
) -> None:
    begin(town, kind, heard=False)
    (told,) = [one.command for one in fetch_all(town) if isinstance(one.command, contract.Absence)]
    assert (told.kind, told.until) == (kind, None)
    town.advance(days * 86400 - 1)
    with town.session() as session:
        (row,) = absences.running(session, town.seeded.units["203"], town.now)
        assert row.until == row.since + timedelta(days=days), "and its end is shown"
    town.advance(1)
    with town.session() as session:
        assert absences.running(session, town.seeded.units["203"], town.now) == []
