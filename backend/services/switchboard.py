"""Whoever calls the service number is answered here: `backend.channels.desk.Switchboard`.

Each request is a transaction of its own that has been committed when it returns, so what the voice says has happened.
"""

import logging
import time

from contract.clock import Clock

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import CallIn
from backend.channels.desk import InboundCall, Spoken
from backend.config import Limits
from backend.core.call_in import BY_KEY, CASE
from backend.core.clocks import instant
from backend.core.words import calling_in
from backend.services import call_in, callers, replies
from backend.services.call_in import VIEWER

log = logging.getLogger(__name__)


class ServiceDesk:
    def __init__(self, store: Store, clock: Clock, limits: Limits) -> None:
        self._store, self._clock, self._limits = store, clock, limits

    def answer(self, call: InboundCall) -> Spoken:
        number = callers.number_of(call.caller)
        caller = callers.identify(self._store, number, call.called)
        if caller is None:
            log.error("a call was not taken: several organisations, and the number called is nobody's service number")
            replies.note_stranger(self._store, call.provider, call.ref, number, instant(time.time()))
            return Spoken("ja", (calling_in.said("not_taken", "ja"), calling_in.said("not_taken", "en")))
        with self._store.session(caller.organisation_id, viewer=VIEWER, purpose="call in") as session:
            if caller.is_staff:
                language = call_in.language_of(session, caller)
                return Spoken(language, (calling_in.greeting(language), calling_in.said("staff", language)))
            row = call_in.begin(
                session, caller, provider=call.provider, ref=call.ref, kind="voice", now=instant(self._clock.now())
            )
            return self._first_words(session, row)

    def _first_words(self, session: StoreSession, row: CallIn) -> Spoken:
        hello = calling_in.greeting(row.language)
        if not row.result and call_in.may_settle(session, row):
            return Spoken(row.language, (hello, calling_in.menu(row.language)), calling_in.said(CASE, row.language))
        if not row.result:
            call_in.open_case(session, row, instant(self._clock.now()), self._limits)
        return Spoken(row.language, (hello, _last_words(row)))

    def press(self, provider: str, ref: str, key: str) -> Spoken | None:
        organisation_id = call_in.organisation_of(self._store, provider, ref)
        if organisation_id is None:
            return None
        with self._store.session(organisation_id, viewer=VIEWER, purpose="call in") as session:
            row, now = call_in.hold(session, provider, ref), instant(self._clock.now())
            wish = BY_KEY.get(key)
            if not row.result and wish is not None and call_in.may_settle(session, row):
                call_in.settle(session, row, wish, now)
            elif not row.result:
                call_in.open_case(session, row, now, self._limits)
            return Spoken(row.language, (_last_words(row),))

    def over(self, provider: str, ref: str) -> bool:
        return self.press(provider, ref, "") is not None


def _last_words(row: CallIn) -> str:
    what = "withheld" if row.result == CASE and not row.number else row.result
    return calling_in.said(what, row.language)
