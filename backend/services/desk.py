"""Answers the providers' callbacks from the store: see channels/desk.py."""

from datetime import datetime

from contract.clock import Clock

from backend.adapters.store import Store, StoreSession
from backend.channels import words
from backend.channels.desk import Progress, Spoken
from backend.core.clocks import instant
from backend.services import messages, outbox

VIEWER = "system:callback"
SAID = {
    "claimed": "claimed",
    "already_claimed": "taken",
    "closed": "closed",
    "passed_on": "passed",
    "not_me": "wrong",
    "thanks": "fine",
    "unknown_key": "unclear",
}


class StoreDesk:
    """A `Desk`; each answer is one transaction."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def script(self, message_id: str, provider_ref: str) -> Spoken | None:
        organisation_id = self._organisation(message_id)
        if organisation_id is None:
            return None
        with self._store.session(organisation_id, viewer=VIEWER, purpose="call") as session:
            return self._script(session, message_id, provider_ref) if _fits(session, message_id, provider_ref) else None

    def press(self, message_id: str, provider_ref: str, key: str) -> Spoken | None:
        organisation_id = self._organisation(message_id)
        if organisation_id is None:
            return None
        with self._store.session(organisation_id, viewer=VIEWER, purpose="call") as session:
            if not _fits(session, message_id, provider_ref):
                return None
            reply = outbox.answered(session, message_id, key, now=self._now())
            again = self._script(session, message_id, provider_ref)
            if reply.result == "repeat":
                return again
            said = words.reply(SAID[reply.result], again.language)
            if reply.result == "unknown_key":  # say what the keys are, and wait for another
                return Spoken(again.language, (said, again.sentences[-1]), again.if_silent)
            return Spoken(again.language, (said,))

    def report(self, message_id: str, provider_ref: str, progress: Progress, problem: str) -> bool:
        organisation_id = self._organisation(message_id)
        if organisation_id is None:
            return False
        with self._store.session(organisation_id, viewer=VIEWER, purpose="delivery") as session:
            if not _fits(session, message_id, provider_ref):
                return False
            now = self._now()
            if progress == "taken":
                outbox.accepted(session, message_id, provider_ref=provider_ref, now=now)
            elif progress == "reached":
                outbox.delivered(session, message_id, provider_ref=provider_ref, now=now)
            elif progress == "unanswered":
                outbox.unanswered(session, message_id, problem, now=now)
            else:
                outbox.failed(session, message_id, problem, now=now)
            return True

    def _script(self, session: StoreSession, message_id: str, provider_ref: str) -> Spoken:
        now = self._now()
        alert, row = outbox.hold(session, message_id)
        row.provider_ref = row.provider_ref or provider_ref or None
        to = messages.whom(session, row)
        if row.purpose == "page" and alert.closed_at is not None:
            return Spoken(to.language, (words.reply("closed", to.language),))
        silent = words.reply("silent" if row.purpose == "ask" else "unanswered", to.language)
        return Spoken(to.language, messages.spoken(alert, row, to, now), silent)

    def _organisation(self, message_id: str) -> int | None:
        with self._store.system_session() as session:
            return outbox.organisation_of(session, message_id) if message_id.isalnum() else None

    def _now(self) -> datetime:
        return instant(self._clock.now())


def _fits(session: StoreSession, message_id: str, provider_ref: str) -> bool:
    """Whether the provider's name for the send does not contradict what is known of it."""
    _alert, row = outbox.hold(session, message_id)
    return not provider_ref or not row.provider_ref or row.provider_ref == provider_ref
