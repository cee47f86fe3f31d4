"""What must hold at the far end, whatever was killed in between."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.adapters.store.schema import Alert, Notification
from tests.system.household import FIRST_STEP
from tests.system.installation import Installation
from tests.system.nodes import Report

HANDED_OVER = ("sent", "delivered", "answered")
OLDEST_NOW = timedelta(seconds=10)  # of who waited on a busy machine for whoever claimed
LONGEST_HAND_OVER = timedelta(seconds=20)  # docs/alerts.md, the bound on a double page, 3
FIRST = (0, 0)  # step and round
Place = tuple[int | None, int, int, str, str]  # alert, step, round, person, channel


def assert_every_event_is_journalled(found: set[Report], promised: Iterable[Report]) -> None:
    missing = [report for report in promised if report not in found]
    assert not missing, f"{len(missing)} events lost, the first {missing[:3]}"


def assert_each_press_is_one_alert(alerts: Iterable[tuple[str, int]], pressed: Iterable[str]) -> None:
    """`alerts`: unit and number of presses of each alert; `pressed`: the units in which a button was pressed once."""
    found, wanted = Counter(alerts), Counter((unit, 1) for unit in pressed)
    assert found == wanted, f"alerts lost: {wanted - found}; doubled, pressed twice or unheard of: {found - wanted}"


@dataclass(frozen=True)
class Pages:
    """The alerts and outbox rows beside what the phone company has: `reached` counts its records by message id."""

    alerts: tuple[Alert, ...]
    rows: tuple[Notification, ...]
    reached: Counter[str]

    def assert_none_is_lost(self) -> None:
        """What was said to be sent is at the far end, and every alert was paged, beginning with its first step."""
        unsent = [_name(row) for row in self.rows if row.state in HANDED_OVER and not self.reached[row.message_id]]
        assert not unsent, f"not at the far end, though said to be sent: {unsent}"
        for alert in self.alerts:
            pages = [row for row in self.rows if row.alert_id == alert.id and row.purpose == "page"]
            assert any(self.reached[row.message_id] for row in pages), f"the alert of {alert.ref} reached nobody"
            first = {row.channel for row in pages if (row.step, row.round) == FIRST}
            assert first == set(FIRST_STEP), f"the first step of {alert.ref} was skipped: only {sorted(first)}"
            early = [_name(row) for row in pages if _is_taken_back_too_early(alert, row)]
            assert not early, f"taken back before anybody had the alert at {alert.claimed_at}: {early}"

    def first(self) -> int:
        """Of how many alerts the first step is at the far end; anybody may have taken the others before."""
        first = (row for row in self.rows if row.purpose == "page" and (row.step, row.round) == FIRST)
        return len({row.alert_id for row in first if self.reached[row.message_id]})

    def extra(self) -> dict[Place, int]:
        """How often somebody was reached more than once in one step, by one kind, about one alert."""
        places: Counter[Place] = Counter()
        for row in self.rows:
            places[row.alert_id, row.step, row.round, row.person, row.channel] += self.reached[row.message_id]
        return {place: count - 1 for place, count in places.items() if count > 1}

    def assert_none_is_extra(self) -> None:
        """What docs/alerts.md allows here, where no process is held up and the provider can always be asked.

        That is no page twice, and after a claim only what was being handed over in that instant.
        """
        known = {row.message_id for row in self.rows}
        assert self.reached.keys() <= known, f"pages nobody wrote down: {self.reached.keys() - known}"
        assert not self.extra(), f"paged more than once: {self.extra()}"
        claimed_at: dict[int | None, datetime | None] = {alert.id: alert.claimed_at for alert in self.alerts}
        pages = (row for row in self.rows if row.purpose == "page" and row.alert_id in claimed_at)
        late = [_name(row) for row in pages if _is_late(claimed_at[row.alert_id], row)]
        assert not late, f"handed over long after the claim: {late}"


def count_pages(all_of_it: Installation) -> Pages:
    """End the worker, so that nothing is under way while it is counted, and count."""
    all_of_it.stop("worker")
    records = [*all_of_it.company.messages, *all_of_it.company.calls]
    reached = Counter(record.form["StatusCallback"].rstrip("/").split("/")[-2] for record in records)
    return Pages(tuple(all_of_it.alerts()), tuple(all_of_it.notifications()), reached)


def _is_taken_back_too_early(alert: Alert, row: Notification) -> bool:
    if row.state != "cancelled":
        return False
    return alert.claimed_at is None or row.ended_at is None or row.ended_at < alert.claimed_at - OLDEST_NOW


def _is_late(claimed_at: datetime | None, row: Notification) -> bool:
    if claimed_at is None or row.handed_over_real_at is None:
        return False
    return row.handed_over_real_at > claimed_at + LONGEST_HAND_OVER


def _name(row: Notification) -> str:
    return f"{row.channel} to {row.person} (alert {row.alert_id}, step {row.step}, round {row.round}, {row.state})"
