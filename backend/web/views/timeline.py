"""What happened to an alert, line by line: what people did, whom the system reached, and what is not known."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from backend.adapters.store.schema import Alert, AlertEvent, CallIn, Notification
from backend.adapters.store.session import StoreSession
from backend.core.call_in import KIND
from backend.services import rotas
from backend.services.calls import CALLED
from backend.web import words
from backend.web.formats import instant, moment
from backend.web.translate import _
from backend.web.views.shapes import Happening, Reached

NOT_REACHED = frozenset({"failed", "unknown", "unanswered"})
CONTACT_ANSWERS = ("contact_coming", "contact_cannot")
DETAILS: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("outcome", words.OUTCOME),
    ("result", words.CALL_RESULT),
    ("why", words.HELD),
    ("reason", words.SNOOZE_REASON),
    ("where", words.WHERE),
    ("via", words.VIA),
)
OF_SENDS = ("call_", "message_", "send_")  # the line of the send itself says the same


def of(session: StoreSession, alert: Alert) -> tuple[Happening, ...]:
    """Return the lines in the order in which they happened."""
    names = rotas.names(session)
    zone = alert.building.zone
    told = [event for event in events(session, alert) if not event.what.startswith(OF_SENDS)]
    texts = _texts(session, alert)
    lines = [_happening(event, names, zone, texts) for event in told]
    statement = select(Notification).where(Notification.alert_id == alert.id).options(joinedload(Notification.worker))
    lines += [_sending(row, names) for row in session.scalars(statement.order_by(Notification.id))]
    return tuple(sorted(lines, key=lambda line: line.at))


def _texts(session: StoreSession, alert: Alert) -> Mapping[int, str]:
    """What whoever called in wrote, by the text's id: personal, so no event holds it."""
    if alert.kind != KIND:
        return {}
    return {row.id: row.text for row in session.scalars(select(CallIn).where(CallIn.alert_id == alert.id))}


def events(session: StoreSession, alert: Alert) -> list[AlertEvent]:
    statement = select(AlertEvent).where(AlertEvent.alert_id == alert.id).options(joinedload(AlertEvent.worker))
    return list(session.scalars(statement.order_by(AlertEvent.id)))


def calls(found: Iterable[AlertEvent]) -> dict[str, tuple[Reached, ...]]:
    """Return, by person, the calls that workers made by hand, and what contacts answered to those of the system."""
    made: dict[str, tuple[Reached, ...]] = {}
    for event in found:
        if event.what in (CALLED, *CONTACT_ANSWERS):
            person = str(event.detail.get("person", ""))
            said = words.word(words.CALL_RESULT, str(event.detail.get("result", "")))
            if event.what in CONTACT_ANSWERS:
                said = words.word(words.EVENT, event.what)
            made[person] = (*made.get(person, ()), Reached(event.at, said))
    return made


def _happening(event: AlertEvent, names: Mapping[str, str], zone: str, texts: Mapping[int, str]) -> Happening:
    return Happening(
        at=event.at,
        who=event.worker.name if event.worker else _named(event.who, names),
        what=words.word(words.EVENT, _name(event)),
        detail=_detail(event, names, zone, texts),
        gap=event.what in words.GAPS,
    )


def _name(event: AlertEvent) -> str:
    """An alert is raised, and so can its priority be."""
    return "received" if event.what == "raised" and "after" not in event.detail else event.what


def _named(person: str, names: Mapping[str, str]) -> str:
    """A worker or partner by name, and whoever else has no name here in words."""
    return names.get(person) or words.word(words.ACTOR, person.split(":", 1)[0])


def _detail(event: AlertEvent, names: Mapping[str, str], zone: str, texts: Mapping[int, str]) -> str:
    detail = event.detail
    said = [words.word(table, str(detail[key])) for key, table in DETAILS if detail.get(key) in table]
    if detail.get("person"):
        said.insert(0, _named(str(detail["person"]), names))
    if detail.get("text"):
        said.append(str(detail["text"]))
    if text := texts.get(detail.get("call_in", 0)):
        said.append(text)
    if detail.get("until") is not None:
        said.append(_("%(at)sまで", at=instant(moment(float(detail["until"])), zone)))
    if "members" in detail:
        said.append(_("%(n)d件", n=int(detail["members"])))
    if "step" in detail and event.what == "paged":
        said.append(_("%(n)d段目", n=int(detail["step"]) + 1))
    if event.what == "gap":
        said.append(_gap(str(detail.get("gap", ""))))
    return " · ".join(said)


def _gap(gap: str) -> str:
    """Which step reached nobody, and why: "step 2", "step 2 quiet", "exhausted", "resident"."""
    parts = gap.removeprefix("step ").split()
    return " · ".join(
        _("%(n)d段目", n=int(part)) if part.isdecimal() else words.word(words.GAP, part) for part in parts
    )


def _sending(row: Notification, names: Mapping[str, str]) -> Happening:
    """One intended call or message, with what became of it."""
    by = words.word(words.CHANNEL, row.channel)
    state = words.word(words.SENDING, row.state)
    if row.state == "answered" and row.key:
        state = _("%(state)s（%(key)s を押した）", state=state, key=row.key)
    return Happening(
        at=row.ended_at or row.sent_at or row.created_at,
        who=row.worker.name if row.worker else _named(row.person, names),
        what=f"{by}: {state}",
        detail=words.word(words.MISSED, row.problem),
        gap=row.state in NOT_REACHED,
    )
