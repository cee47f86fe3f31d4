"""What is due: the most urgent first, and no more at once than an emergency can wait for."""

from backend.adapters.store import lock
from backend.adapters.store.schema import Alert
from backend.services import timers
from tests.backend.conftest import NewTown
from tests.backend.town import Town


def due(town: Town) -> list[int]:
    """The alerts whose timers are due, in the order in which they are acted on."""
    with town.store.system_reading() as session:
        return [alert_id for _organisation, alert_id, _timer in timers.due(session, town.now, town.real_now)]


def test_an_emergencys_timer_comes_before_all_that_fell_due_earlier(town: Town) -> None:
    quiet, silence = town.raise_alert("battery_low"), town.raise_alert("inactivity", "open")
    town.clock.advance(hours=5)
    press = town.raise_alert("emergency", "open")
    town.clock.advance(hours=1)
    assert list(dict.fromkeys(due(town))) == [press, silence, quiet]


def test_no_more_are_taken_at_once_than_an_emergency_can_wait_for(town: Town) -> None:
    for count in range(timers.MOST_AT_ONCE + 5):
        town.raise_alert("node_lost", name=f"lost-{count}")
    town.clock.advance(hours=5)
    assert len(due(town)) == timers.MOST_AT_ONCE
    town.process.tick()
    assert due(town) == []


def test_an_alert_that_somebody_holds_keeps_nobody_from_the_others(postgres_town: NewTown) -> None:
    town = postgres_town()
    held, other = town.raise_alert("emergency", unit="u101"), town.raise_alert("smoke", unit="u102")
    town.clock.advance(minutes=1)
    with town.session() as holding:
        lock(holding, Alert, held)
        town.process._fire_timers()
        assert set(due(town)) == {held}
    town.process.tick()
    assert 1 in {row.step for row in town.rows(held)} & {row.step for row in town.rows(other)}
