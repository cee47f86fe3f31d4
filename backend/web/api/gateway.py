"""What gateways send and fetch. A gateway forgets what it reads as stored, so the commit comes before the answer."""

from datetime import UTC, datetime
from time import monotonic

import msgspec
from contract.reports import (
    Batch,
    BatchReply,
    Commands,
    Enrol,
    Enrolling,
    Enrolment,
    Instant,
    Name,
    Numbered,
    Outcome,
    Restores,
    Seq,
    WantRestores,
)
from flask import request
from msgspec import Raw, Struct
from prometheus_client import Counter
from sqlalchemy import Select, select

from backend.adapters.store.schema import Gateway, GatewayCommand
from backend.services import backups, commands, directory, enrolments, reports, supervision
from backend.web.api.routes import UNREADABLE
from backend.web.api.shapes import CommandsQuery
from backend.web.frame import web
from backend.web.problems import Refused

BATCH_BYTES = 4 * 1024 * 1024
LOOK_AGAIN_S = 5.0  # also without a bell: one that was missed must not cost more than this
unreadable = Counter("tomoshibi_reports_unreadable", "Reports in a readable batch that nobody could read")
stored = Counter("tomoshibi_reports", "Gateways' reports by what became of them", ["result"])


class LooseBatch(Struct, frozen=True):
    """A batch whose reports are read one by one: one that cannot be read must not hold up the others for ever."""

    journal: Name
    sent_at: Instant
    reports: list[Raw] = []
    queued: int = 0


class OnlySeq(Struct, frozen=True):
    seq: Seq


def authenticate() -> Gateway:
    """Return the gateway whose credential came with the request. Raises Refused (401)."""
    credential = bearer()
    with web().store.system_reading() as session:
        gateway = directory.gateway_of(session, credential)
    if gateway is None:
        raise Refused(401, "this credential is unknown or was revoked")
    return gateway


def bearer() -> str:
    """Return the token that came with the request. Raises Refused (401)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused(401, "a gateway sends its credential as a bearer token")
    return token.strip()


def who(gateway: Gateway) -> str:
    """As the audit names it."""
    return f"gateway:{gateway.id}"


def take_reports(gateway: Gateway, batch: LooseBatch) -> BatchReply:
    """Store a batch; the answer is made after the commit."""
    parts = web()
    whole, refused = _sort(batch)
    times = {"now": parts.now(), "real_now": datetime.now(UTC)}
    with parts.store.session(gateway.organisation_id, viewer=who(gateway), purpose="reports") as session:
        if not batch.reports and supervision.beats(session, gateway.id, queued=batch.queued, **times):
            return BatchReply([])
        reply = reports.apply(session, gateway, whole, **times, limits=parts.config.limits)
        for outcome, body in refused:
            unreadable.inc()
            reports.keep_refused(session, gateway, batch.journal, outcome, body, parts.now(), parts.config.limits)
    results = sorted([*reply.results, *(outcome for outcome, _ in refused)], key=lambda each: each.seq)
    for each in results:
        stored.labels(each.result).inc()
    return BatchReply(results)


def _sort(batch: LooseBatch) -> tuple[Batch, list[tuple[Outcome, bytes]]]:
    """Part the reports into those that can be read and the others. Raises Refused where even the number is missing."""
    readable: list[Numbered] = []
    refused: list[tuple[Outcome, bytes]] = []
    for raw in batch.reports:
        try:
            readable.append(msgspec.json.decode(raw, type=Numbered))
        except UNREADABLE as error:
            refused.append((Outcome(_seq(raw), "refused", str(error)[:1000]), bytes(raw)))
    return Batch(batch.journal, batch.sent_at, readable, batch.queued), refused


def _seq(raw: Raw) -> int:
    try:
        return msgspec.json.decode(raw, type=OnlySeq).seq
    except UNREADABLE as error:
        raise Refused(422, f"a report without a readable number: {error}") from error


def give_commands(gateway: Gateway, query: CommandsQuery) -> Commands:
    """Answer at once where there is something to say, else wait for it; no transaction is open meanwhile."""
    parts, until = web(), monotonic() + query.wait_s
    _note_arrived(gateway, query.after)
    while True:
        known = parts.notifier.revision(gateway.organisation_id, "commands")
        with parts.store.reading(gateway.organisation_id, viewer=who(gateway), purpose="commands") as session:
            found = commands.pending(session, gateway.id, query.after)
            if found.commands:  # it may have waited long, and meanwhile another machine may have come in its place
                directory.require_same(gateway, session.get_one(Gateway, gateway.id))
        left_s = until - monotonic()
        if found.commands or left_s <= 0:
            return found
        parts.notifier.wait(gateway.organisation_id, "commands", known=known, timeout_s=min(left_s, LOOK_AGAIN_S))


def _note_arrived(gateway: Gateway, n: int) -> None:
    """Note that the commands up to `n` have arrived, waiting for a turn to write only if one was not noted yet."""
    parts = web()
    with parts.store.reading(gateway.organisation_id, viewer=who(gateway), purpose="commands") as session:
        is_news = session.scalar(_unnoted(gateway.id, n)) is not None
    if is_news:
        with parts.store.session(gateway.organisation_id, viewer=who(gateway), purpose="commands") as session:
            commands.arrived(session, gateway.id, n, parts.now())


def _unnoted(gateway_id: int, n: int) -> Select[int]:
    """A command up to `n` of which nobody noted yet that it arrived."""
    return (
        select(GatewayCommand.id)
        .where(GatewayCommand.gateway_id == gateway_id, GatewayCommand.n <= n, GatewayCommand.delivered_at.is_(None))
        .limit(1)
    )


def ask_restores(gateway: Gateway, wanted: WantRestores) -> Restores:
    """Tell the gateway again what was learned in its units: it has another recovery key now."""
    parts = web()
    with parts.store.session(gateway.organisation_id, viewer=who(gateway), purpose="restores") as session:
        return backups.give_back(session, gateway.id, parts.now(), wanted.key)


# --- before it has a credential --------------------------------------------------------------------------------------


def enrol(_anyone: object, wanted: Enrol) -> Enrolling:
    """Give a gateway that asks to be taken in a code to show. Raises Refused (429)."""
    parts, address = web(), request.remote_addr or ""
    wait_s = parts.enrolling.wait_s(address)
    if wait_s > 0:
        raise Refused(429, f"asked too often from this address; try again in {wait_s:.0f} s")
    parts.enrolling.count(address)
    return enrolments.begin(parts.store, wanted.digest, address, datetime.now(UTC))


def enrolment(secret: str, enrolment: str) -> Enrolment:
    """Say what became of an enrolment to whoever knows its secret. Raises Refused (401)."""
    with web().store.system_reading() as session:
        found = enrolments.state(session, enrolment, secret, datetime.now(UTC))
    if found is None:
        raise Refused(401, "no enrolment has this name and secret")
    return found
