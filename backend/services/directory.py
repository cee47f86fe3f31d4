"""Who may come in: workers by password, gateways by credential."""

import hashlib
import hmac
import re
import secrets
from datetime import datetime

from sqlalchemy import select
from werkzeug.security import check_password_hash, generate_password_hash

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import Gateway, Organisation, Worker
from backend.core.access import Role
from backend.core.numbers import phone_number
from backend.errors import Invalid, NotAllowed, NotFound

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
_NOBODY = generate_password_hash(secrets.token_hex(8))  # checked where there is no such login: it takes as long


def sign_in(store: Store, login: str, password: str) -> Worker | None:
    """Return the active worker with this login and password; a wrong login takes as long as a wrong password.

    The password is hashed after the transaction: that is slow on purpose, and nobody should wait for it.
    """
    with store.system_reading() as session:
        found = session.scalar(select(Worker).where(Worker.login == login)) if "\0" not in login else None
    right = check_password_hash(found.password_hash if found else _NOBODY, password[:LONGEST_PASSWORD])
    return found if found is not None and right and found.active else None


def worker(session: StoreSession, worker_id: int) -> Worker:
    """Return an active worker. Raises NotFound."""
    found = session.get(Worker, worker_id)
    if found is None or not found.active:
        raise NotFound(f"worker {worker_id}")
    return found


def workers(session: StoreSession) -> list[Worker]:
    """Return the active workers in the order of their kana."""
    return list(session.scalars(select(Worker).where(Worker.active).order_by(Worker.kana, Worker.id)))


def add_worker(
    session: StoreSession,
    *,
    login: str,
    name: str,
    kana: str = "",
    phone: str = "",
    role: str = Role.WORKER,
    language: str = "ja",
    password: str,
) -> Worker:
    """Add somebody who can sign in. Raises Invalid naming the field."""
    if role not in set(Role):
        raise Invalid("role", f"must be one of {', '.join(Role)}")
    if not re.fullmatch(r"[A-Za-z0-9._@+-]{1,64}", login):
        raise Invalid("login", "1 to 64 letters, digits and . _ @ + -")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Invalid("password", f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    added = Worker(
        login=login,
        name=name,
        kana=kana,
        phone=phone_number(phone) if phone else "",
        role=role,
        language=language,
        password_hash=generate_password_hash(password, method="scrypt"),
        active=True,
    )
    session.add(added)
    session.flush()
    return added


def set_service_number(session: StoreSession, organisation_id: int, number: str) -> Organisation:
    """Let calls and texts to that number, one of the provider's, be for this organisation; in a system session.

    Raises NotFound, and Invalid where it is no number, or another organisation's.
    """
    wanted = phone_number(number, "number")
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise NotFound(f"organisation {organisation_id}")
    others = select(Organisation.id).where(Organisation.service_number == wanted, Organisation.id != organisation_id)
    if session.scalar(others.limit(1)) is not None:
        raise Invalid("number", "is another organisation's")
    organisation.service_number = wanted
    return organisation


# --- gateways ----------------------------------------------------------------------------------------------------


def add_gateway(
    session: StoreSession, *, building_id: int, ref: str, now: datetime, real_now: datetime
) -> tuple[Gateway, str]:
    """Make a gateway that was not heard yet, and return it with its credential (see `issue_credential`)."""
    gateway = Gateway(
        building_id=building_id, ref=ref, credential_hash="", created_at=now, created_real_at=real_now, silent_stage=0
    )
    session.add(gateway)
    return gateway, issue_credential(session, gateway)


def issue_credential(session: StoreSession, gateway: Gateway) -> str:
    """Return a new credential, in clear for the only time; the one before is worthless from now on."""
    session.flush()
    secret = secrets.token_urlsafe(32)
    gateway.credential_hash = digest_of(secret)
    return f"{gateway_name(gateway.id)}.{secret}"


def gateway_name(gateway_id: int) -> str:
    """What a gateway is called in its credential, and calls itself."""
    return f"gw{gateway_id}"


def revoke(session: StoreSession, gateway: Gateway, now: datetime) -> None:
    """Let the gateway in no more."""
    gateway.revoked_at = now
    session.flush()


def require_same(came_in: Gateway, gateway: Gateway) -> None:
    """Whether `gateway`, as it is now, is still the machine that came in. Raises NotAllowed."""
    if gateway.revoked_at is not None or gateway.credential_hash != came_in.credential_hash:
        raise NotAllowed("this gateway was revoked or replaced")


def gateway_of(session: StoreSession, credential: str) -> Gateway | None:
    """Return the gateway that holds `credential`, unless it was revoked."""
    parsed = re.fullmatch(r"gw([0-9]{1,9})\.([A-Za-z0-9_-]{1,100})", credential, re.ASCII)
    found = session.get(Gateway, int(parsed[1])) if parsed else None
    if parsed is None or found is None or found.revoked_at is not None:
        return None
    return found if hmac.compare_digest(found.credential_hash, digest_of(parsed[2])) else None


def digest_of(secret: str) -> str:
    """How the secret of a credential is kept."""
    # It is 256 random bits: nobody can guess it, and a slow hash would only slow every heartbeat.
    return hashlib.sha256(secret.encode()).hexdigest()
