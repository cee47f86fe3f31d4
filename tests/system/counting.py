"""What must hold at the far end, whatever was killed in between."""

from collections import Counter
from collections.abc import Iterable

from tests.system.installation import Installation
from tests.system.nodes import Report


def assert_every_event_is_journalled_once(found: Counter[Report], promised: Iterable[Report]) -> None:
    missing = [report for report in promised if report not in found]
    doubled = [report for report, count in found.items() if count > 1]
    assert not missing, f"{len(missing)} events lost, the first {missing[:3]}"
    assert not doubled, f"{len(doubled)} events journalled twice, the first {doubled[:3]}"


def assert_one_alert_for_each(all_of_it: Installation, pressed: Iterable[str]) -> None:
    by_unit = Counter(alert.ref for alert in all_of_it.alerts())
    assert len(by_unit) == len(set(pressed)), f"{len(by_unit)} alerts for {len(set(pressed))} presses"
    assert set(by_unit.values()) <= {1}, f"doubled alerts: {by_unit.most_common(3)}"


def extra_pages(all_of_it: Installation) -> dict[str, int]:
    """How often a person was reached more than once by one and the same intended send, by message."""
    company = all_of_it.company
    reached: Counter[str] = Counter()
    known = all_of_it.notifications()
    for record in [*company.messages, *company.calls]:
        ours = [message_id for message_id in known if message_id in record.form.get("StatusCallback", "")]
        assert ours, f"a page nobody wrote down: {record.form}"
        reached[ours[0]] += 1
    return {message_id: count - 1 for message_id, count in reached.items() if count > 1}


def assert_nobody_was_paged_twice(all_of_it: Installation) -> None:
    """This provider can always be asked what became of a send, and then docs/alerts.md allows not one extra page."""
    extra = extra_pages(all_of_it)
    assert not extra, f"paged more than once by one send: {extra}"
