"""What reached people, counted at the far end, beside what docs/alerts.md allows."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select

from backend.adapters.store import Store
from backend.adapters.store.schema import Alert, AlertEvent, Notification
from backend.core.alerts import HELD, State
from tests.chaos.town import FORGOTTEN_S, STEP_S, Town
from tests.phone_company.company import PhoneCompany
from tests.phone_company.records import Call, Sms

LONGEST_HAND_OVER = timedelta(seconds=20)  # docs/alerts.md, the bound on a double page, 3
HAPPENING = ("emergency", "inactivity")  # the kinds that gateways.py raises
STEPS = ("paged", "exhausted")
# After these the next step may come before the last one's wait is over.
HURRIES = {"call_unanswered", "call_failed", "message_failed", "passed_on", "send_unknown", "send_failed",
           "claim_forgotten"}  # fmt: skip
CALL_LASTS = timedelta(seconds=150)  # and an emergency whose people are called for another one reaches the next


Histories = Mapping[int, Sequence[AlertEvent]]  # by alert, in order


@dataclass(frozen=True)
class Verdict:
    """`lost`, `doubled` and `unexplained` are sentences, one for each case."""

    alerts: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    unexplained: tuple[str, ...]


def judge(store: Store, town: Town, promised: Iterable[str], company: PhoneCompany) -> Verdict:
    histories: defaultdict[int, list[AlertEvent]] = defaultdict(list)
    with store.session(town.organisation_id, viewer="system:test", purpose="judge") as session:
        alerts = list(session.scalars(select(Alert).where(Alert.kind.in_(HAPPENING))))
        rows = list(session.scalars(select(Notification)))
        for event in session.scalars(select(AlertEvent).order_by(AlertEvent.id)):
            histories[event.alert_id].append(event)
    reached = _reached(company, rows)
    pages = [row for row in rows if row.purpose == "page"]
    doubts = [row for row in pages if row.state == "unknown" and reached[row.message_id]]
    second_kinds = _second_kinds(pages, doubts, reached)
    late = [row for row in pages if reached[row.message_id] and _is_late(histories[row.alert_id or 0], row)]
    twice = [row for row in rows if reached[row.message_id] > 1]
    return Verdict(
        alerts=len(alerts),
        lost=(*_lost(alerts, promised), *_never_rang(alerts, pages, reached, histories)),
        doubled=(
            *(f"{_name(row)} reached {reached[row.message_id]} times" for row in twice),
            *(f"{_name(row)} after one of unknown end" for row in second_kinds),
        ),
        unexplained=(
            *(f"{_name(row)} was handed over twice" for row in twice),
            *(f"{_name(row)} was handed over long after the claim" for row in late),
            *_beyond_the_doubts(doubts, second_kinds),
            *_written_twice(pages, reached),
            *_while_held(pages, reached, histories),
            *_before_the_asking_ended(alerts, pages, company),
            *_forgotten_too_early(alerts, histories),
            *_steps_twice(alerts, histories),
            *_steps_too_early(alerts, pages, histories),
            *_doubled_alerts(alerts),
            *_without_a_row(company, rows),
        ),
    )


def _arrived(company: PhoneCompany) -> list[tuple[str, Sms | Call]]:
    """What arrived, with the product's own name for it, as it stands in the address of its callbacks."""
    records: list[Sms | Call] = [*company.messages, *company.calls]
    return [(record.form["StatusCallback"].rstrip("/").split("/")[-2], record) for record in records]


def _message_ids(company: PhoneCompany) -> list[str]:
    return [message_id for message_id, _record in _arrived(company)]


def _reached(company: PhoneCompany, rows: Sequence[Notification]) -> Counter[str]:
    known = {row.message_id for row in rows}
    return Counter(message_id for message_id in _message_ids(company) if message_id in known)


def _without_a_row(company: PhoneCompany, rows: Sequence[Notification]) -> list[str]:
    known = {row.message_id for row in rows}
    return [f"a page nobody wrote down: {one}" for one in _message_ids(company) if one not in known]


def _lost(alerts: Sequence[Alert], promised: Iterable[str]) -> list[str]:
    refs = {alert.ref for alert in alerts}
    missing = [f"{name} was acknowledged and is not there" for name in promised if name not in refs]
    ended = (*HELD, State.CLOSED)
    return missing + [f"{alert.ref} was never claimed: {alert.state}" for alert in alerts if alert.state not in ended]


def _never_rang(
    alerts: Sequence[Alert], pages: Sequence[Notification], reached: Counter[str], histories: Histories
) -> list[str]:
    """Alerts of which no worker was told, but for those that the resident's own answer has ended."""
    rang = {row.alert_id for row in pages if reached[row.message_id]}
    return [
        f"{alert.ref} reached nobody"
        for alert in alerts
        if alert.id not in rang and not (alert.outcome == "answered" and _at(histories[alert.id], "resident_called"))
    ]


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
    return [
        f"{count} more pages after {allowed[place]} of unknown end: {place}"
        for place, count in Counter(map(_place, second_kinds)).items()
        if count > allowed[place]
    ]


def _written_twice(pages: Sequence[Notification], reached: Counter[str]) -> list[str]:
    """One kind, one person, one step of one round: one page. An alert that was given back begins another round."""
    counted = Counter((_place(row), row.channel) for row in pages if reached[row.message_id])
    return [f"{count} pages of one kind: {place}" for place, count in counted.items() if count > 1]


def _place(row: Notification) -> tuple[int, int, int, str]:
    return row.alert_id, row.step, row.round, row.person


def _at(history: Sequence[AlertEvent], *what: str) -> list[datetime]:
    return [event.at for event in history if event.what in what]


# --- too early, too late, twice --------------------------------------------------------------------------------------


def _held(history: Sequence[AlertEvent]) -> list[tuple[datetime, datetime]]:
    """From when until when nobody was to be called: it was claimed, or over."""
    spans: list[tuple[datetime, datetime]] = []
    since = None
    for event in history:
        if event.what in ("claimed", "closed"):
            since = since or event.at
        elif event.what == "claim_forgotten" and since is not None:
            spans.append((since, event.at))
            since = None
    return spans if since is None else [*spans, (since, datetime.max.replace(tzinfo=since.tzinfo))]


def _is_late(history: Sequence[AlertEvent], row: Notification) -> bool:
    """Whether it was handed over so long after a claim that it can not have been under way in that instant.

    Once the claim is forgotten nobody has the alert, and what a killed process had taken before may still go out.
    """
    at = row.handed_over_real_at
    return at is not None and any(
        row.created_at <= since and since + LONGEST_HAND_OVER < at < until for since, until in _held(history)
    )


def _while_held(pages: Sequence[Notification], reached: Counter[str], histories: Histories) -> list[str]:
    return [
        f"{_name(row)} was decided while somebody had it, or after its end"
        for row in pages
        if reached[row.message_id]
        and any(since < row.created_at < until for since, until in _held(histories[row.alert_id or 0]))
    ]


def _before_the_asking_ended(
    alerts: Sequence[Alert], pages: Sequence[Notification], company: PhoneCompany
) -> list[str]:
    """At the far end: workers who were told before the resident had had the time to answer."""
    ends = {alert.id: alert.open_due_at for alert in alerts if alert.open_due_at is not None}
    asked = {row.message_id: row for row in pages if row.alert_id in ends}
    return [
        f"{_name(row)} arrived before the asking was over"
        for message_id, record in _arrived(company)
        if (row := asked.get(message_id)) is not None and record.created < ends[row.alert_id or 0]
    ]


def _forgotten_too_early(alerts: Sequence[Alert], histories: Histories) -> list[str]:
    """A claim that was forgotten before its time, or twice."""
    patience = timedelta(seconds=FORGOTTEN_S)
    return [
        f"{alert.ref}: its claim was forgotten after {until - since}"
        for alert in alerts
        for since, until in _held(histories[alert.id])
        if until - since < patience
    ] + [
        f"{alert.ref} was claimed {claimed} times and forgotten {forgotten} times"
        for alert in alerts
        if (forgotten := len(_at(histories[alert.id], "claim_forgotten")))
        > (claimed := len(_at(histories[alert.id], "claimed")))
        or claimed > forgotten + 1
    ]


def _steps_twice(alerts: Sequence[Alert], histories: Histories) -> list[str]:
    """What may happen once: the opening, the end, and each step in each round."""
    once = Counter(
        (alert.ref, event.what, event.detail.get("step"), event.detail.get("round"))
        for alert in alerts
        for event in histories[alert.id]
        if event.what in ("opened", "closed", *STEPS)
    )
    return [f"{ref}: {what} {count} times (step {step}, round {round_})"
            for (ref, what, step, round_), count in once.items() if count > 1]  # fmt: skip


def _steps_too_early(alerts: Sequence[Alert], pages: Sequence[Notification], histories: Histories) -> list[str]:
    """Steps of the policy that came before the wait of the one before was over, although nothing had hurried them."""
    calls: defaultdict[str, list[Notification]] = defaultdict(list)
    for row in pages:
        calls[row.person].append(row)

    def is_called_for_another(event: AlertEvent, until: datetime) -> bool:
        return any(
            row.alert_id != event.alert_id and until - CALL_LASTS < row.created_at <= until
            for person in event.detail["people"]
            for row in calls[person]
        )

    found = []
    for alert in alerts:
        history = histories[alert.id]
        for before, after in pairwise([event for event in history if event.what == "paged"]):
            hurried = any(event.what in HURRIES for event in history if before.id < event.id < after.id)
            if after.at - before.at >= timedelta(seconds=STEP_S) or hurried:
                continue
            if alert.priority != "P1" or not is_called_for_another(before, after.at):
                found.append(f"{alert.ref}: step {after.detail['step']} after {after.at - before.at}")
    return found


def _name(row: Notification) -> str:
    return f"{row.channel} to {row.person} (alert {row.alert_id}, step {row.step}, round {row.round}, {row.state})"
