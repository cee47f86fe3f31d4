"""What happened to an alert, line by line: what people did, whom the system reached, and what is not known."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from backend.adapters.store.schema import Alert, AlertEvent, Notification
from backend.adapters.store.session import StoreSession
from backend.services.calls import CALLED
from backend.web import words
from backend.web.formats import instant, moment
from backend.web.translate import _
from backend.web.views.shapes import Happening, Reached

NOT_REACHED = frozenset({"failed", "unknown", "unanswered"})
DETAILS: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("outcome", words.OUTCOME),
    ("result", words.CALL_RESULT),
    ("why", words.HELD),
    ("reason", words.SNOOZE_REASON),
    ("via", words.VIA),
)
OF_SENDS = ("call_", "message_", "send_")  # the line of the send itself says the same


def of(session: StoreSession, alert: Alert) -> tuple[Happening, ...]:
    """Return the lines in the order in which they happened."""
    zone = alert.building.zone
    lines = [_happening(event, zone) for event in events(session, alert) if not event.what.startswith(OF_SENDS)]
    statement = select(Notification).where(Notification.alert_id == alert.id).options(joinedload(Notification.worker))
    lines += [_sending(row) for row in session.scalars(statement.order_by(Notification.id))]
    return tuple(sorted(lines, key=lambda line: line.at))


def events(session: StoreSession, alert: Alert) -> list[AlertEvent]:
    statement = select(AlertEvent).where(AlertEvent.alert_id == alert.id).options(joinedload(AlertEvent.worker))
    return list(session.scalars(statement.order_by(AlertEvent.id)))


def calls(found: Iterable[AlertEvent]) -> dict[str, tuple[Reached, ...]]:
    """Return, by person, the calls that workers made by hand."""
    made: dict[str, tuple[Reached, ...]] = {}
    for event in found:
        if event.what == CALLED:
            person = str(event.detail.get("person", ""))
            said = Reached(event.at, words.word(words.CALL_RESULT, str(event.detail.get("result", ""))))
            made[person] = (*made.get(person, ()), said)
    return made


def _happening(event: AlertEvent, zone: str) -> Happening:
    return Happening(
        at=event.at,
        who=_who(event),
        what=words.word(words.EVENT, _name(event)),
        detail=_detail(event, zone),
        gap=event.what in words.GAPS,
    )


def _name(event: AlertEvent) -> str:
    """An alert is raised, and so can its priority be."""
    return "received" if event.what == "raised" and "after" not in event.detail else event.what


def _who(event: AlertEvent) -> str:
    if event.worker is not None:
        return event.worker.name
    return words.word(words.ACTOR, event.who.split(":", 1)[0])


def _detail(event: AlertEvent, zone: str) -> str:
    detail = event.detail
    said = [words.word(table, str(detail[key])) for key, table in DETAILS if detail.get(key) in table]
    if detail.get("person"):
        said.insert(0, words.word(words.ACTOR, str(detail["person"]).split(":", 1)[0]))
    if detail.get("text"):
        said.append(str(detail["text"]))
    if detail.get("until") is not None:
        said.append(_("%(at)sまで", at=instant(moment(float(detail["until"])), zone)))
    if "members" in detail:
        said.append(_("%(n)d件", n=int(detail["members"])))
    if "step" in detail and event.what == "paged":
        said.append(_("%(n)d段目", n=int(detail["step"]) + 1))
    return " · ".join(said)


def _sending(row: Notification) -> Happening:
    """One intended call or message, with what became of it."""
    by = words.word(words.CHANNEL, row.channel)
    state = words.word(words.SENDING, row.state)
    if row.state == "answered" and row.key:
        state = _("%(state)s（%(key)s を押した）", state=state, key=row.key)
    return Happening(
        at=row.ended_at or row.sent_at or row.created_at,
        who=row.worker.name if row.worker else words.word(words.ACTOR, row.person.split(":", 1)[0]),
        what=f"{by}: {state}",
        detail=row.problem,
        gap=row.state in NOT_REACHED,
    )
