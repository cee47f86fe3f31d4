"""What a call says and what its keys do, for every provider's callbacks and for the demo's phones alike.

`PhoneDesk` is `backend.channels.desk.Desk`. Each call is a transaction of its own that has been committed when it
returns, so what the voice says has already happened.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from contract.clock import Clock

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import Alert, Notification
from backend.channels.desk import Progress, Spoken
from backend.core import daily_call, self_tests, storms
from backend.core.alerts import HELD, Priority, State
from backend.core.clocks import instant
from backend.core.words import asking, merged, spoken, trial, visiting
from backend.core.words import contacts as to_contacts
from backend.core.words.languages import told_in
from backend.core.words.merged import Storm
from backend.errors import NotFound
from backend.services import callees, contacts, members, merging, outbox, residents, visitors
from backend.services.addresses import reachable
from backend.services.subjects import subject_of

_Call = tuple[StoreSession, Alert | None, Notification]


class PhoneDesk:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def script(self, message_id: str, provider_ref: str) -> Spoken | None:
        with self._call(message_id, provider_ref) as call:
            if call is None:
                return None
            session, alert, row = call
            if row.purpose == "page":
                merging.take_along(session, row)  # what has come since the call was made
            return script_of(session, alert, row, self._now())

    def press(self, message_id: str, provider_ref: str, key: str) -> Spoken | None:
        with self._call(message_id, provider_ref) as call:
            if call is None:
                return None
            session, alert, row = call
            before = script_of(session, alert, row, self._now())
            reply = outbox.answered(session, message_id, key[:8], now=self._now())
            return _answer(reply, before)

    def report(self, message_id: str, provider_ref: str, progress: Progress, problem: str) -> bool:
        with self._call(message_id, provider_ref) as call:
            if call is None:
                return False
            session, _alert, row = call
            if progress == "taken":
                outbox.accepted(session, message_id, provider_ref=provider_ref, now=self._now())
            elif progress == "reached":
                outbox.delivered(session, message_id, provider_ref=provider_ref, now=self._now())
            elif progress == "unanswered":
                outbox.unanswered(session, message_id, problem, now=self._now())
            elif progress == "failed":
                outbox.failed(session, message_id, problem, now=self._now())
            row.provider_ref = row.provider_ref or provider_ref or None
            return True

    @contextmanager
    def _call(self, message_id: str, provider_ref: str) -> Iterator[_Call | None]:
        """Hold a message; None where there is none, or the provider's name for it is another's."""
        with self._store.system_reading() as session:
            organisation_id = outbox.organisation_of(session, message_id)
        if organisation_id is None:
            yield None
            return
        with self._store.session(organisation_id, viewer="system:call", purpose="what a call says") as session:
            try:
                alert, row = outbox.hold(session, message_id)
            except NotFound:
                yield None
                return
            yield (session, alert, row) if row.provider_ref in (None, "", provider_ref) else None

    def _now(self) -> datetime:
        return instant(self._clock.now())


def script_of(session: StoreSession, alert: Alert | None, row: Notification, now: datetime) -> Spoken:
    """What a call says when it is picked up at `now`."""
    language = reachable(session, row.person).language
    if row.purpose == self_tests.PURPOSE:  # that it was picked up is enough: nobody has to press anything
        return Spoken(language, (trial.trial_call(language),), spoken.reply("tested", language))
    if alert is None:
        sentences = (trial.trial_call(language), trial.trial_keys(language))
        return Spoken(language, sentences, spoken.reply("untested", language))
    if row.purpose == "ask":
        return _ask_script(session, alert, now)
    if row.purpose == contacts.PURPOSE:
        return _contact_script(session, alert, row, language, now)
    if alert.state == State.CLOSED:
        return Spoken(language, (spoken.reply("closed", language),))
    if row.purpose == visitors.PURPOSE:
        wish = (spoken.alert_call(subject_of(alert, now), language), visiting.visit_keys(language))
        return Spoken(language, wish, spoken.reply("visit_silent", language))
    if alert.state in HELD:
        return Spoken(language, (spoken.reply("taken", language),))
    said = (*_what_happened(session, alert, row, now, language), spoken.keys_call(language))
    return Spoken(language, said, spoken.reply("unanswered", language))


def _what_happened(
    session: StoreSession, alert: Alert, row: Notification, now: datetime, language: str
) -> tuple[str, ...]:
    if alert.kind == storms.KIND:
        said = merged.storm_call(storm_of(session, alert, now), language)
    else:
        said = spoken.alert_call(subject_of(alert, now), language)
    others = merging.spoken_of(session, row)
    if not others:
        return (said,)
    return said, merged.others_call(len(others), others.count(Priority.P1), language)


def _ask_script(session: StoreSession, alert: Alert, now: datetime) -> Spoken:
    resident = residents.to_call(session, alert, now)
    if resident is None or alert.state == State.CLOSED:
        return Spoken("ja", (spoken.reply("unknown", "ja"),))
    language = told_in(resident.language, resident=True)
    ask = asking.daily_ask if alert.kind == daily_call.KIND else asking.ask_call
    sentences = (ask(resident.name, language), asking.ask_keys(language))
    return Spoken(language, sentences, spoken.reply("silent", language))


def _contact_script(session: StoreSession, alert: Alert, row: Notification, language: str, now: datetime) -> Spoken:
    if alert.state == State.CLOSED:
        return Spoken(language, (spoken.reply("contact_over", language),))
    about = callees.about(session, alert, row, now)
    sentences = (to_contacts.contact_call(about, language), to_contacts.contact_keys(language))
    return Spoken(language, sentences, spoken.reply("contact_silent", language))


def storm_of(session: StoreSession, incident: Alert, now: datetime) -> Storm:
    """What messages to workers say about an incident."""
    waiting = members.waiting(session, incident)
    first = subject_of(waiting[0] if waiting else incident, now)
    buildings = len({alert.building_id for alert in waiting})
    return Storm(len(waiting), first, buildings, subject_of(incident, now).clock)


SAID = {
    "claimed": "claimed",
    "already_claimed": "taken",
    "passed_on": "passed",
    "not_me": "wrong",
    "closed": "closed",
    "thanks": "fine",
    "coming": "coming",
    "cannot": "cannot",
    "cannot_visit": "visit_refused",
    "tested": "tested",
    "over": "unknown",
}


def _answer(reply: outbox.Reply, script: Spoken) -> Spoken:
    if reply.result == "repeat":
        return script
    if reply.result == "unknown_key":
        unclear = spoken.reply("unclear", script.language)
        return Spoken(script.language, (unclear, *script.sentences[-1:]), script.if_silent)
    return Spoken(script.language, (spoken.reply(SAID[reply.result], script.language),))
