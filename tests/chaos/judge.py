"""What reached people, counted at the far end, beside what docs/alerts.md allows."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from backend.adapters.store import Store
from backend.adapters.store.schema import Alert, AlertEvent, Notification
from backend.core.alerts import HELD
from tests.phone_company.company import PhoneCompany

LONGEST_HAND_OVER = timedelta(seconds=20)  # docs/alerts.md, the bound on a double page, 3
OPENED_AGAIN = ("released", "claim_forgotten")


@dataclass(frozen=True)
class Verdict:
    """`lost`, `doubled` and `unexplained` are sentences, one for each case."""

    alerts: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    unexplained: tuple[str, ...]


def judge(store: Store, organisation_id: int, promised: Iterable[str], company: PhoneCompany) -> Verdict:
    with store.session(organisation_id, viewer="system:test", purpose="judge") as session:
        alerts = list(session.scalars(select(Alert).where(Alert.kind == "emergency")))
        rows = list(session.scalars(select(Notification)))
        reopened = set(session.scalars(select(AlertEvent.alert_id).where(AlertEvent.what.in_(OPENED_AGAIN))))
    return verdict(alerts, rows, reopened, promised, _message_ids(company))


def verdict(
    alerts: Sequence[Alert],
    rows: Sequence[Notification],
    reopened: Collection[int],
    promised: Iterable[str],
    arrived: Sequence[str],
) -> Verdict:
    """`reopened`: ids of alerts whose steps were gone through anew; `arrived`: message ids, as often as they came."""
    reached = _reached(arrived, rows)
    pages = [row for row in rows if row.purpose == "page"]
    doubts = [row for row in pages if row.state == "unknown" and reached[row.message_id]]
    second_kinds = _second_kinds(pages, doubts, reached)
    late = [row for row in pages if row.alert_id not in reopened and reached[row.message_id] and _is_late(alerts, row)]
    twice = [row for row in rows if reached[row.message_id] > 1]
    return Verdict(
        alerts=len(alerts),
        lost=(*_lost(alerts, promised), *_never_rang(alerts, pages, reached)),
        doubled=(
            *(f"{_name(row)} reached {reached[row.message_id]} times" for row in twice),
            *(f"{_name(row)} after one of unknown end" for row in second_kinds),
        ),
        unexplained=(
            *(f"{_name(row)} was handed over twice" for row in twice),
            *(f"{_name(row)} was handed over long after the claim" for row in late),
            *_beyond_the_doubts(doubts, second_kinds),
            *_written_twice([row for row in pages if row.alert_id not in reopened], reached),
            *_doubled_alerts(alerts),
            *_without_a_row(arrived, rows),
        ),
    )


def _message_ids(company: PhoneCompany) -> list[str]:
    """The products' own names for what arrived, as they stand in the addresses of its callbacks."""
    records = [*company.messages, *company.calls]
    return [record.form["StatusCallback"].rstrip("/").split("/")[-2] for record in records]


def _reached(arrived: Sequence[str], rows: Sequence[Notification]) -> Counter[str]:
    known = {row.message_id for row in rows}
    return Counter(message_id for message_id in arrived if message_id in known)


def _without_a_row(arrived: Sequence[str], rows: Sequence[Notification]) -> list[str]:
    known = {row.message_id for row in rows}
    return [f"a page nobody wrote down: {one}" for one in arrived if one not in known]


def _lost(alerts: Sequence[Alert], promised: Iterable[str]) -> list[str]:
    refs = {alert.ref for alert in alerts}
    missing = [f"{name} was acknowledged and is not there" for name in promised if name not in refs]
    return missing + [f"{alert.ref} was never claimed: {alert.state}" for alert in alerts if alert.state not in HELD]


def _never_rang(alerts: Sequence[Alert], pages: Sequence[Notification], reached: Counter[str]) -> list[str]:
    rang = {row.alert_id for row in pages if reached[row.message_id]}
    return [f"{alert.ref} reached nobody" for alert in alerts if alert.id not in rang]


def _doubled_alerts(alerts: Sequence[Alert]) -> list[str]:
    return [
        f"{ref} became {count} alerts" for ref, count in Counter(alert.ref for alert in alerts).items() if count > 1
    ]


def _second_kinds(
    pages: Sequence[Notification], doubts: Sequence[Notification], reached: Counter[str]
) -> list[Notification]:
    """Pages by another kind because the end of the first is unknown: docs/alerts.md, the bound on a double page, 2."""
    since = {_place(row): row.created_at for row in doubts}
    second = [row for row in pages if reached[row.message_id] and _place(row) in since and row.state != "unknown"]
    return [row for row in second if row.created_at > since[_place(row)]]


def _beyond_the_doubts(doubts: Sequence[Notification], second_kinds: Sequence[Notification]) -> list[str]:
    """One for each doubt is allowed."""
    allowed = Counter(map(_place, doubts))
    counted = Counter(map(_place, second_kinds))
    return [
        f"{count} more pages after {allowed[place]} of unknown end: {place}"
        for place, count in counted.items()
        if count > allowed[place]
    ]


def _written_twice(pages: Sequence[Notification], reached: Counter[str]) -> list[str]:
    """One kind, one person, one step of one round: one page, unless the alert was opened again."""
    counted = Counter((_place(row), row.channel) for row in pages if reached[row.message_id])
    return [f"{count} pages of one kind: {place}" for place, count in counted.items() if count > 1]


def _place(row: Notification) -> tuple[int, int, int, str]:
    return row.alert_id, row.step, row.round, row.person


def _is_late(alerts: Sequence[Alert], row: Notification) -> bool:
    alert = next(alert for alert in alerts if alert.id == row.alert_id)
    if alert.claimed_at is None or row.handed_over_real_at is None:
        return False
    return row.handed_over_real_at > alert.claimed_at + LONGEST_HAND_OVER


def _name(row: Notification) -> str:
    return f"{row.channel} to {row.person} (alert {row.alert_id}, step {row.step}, round {row.round}, {row.state})"
