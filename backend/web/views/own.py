"""A worker's own settings as their page shows them."""

from dataclasses import dataclass
from datetime import datetime

from backend.adapters.store.schema import Notification
from backend.adapters.store.session import StoreSession
from backend.channels.webpush import VapidKey
from backend.core.numbers import as_written
from backend.ports import KINDS
from backend.services import directory, own_settings, trials
from backend.services.addresses import reachable
from backend.services.own_settings import Own
from backend.web import words
from backend.web.frame import Web
from backend.web.views.timeline import NOT_REACHED


@dataclass(frozen=True)
class Trial:
    """The last test of a kind of message; `lost`: it did not arrive, or nobody knows whether it did."""

    at: datetime
    state: str
    provider: str
    problem: str
    key: str
    lost: bool


@dataclass(frozen=True)
class Try:
    """A kind of message that this installation has: the worker's address for it, empty where there is none."""

    kind: str
    to: str
    last: Trial | None


@dataclass(frozen=True)
class NamedBrowser:
    id: int
    name: str
    since: datetime


@dataclass(frozen=True)
class OwnPage:
    """`push_key` is empty where this installation sends no pushes; `kinds` are those that it has a provider for."""

    own: Own
    zone: str
    kinds: tuple[str, ...]
    tries: tuple[Try, ...]
    line_offered: bool
    line_linked: bool
    push_key: str
    browsers: tuple[NamedBrowser, ...]


def page(session: StoreSession, worker_id: int, parts: Web) -> OwnPage:
    """Return what the worker's own page shows. Raises NotFound."""
    worker = directory.worker(session, worker_id)
    kinds = tuple(kind for kind in KINDS if parts.channels.get(kind))
    push = parts.config.push
    return OwnPage(
        own=Own(worker.phone, worker.email, worker.quiet_since, worker.quiet_until, worker.zone),
        zone=worker.zone,
        kinds=kinds,
        tries=_tries(session, worker_id, kinds),
        line_offered=parts.config.line is not None,
        line_linked=bool(worker.line_user),
        push_key=VapidKey(push.private_key).public_key if push is not None else "",
        browsers=tuple(
            NamedBrowser(one.id, one.name, one.created_at) for one in own_settings.browsers(session, worker_id)
        ),
    )


def _tries(session: StoreSession, worker_id: int, kinds: tuple[str, ...]) -> tuple[Try, ...]:
    to = reachable(session, f"worker:{worker_id}").by_kind
    last = trials.latest(session, worker_id)
    return tuple(Try(kind, _shown(kind, to.get(kind, "")), _trial(last.get(kind))) for kind in kinds)


def _shown(kind: str, to: str) -> str:
    return as_written(to) if kind in ("voice", "sms") else to


def _trial(row: Notification | None) -> Trial | None:
    if row is None:
        return None
    at = row.ended_at or row.sent_at or row.created_at
    problem = words.word(words.MISSED, row.problem)
    return Trial(at, row.state, row.provider, problem, row.key or "", row.state in NOT_REACHED)
