"""Gateways that ask to be taken in: each shows a code, a coordinator types it, and the gateway is theirs.

The gateway makes its own secret and tells its digest, which becomes its credential: nothing secret is ever handed
back, and an answer that was lost can be asked for again. Codes are good for so long in real time.
"""

import hmac
from datetime import datetime, timedelta

from contract import reports as contract
from sqlalchemy import delete, func, select

from backend.adapters.store import Store, StoreSession, insert_once, lock
from backend.adapters.store.schema import Building, Enrolment, Gateway, public_id
from backend.errors import Invalid, NotFound, TooMany
from backend.services import backups, codes, commands, directory

GOOD_FOR = timedelta(minutes=15)
KEPT = timedelta(days=1)  # of one whose code has expired: it may still be asked for another
MOST = 500  # that wait at once; each is one row
MOST_OF_ADDRESS = 30

UNKNOWN = "is shown by no gateway"
EXPIRED = "has expired"
USED = "was used already"
STILL_HEARD = "is still heard"


def begin(store: Store, digest: str, address: str, real_now: datetime) -> contract.Enrolling:
    """Return a code for the gateway whose secret has this digest; one that it had before is worthless.

    Raises TooMany where too many wait.
    """
    with store.system_session() as session:
        forgotten = Enrolment.expires_real_at < real_now - KEPT
        session.execute(delete(Enrolment).where(Enrolment.used_real_at.is_(None), forgotten))
        code, until = codes.new(), real_now + GOOD_FOR
        row = _with_digest(session, digest)
        if row is None:
            _refuse_too_many(session, address, real_now)
            new = {"id": public_id(), "digest": digest, "address": address}
            insert_once(session, Enrolment, **new, code_hash=codes.hashed(code), expires_real_at=until)
            row = _with_digest(session, digest)
            assert row is not None
        if row.used_real_at is not None:
            return contract.Enrolling(row.id, "", 0.0)
        row.code_hash, row.expires_real_at = codes.hashed(code), until
        return contract.Enrolling(row.id, code, GOOD_FOR.total_seconds())


def _with_digest(session: StoreSession, digest: str) -> Enrolment | None:
    return session.scalar(select(Enrolment).where(Enrolment.digest == digest).with_for_update(key_share=True))


def _refuse_too_many(session: StoreSession, address: str, real_now: datetime) -> None:
    waiting = select(func.count()).where(Enrolment.used_real_at.is_(None), Enrolment.expires_real_at > real_now)
    of_address = session.scalar(waiting.where(Enrolment.address == address)) or 0
    if of_address >= MOST_OF_ADDRESS or (session.scalar(waiting) or 0) >= MOST:
        raise TooMany("too many gateways wait to be paired; try again in some minutes")


def state(session: StoreSession, enrolment: str, secret: str, real_now: datetime) -> contract.Enrolment | None:
    """Return what became of an enrolment, for whoever knows its secret; None for anybody else."""
    row = session.get(Enrolment, enrolment) if enrolment.isalnum() else None
    if row is None or not hmac.compare_digest(row.digest, directory.digest_of(secret)):
        return None
    if row.gateway_id is not None:
        return contract.Enrolment("paired", directory.gateway_name(row.gateway_id))
    return contract.Enrolment("waiting" if row.expires_real_at > real_now else "expired")


def pair(
    session: StoreSession,
    code: str,
    *,
    building_id: int | None = None,
    in_place_of: int | None = None,
    now: datetime,
    real_now: datetime,
) -> Gateway:
    """Take in the gateway that shows `code`: as a new one of a building, or in the place of one.

    Raises Invalid (code, place), NotFound.
    """
    enrolment = _shown_by(session, code, real_now)
    if in_place_of is not None:
        gateway = _replaced(session, in_place_of)
    elif building_id is not None and session.get(Building, building_id) is not None:
        gateway = Gateway(building_id=building_id, ref=enrolment.id, credential_hash="")
    else:
        raise NotFound(f"building {building_id}")
    _begin_anew(session, gateway, enrolment.digest, now, real_now)
    enrolment.used_real_at, enrolment.gateway_id = real_now, gateway.id
    return gateway


def _shown_by(session: StoreSession, code: str, real_now: datetime) -> Enrolment:
    """The enrolment with this code, held: of two who type it at once only one is right."""
    if not codes.looks_like_one(code):
        raise Invalid("code", UNKNOWN)
    wanted = select(Enrolment).where(Enrolment.code_hash == codes.hashed(code))
    found = session.scalar(wanted.with_for_update(key_share=True))
    if found is None:
        raise Invalid("code", UNKNOWN)
    if found.used_real_at is not None:
        raise Invalid("code", USED)
    if found.expires_real_at <= real_now:
        raise Invalid("code", EXPIRED)
    return found


def _of_a_building(session: StoreSession, gateway_id: int) -> Gateway:
    gateway = lock(session, Gateway, gateway_id)
    if gateway.is_self_test:
        raise NotFound(f"gateway {gateway_id}")
    return gateway


def _replaced(session: StoreSession, gateway_id: int) -> Gateway:
    gateway = _of_a_building(session, gateway_id)
    if is_heard(gateway):  # a slip of the finger must not cut off a building that is watched
        raise Invalid("place", STILL_HEARD, gateway.ref)
    return gateway


def revoke(session: StoreSession, gateway_id: int, now: datetime) -> None:
    """Let a lost gateway in no more; who lives there is seen to by people (services/unwatched.py). Raises NotFound."""
    gateway = _of_a_building(session, gateway_id)
    if gateway.revoked_at is None:
        directory.revoke(session, gateway, now)


def is_heard(gateway: Gateway) -> bool:
    """Whether the gateway is there, so that nobody can take its place before it is revoked."""
    return gateway.revoked_at is None and gateway.last_seen_at is not None and gateway.silent_stage == 0


def _begin_anew(session: StoreSession, gateway: Gateway, digest: str, now: datetime, real_now: datetime) -> None:
    """The machine is another one, which was never heard and knows nothing.

    Its silence counts from now. How far that of the one before has led stays: the new one's first word ends it.
    """
    gateway.credential_hash, gateway.revoked_at = digest, None
    gateway.created_at, gateway.created_real_at = now, real_now
    gateway.last_seen_at = gateway.last_seen_real_at = gateway.health = None
    gateway.queued = 0
    is_new = gateway.id is None
    session.add(gateway)
    session.flush()
    if is_new:
        gateway.ref = _free_name(session, directory.gateway_name(gateway.id))
    commands.begin_anew(session, gateway.id, now)
    backups.give_back(session, gateway.id, now)


def _free_name(session: StoreSession, wanted: str) -> str:
    taken = set(session.scalars(select(Gateway.ref).where(Gateway.ref.startswith(wanted, autoescape=True))))
    while wanted in taken:
        wanted += "'"
    return wanted
