"""The worker's half of the outbox: take rows with a lease, hand them to a provider, write down what came of it.

A row goes pending → sending (leased, fenced) → sent | failed | unknown. Nothing is sent inside a transaction. A result
counts only with the fence under which the row was taken. A send of which nobody knows the end is `unknown`: the
provider is asked (doubts.py), and the next channel is used rather than the same one again. Leases run in real time.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, not_, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from backend.adapters.store import Store, StoreSession, lock
from backend.adapters.store.schema import Alert, Notification
from backend.config import Limits
from backend.core import self_tests
from backend.core.alerts import LIVE, State
from backend.core.kinds import WRITTEN
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Channel, Channels, Found, Message, Sent
from backend.services import contacts, links, merging, visitors
from backend.services.actors import SYSTEM
from backend.services.addresses import address_of
from backend.services.events import note
from backend.services.failover import go_on
from backend.services.messages import compose
from backend.services.rates import Allowance, Share

MOST_TRIES = 3
LONGEST_REST_S = 2.0**MOST_TRIES
VIEWER = "system:outbox"


class Lease(Struct, frozen=True):
    """The right to send one row, until somebody else takes it with a higher fence."""

    row_id: int
    alert_id: int | None
    organisation_id: int
    fence: int
    rank: int
    message_id: str
    provider: str


class Ready(Struct, frozen=True):
    """What to hand to whom, as long as the lease lasts (real time)."""

    lease: Lease
    channel: Channel
    message: Message
    until: datetime


_LEASE = (
    Notification.id,
    Notification.alert_id,
    Notification.organisation_id,
    Notification.fence,
    Notification.rank,
    Notification.message_id,
    Notification.provider,
)


def take(
    store: Store,
    kind: str,
    *,
    most: int,
    highest_rank: int = 99,
    share: Share | None = None,
    real_now: datetime,
    limits: Limits,
) -> list[Lease] | None:
    """Take up to `most` pending rows of a kind, the most urgent first; no two callers get the same row.

    `share`: only those of this provider, and no more than all processes together may send through it; None, and
    nothing taken, while another process is taking through it: it would leave less than this one can see.
    """
    with store.system_session() as session:
        allowance = None
        if share is not None:
            allowance = Allowance.of(session, share, real_now)
            if allowance is None:
                return None
            most = min(most, allowance.left)
        if most <= 0:
            return []
        statement = _taking(kind, most, highest_rank, share.attempts if share else None)
        taken = _leases(session, statement, {**merging.times(real_now), "until": _lease_end(real_now, limits)})
        if allowance is not None:
            allowance.spend(len(taken))
        return taken


@lru_cache(maxsize=256)
def _taking(kind: str, most: int, highest_rank: int, attempts: range | None) -> ReturningUpdate[*tuple[Any, ...]]:
    """Executed with `merging.times`, and "until" when the leases end. Made once: that takes as long as to run it."""
    values = {"state": "sending", "provider": "", "tries": Notification.tries + 1}
    return _leasing(_due(kind, most, highest_rank, attempts), values)


def _due(kind: str, most: int, highest_rank: int, attempts: range | None) -> Select[int]:
    return (
        select(Notification.id)
        .where(
            Notification.state == "pending",
            Notification.channel == kind,
            Notification.rank <= highest_rank,
            *_of(attempts),
            or_(Notification.not_before_real_at.is_(None), Notification.not_before_real_at <= merging.REAL_NOW),
            *_has_its_turn(kind),
        )
        .order_by(Notification.rank, Notification.id)
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
    )


def _has_its_turn(kind: str) -> list[ColumnElement[bool]]:
    """Only calls wait for one another, and asking whether they do is dear."""
    if kind != "voice":
        return []
    return [not_(and_(merging.is_call(Notification), merging.waits(Notification)))]


def _of(attempts: range | None) -> list[ColumnElement[bool]]:
    if attempts is None:
        return []
    return [Notification.attempt >= attempts.start, Notification.attempt < attempts.stop]


def take_dropped(
    store: Store, *, most: int = 1, highest_rank: int = 99, real_now: datetime, limits: Limits
) -> list[Lease]:
    """Take rows whose sender was not heard of again, or whose send ended in doubt; they become `unknown`.

    The most urgent first, and no more than are asked about at once: what is taken waits for those before it.
    """
    dropped = (
        select(Notification.id)
        .where(*_is_dropped(highest_rank, real_now))
        .order_by(Notification.rank, Notification.id)
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
    )
    with store.system_session() as session:
        return lease_rows(session, dropped, {"state": "unknown"}, _lease_end(real_now, limits))


def waiting(store: Store, *, real_now: datetime) -> dict[str, int]:
    """Return the most urgent rank of what could be taken, by kind: mostly nothing, and looking waits for nobody."""
    with store.system_reading() as session:
        return {kind: rank for kind, rank in session.execute(_WAITING, {"real_now": real_now})}  # noqa: C416  (rows are not tuples to mypy)


_WAITING = (
    select(Notification.channel, func.min(Notification.rank))
    .where(
        Notification.state == "pending",
        or_(Notification.not_before_real_at.is_(None), Notification.not_before_real_at <= merging.REAL_NOW),
    )
    .group_by(Notification.channel)
)


def is_dropped(store: Store, *, highest_rank: int = 99, real_now: datetime) -> bool:
    """Whether there is anything to `take_dropped`."""
    with store.system_reading() as session:
        return session.scalar(select(Notification.id).where(*_is_dropped(highest_rank, real_now)).limit(1)) is not None


def _is_dropped(highest_rank: int, real_now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Notification.state.in_(("sending", "unknown")),
        Notification.rank <= highest_rank,
        Notification.lease_until_real_at <= real_now,
    )


def _lease_end(real_now: datetime, limits: Limits) -> datetime:
    return real_now + timedelta(seconds=limits.lease_s)


def lease_rows(session: StoreSession, chosen: Select[int], values: dict[str, Any], until: datetime) -> list[Lease]:
    """Set `values` in the rows chosen and return the right to go on with each, which ends at `until` (real time)."""
    return _leases(session, _leasing(chosen, values), {"until": until})


def _leasing(chosen: Select[int], values: dict[str, Any]) -> ReturningUpdate[*tuple[Any, ...]]:
    until = bindparam("until", type_=Notification.lease_until_real_at.type)
    return (
        update(Notification)
        .where(Notification.id.in_(chosen))
        .values(**values, fence=Notification.fence + 1, lease_until_real_at=until)
        .returning(*_LEASE)
        .execution_options(synchronize_session=False)
    )


def _leases(
    session: StoreSession, statement: ReturningUpdate[*tuple[Any, ...]], times: dict[str, datetime]
) -> list[Lease]:
    # On the connection: the ORM would take the times for values of the rows.
    taken = session.connection().execute(statement, times)
    return sorted((Lease(*row) for row in taken), key=lambda one: (one.rank, one.row_id))


def _hold(session: StoreSession, lease: Lease, state: str) -> tuple[Alert | None, Notification] | None:
    """Lock the alert, where the row is about one, and the row; None when the row is no longer ours."""
    alert = lock(session, Alert, lease.alert_id) if lease.alert_id is not None else None
    row = _hold_row(session, lease, state)
    return None if row is None else (alert, row)


def _hold_row(session: StoreSession, lease: Lease, state: str) -> Notification | None:
    row = lock(session, Notification, lease.row_id)
    return row if row.fence == lease.fence and row.state == state else None


# --- before ------------------------------------------------------------------------------------------------------


def prepare(
    store: Store, lease: Lease, channels: Channels, *, now: datetime, real_now: datetime, limits: Limits, url: str
) -> Ready | None:
    """Write down which provider is about to be used and return what to hand it; None when nothing is to be sent.

    Until this has committed nothing can have been sent, and a dropped row without a provider may safely go again.
    """
    with store.session(lease.organisation_id, viewer=VIEWER, purpose="send") as session:
        held = _hold(session, lease, "sending")
        if held is None:
            return None
        alert, row = held
        if alert is not None and not _still_wanted(alert, row):
            row.state, row.ended_at = "cancelled", now
            return None
        if alert is not None and merging.ended_with_another(session, alert, row, now):
            return None
        providers = channels.get(row.channel, ())
        to = address_of(session, row)
        if row.attempt >= len(providers) or not to.to:
            _fail(session, alert, row, "no address" if not to.to else f"no provider for {row.channel}", now)
            return None
        channel = providers[row.attempt]
        if row.channel == "voice" and row.purpose == "page":
            merging.take_along(session, row)
        token = links.create(session, row, now=now, limits=limits) if _gets_link(row) else None
        link = f"{url.rstrip('/')}/c/{token}" if token else ""
        message = compose(session, alert, row, to, link, now)
        # Changed last, so that the row is written once: whatever else is asked of its table would write it before.
        row.provider, row.spares = channel.name, len(providers) - row.attempt - 1
        row.handed_over_real_at, row.lease_until_real_at = real_now, _lease_end(real_now, limits)
        row.fingerprint = message.fingerprint
        return Ready(lease, channel, message, row.lease_until_real_at)


def _still_wanted(alert: Alert, row: Notification) -> bool:
    if row.purpose == self_tests.PURPOSE:
        return alert.state in LIVE
    if row.purpose == "page":
        return alert.state == State.OPEN and not alert.held_why
    if row.purpose in ("ask", visitors.PURPOSE):
        return alert.state in LIVE
    if row.purpose == contacts.PURPOSE:
        return contacts.still_wanted(alert, row)
    return alert.state != State.OPEN  # nobody has it any more, and a new page says so


def _gets_link(row: Notification) -> bool:
    return row.purpose in ("page", visitors.PURPOSE) and row.channel in WRITTEN and row.worker_id is not None


# --- after -------------------------------------------------------------------------------------------------------


def send(ready: Ready, real_now: datetime) -> Sent | DeliveryError | Ambiguous | None:
    """Hand the message over, outside any transaction; what a provider raises is a result too.

    None, and nothing sent, where this process was held up for so long that the lease has ended.
    """
    if real_now >= ready.until:
        return None
    try:
        return ready.channel.send(ready.message)
    except (DeliveryError, Ambiguous) as error:
        return error


def record(
    store: Store, lease: Lease, result: Sent | DeliveryError | Ambiguous, *, now: datetime, real_now: datetime
) -> bool:
    """Write down what came of a send; return False when the row is no longer ours and nothing was written."""
    with store.session(lease.organisation_id, viewer=VIEWER, purpose="send") as session:
        if isinstance(result, DeliveryError):
            return _refused(session, lease, result, now, real_now)
        row = _hold_row(session, lease, "sending")  # its alert is left to whoever holds it: nothing of it changes
        if row is None:
            return _complete(session, lease, result)
        if isinstance(result, Sent):
            row.state, row.sent_at, row.lease_until_real_at = "sent", now, None
            row.provider_ref = result.provider_ref or None
        else:
            # Asked too early, a provider that is still busy with it would say that it has nothing.
            row.state, row.problem, row.lease_until_real_at = "unknown", str(result), _later(row, real_now)
        return True


def _refused(session: StoreSession, lease: Lease, result: DeliveryError, now: datetime, real_now: datetime) -> bool:
    """The provider did not take it: once more a little later, or the next way."""
    held = _hold(session, lease, "sending")
    if held is None:
        return False
    alert, row = held
    if result.permanent or row.tries >= MOST_TRIES:
        _fail(session, alert, row, str(result), now)
    else:
        row.state, row.problem, row.lease_until_real_at = "pending", str(result), None
        row.not_before_real_at = _later(row, real_now)
    return True


def _later(row: Notification, real_now: datetime) -> datetime:
    return real_now + timedelta(seconds=2**row.tries)


def _complete(session: StoreSession, lease: Lease, result: Sent | Ambiguous) -> bool:
    """A callback was faster than the provider's own answer: only the provider's name for it is missing."""
    row = lock(session, Notification, lease.row_id)
    if row.fence == lease.fence and isinstance(result, Sent) and not row.provider_ref:
        row.provider_ref = result.provider_ref or None
        return True
    return False


def settle(store: Store, lease: Lease, found: Found | None, *, now: datetime) -> None:
    """Write down what a dropped row came to. What nobody knows stays `unknown`, and the next channel is used.

    What was never received, or may be handed over twice, goes again, and only so often; the wait was before the
    provider was asked.
    """
    with store.session(lease.organisation_id, viewer=VIEWER, purpose="send") as session:
        held = _hold(session, lease, "unknown")
        if held is None:
            return
        alert, row = held
        row.lease_until_real_at = None
        if found is not None:
            row.provider_ref = row.provider_ref or found.provider_ref or None
            _follow(session, alert, row, found, now)
        else:
            note(session, alert, "send_unknown", SYSTEM, now, person=row.person, channel=row.channel)
            go_on(session, alert, row, now)


def _follow(session: StoreSession, alert: Alert | None, row: Notification, found: Found, now: datetime) -> None:
    if found.fate == "failed":
        _fail(session, alert, row, "the provider says that it failed", now)
    elif found.fate == "ended":
        _end(session, alert, row, "unanswered", "no key", now)
    elif found.fate not in ("not_received", "repeat"):
        row.state, row.sent_at = found.fate, row.sent_at or now
    elif row.tries >= MOST_TRIES:
        _fail(session, alert, row, row.problem or "the provider never received it", now)
    else:
        row.state = "pending"


def _fail(session: StoreSession, alert: Alert | None, row: Notification, problem: str, now: datetime) -> None:
    note(session, alert, "send_failed", SYSTEM, now, person=row.person, channel=row.channel, problem=problem)
    _end(session, alert, row, "failed", problem, now)


def _end(
    session: StoreSession, alert: Alert | None, row: Notification, state: str, problem: str, now: datetime
) -> None:
    row.state, row.problem, row.ended_at, row.lease_until_real_at = state, problem, now, None
    session.flush()
    go_on(session, alert, row, now)
