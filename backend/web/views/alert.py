"""Everything of the first ten seconds about one alert."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from contract.reports import Evidence, SeenSign
from contract.reports import UnitLive as LiveReport
from sqlalchemy import func, select

from backend.adapters.store.schema import (
    Absence,
    Alert,
    Contact,
    Gateway,
    SafetyCheck,
    Unit,
)
from backend.adapters.store.session import StoreSession
from backend.core.alerts import HELD, LIVE, State
from backend.core.noise import may_be_held
from backend.core.storms import KIND
from backend.errors import NotFound
from backend.services import calls, contacts, residents, visitors
from backend.web.formats import moment
from backend.web.views import board, calling, homes, present, quiet, timeline, visiting
from backend.web.views.shapes import AlertPage, Card, Reachable, Unwatched

REPEATED_WITHIN = timedelta(days=30)
SILENT_KINDS = frozenset({"inactivity", "bathroom", "water_running", "no_water"})


def load(session: StoreSession, alert_id: int) -> Alert:
    """Return the alert. Raises NotFound, also for another organisation's."""
    statement = select(Alert).where(Alert.id == alert_id).options(*board.with_places())
    alert = session.scalars(statement).first()
    if alert is None:
        raise NotFound(f"alert {alert_id}")
    return alert


def page(session: StoreSession, alert_id: int, now: datetime, viewer_id: int, *, can_act: bool) -> AlertPage:
    """Return what the page of an alert shows to the worker `viewer_id`. Raises NotFound."""
    alert = load(session, alert_id)
    evidence = msgspec.convert(alert.evidence, Evidence)
    about = _known(session, alert)
    last, live = about.last, about.current
    # Whoever said something of the unit since may not speak for it now; what the alert was raised with is older still.
    unheard = about.unheard or ("not_heard" if about.row is not None and live is None else "")
    signs = _signs(evidence, last)
    card = _card(session, alert, now)
    return AlertPage(
        card=card,
        opened_at=alert.opened_at,
        held_since=alert.claimed_at,
        mine=alert.claimed_by_id == viewer_id,
        free_to_take=alert.state in HELD and alert.claimed_by_id is None,
        repeated=_repeated(session, alert),
        presses=evidence.presses,
        resumed_at=alert.resumed_at,
        note=alert.note,
        spot=evidence.place,
        signs=signs,
        silent_since=_silent_since(alert, evidence, signs),
        limit_s=evidence.limit_s,
        usual_max_s=evidence.usual_max_s,
        usual_days=evidence.usual_days,
        presence=live.presence if live else "unknown" if unheard else evidence.presence,
        door=evidence.door,
        absences=present.absences(session, [alert.unit_id], now).get(alert.unit_id, ()) if alert.unit_id else (),
        air=present.air((live.climate if live else None) or evidence.climate, now),
        sensors=tuple(live.sensors if live else () if unheard else evidence.sensors),
        unheard=unheard,
        reachable=_reachable(session, alert, now),
        other_open=_other_open(session, alert, now),
        last_visit=_last_visit(session, alert.unit_id),
        check=_check(session, alert, now),
        timeline=timeline.of(session, alert),
        contacts_can_be_called=contacts.can_be_called(session, alert, now),
        visitors=visiting.of(session, alert, viewer_id, now),
        visiting=visitors.is_coming(session, alert, viewer_id),
        unwatched=_unwatched(session, alert, now),
        works=quiet.works_at(session, now, alert.building_id, alert.unit_id),
        called_in=calling.called_in(session, alert),
        photos=residents.photographed(session, [each.id for each in card.residents]),
        can_act=can_act,
        can_snooze=can_act and _can_snooze(alert, viewer_id),
    )


def _card(session: StoreSession, alert: Alert, now: datetime) -> Card:
    entry = residents.entry_of(session, alert.unit_id) if alert.unit_id else None
    card = replace(board.cards(session, [alert], now)[0], place=homes.alert_place(alert, entry))
    return replace(card, members=_members(session, alert, now))


def _members(session: StoreSession, alert: Alert, now: datetime) -> tuple[Card, ...]:
    if alert.kind != KIND:
        return ()
    found = session.scalars(select(Alert).where(Alert.incident_id == alert.id).options(*board.with_places()))
    return tuple(sorted(board.cards(session, list(found), now), key=board.urgency))


def _can_snooze(alert: Alert, viewer_id: int) -> bool:
    """Whether this worker may put it off; a coordinator takes it over first."""
    if not may_be_held(alert.priority) or alert.kind == KIND:
        return False
    return alert.state == State.OPEN or (alert.state == State.CLAIMED and alert.claimed_by_id == viewer_id)


def _unwatched(session: StoreSession, alert: Alert, now: datetime) -> tuple[Unwatched, ...]:
    """The units of a building that is not heard, with the last sign of each from before."""
    signs: dict[str, float | None] = alert.evidence.get("last_signs", {})
    units = session.scalars(select(Unit).where(Unit.ref.in_(signs)).order_by(Unit.floor, Unit.name)).all()
    people = residents.residents_by_unit(session, [unit.id for unit in units], now)
    return tuple(
        Unwatched(
            id=unit.id,
            name=unit.name,
            residents=tuple(person.name for person in people[unit.id]),
            last_sign_at=None if (at := signs[unit.ref]) is None else moment(at),
        )
        for unit in units
    )


def _known(session: StoreSession, alert: Alert) -> present.Known:
    """What is known of the unit now; of a whole building only whether its gateway is heard."""
    if alert.unit is not None:
        return present.known(session, [alert.unit])[alert.unit.id]
    unheard = present.unheard(session.get(Gateway, alert.gateway_id) if alert.gateway_id is not None else None)
    return present.Known(None, unheard, unheard)


def _signs(evidence: Evidence, live: LiveReport | None) -> tuple[SeenSign, ...]:
    """The last signs, newest first; one that came after the alert stands in front."""
    signs = sorted(evidence.signs, key=lambda sign: sign.at, reverse=True)
    latest = live.last_sign if live else None
    if latest is not None and (not signs or latest.at > signs[0].at):
        signs.insert(0, latest)
    return tuple(signs)


def _silent_since(alert: Alert, evidence: Evidence, signs: Sequence[SeenSign]) -> datetime | None:
    """Since when nothing was seen, for the alerts that are about silence."""
    if alert.kind == "monitoring_lost":  # its beginning is when the sensors were lost; the quiet is older than that
        return moment(signs[0].at) if signs else None
    if alert.kind not in SILENT_KINDS or evidence.silence_s is None:
        return None
    return alert.since


def _repeated(session: StoreSession, alert: Alert) -> int:
    """How many alerts of this kind the unit had in the 30 days before this one."""
    if alert.unit_id is None:
        return 0
    statement = select(func.count(Alert.id)).where(
        Alert.unit_id == alert.unit_id,
        Alert.kind == alert.kind,
        Alert.id != alert.id,
        Alert.since <= alert.since,
        Alert.since > alert.since - REPEATED_WITHIN,
    )
    return session.scalar(statement) or 0


def _reachable(session: StoreSession, alert: Alert, now: datetime) -> tuple[Reachable, ...]:
    """Whom to call, with the calls that were made already."""
    tried = timeline.calls(timeline.events(session, alert))
    return tuple(
        Reachable(
            key=key,
            name=each.name,
            kind=each.kind if isinstance(each, Contact) else "resident",
            phone=each.phone,
            disclosure=each.disclosure if isinstance(each, Contact) else "",
            tried=tried.get(key, ()),
        )
        for key, each in calls.people(session, alert, now)
    )


def _other_open(session: StoreSession, alert: Alert, now: datetime) -> tuple[Card, ...]:
    if alert.unit_id is None:
        return ()
    statement = select(Alert).where(Alert.unit_id == alert.unit_id, Alert.id != alert.id, Alert.state.in_(LIVE))
    found = list(session.scalars(statement.options(*board.with_places())))
    return tuple(sorted((board.card(each, (), now) for each in found), key=board.urgency))


def _last_visit(session: StoreSession, unit_id: int | None) -> datetime | None:
    """When somebody last stood in front of the resident: a visit, or an alert that was answered on site."""
    if unit_id is None:
        return None
    visits = select(Absence).where(Absence.unit_id == unit_id, Absence.kind == "visit")
    last = session.scalars(visits.order_by(Absence.since.desc()).limit(1)).first()
    on_site = select(func.max(Alert.arrived_at)).where(Alert.unit_id == unit_id, Alert.state == State.CLOSED)
    return max((at for at in (last.since if last else None, session.scalar(on_site)) if at is not None), default=None)


def _check(session: StoreSession, alert: Alert, now: datetime) -> str:
    """Today's safety check in the building's day: open, done, or "" where none is due yet."""
    if alert.unit_id is None:
        return ""
    today = now.astimezone(ZoneInfo(alert.building.zone)).date()
    statement = select(SafetyCheck).where(SafetyCheck.unit_id == alert.unit_id, SafetyCheck.day == today)
    found = session.scalars(statement).first()
    return "" if found is None else found.state
