"""Every few minutes each provider is asked something that sends nothing: one that is down must be known before a night.

Of several worker processes one asks, whichever moves the provider's row on first. A provider is the whole
installation's, so what it fails to carry may be anybody's: every organisation that has a building is told.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update

from backend.adapters.store import Store, insert_once
from backend.adapters.store.schema import Building, Organisation, ProviderProbe
from backend.config import Limits
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Channels, Probed
from backend.services import self_tests, technical

KIND = "provider_down"
EVERY = timedelta(minutes=5)  # real time
FAILURES = 3  # in a row, until somebody is told: a line that is busy for a moment is nothing
VIEWER = "system:probes"

log = logging.getLogger(__name__)


def keep(store: Store, channels: Channels, *, real: Callable[[], datetime], now: datetime, limits: Limits) -> int:
    """Ask every provider that is due; return how many were asked. `real`: the time, which goes on while they answer.

    RuntimeError, at the end, where an organisation could not be told.
    """
    asked = untold = 0
    for channel in (one for of_kind in channels.values() for one in of_kind):
        if isinstance(channel, Probed) and _take(store, channel.name, real()):
            asked += 1
            untold += _note(store, channel.name, _problem(channel), real(), now, limits)
    if untold:
        raise RuntimeError(f"{untold} organisations could not be told of a provider")
    return asked


def _take(store: Store, name: str, real_now: datetime) -> bool:
    """Whether it is due and this process asks."""
    with store.system_reading() as session:
        row = session.get(ProviderProbe, name)
    if row is not None and row.next_real_at > real_now:
        return False
    due = update(ProviderProbe).where(ProviderProbe.provider == name, ProviderProbe.next_real_at <= real_now)
    with store.system_session() as session:
        insert_once(session, ProviderProbe, provider=name, next_real_at=real_now, failures=0, problem="")
        taken = session.execute(due.values(next_real_at=real_now + EVERY).returning(ProviderProbe.provider))
        return taken.first() is not None


def _problem(channel: Probed) -> str:
    try:
        channel.probe()
    except (DeliveryError, Ambiguous) as error:
        return str(error) or type(error).__name__
    except Exception as error:
        log.exception("%s: its probe broke down", channel.name)
        return f"{type(error).__name__}: {error}"
    return ""


def _note(store: Store, name: str, problem: str, real_now: datetime, now: datetime, limits: Limits) -> int:
    """Return how many organisations could not be told."""
    with store.system_session() as session:
        row = session.get_one(ProviderProbe, name, with_for_update=True)
        row.asked_real_at, row.problem = real_now, problem
        row.failures = row.failures + 1 if problem else 0
        row.ok_real_at = row.ok_real_at if problem else real_now
        failures, well_at = row.failures, row.ok_real_at
    if problem:
        log.warning("%s does not answer its probe: %s", name, problem)
    if 0 < failures < FAILURES:
        return 0
    with store.system_reading() as session:
        organisations = session.scalars(select(Organisation.id).order_by(Organisation.id)).all()
    # Of one spell: since it answered last.
    episode = "never" if well_at is None else f"{well_at.timestamp():.0f}"
    untold = 0
    for organisation_id in organisations:
        try:
            _tell(store, organisation_id, name, problem, episode, now, limits)
        except Exception:
            # Whatever is wrong with one organisation's rows, the others must hear of it.
            log.exception("organisation %s: could not be told of %s", organisation_id, name)
            untold += 1
    return untold


def _tell(
    store: Store, organisation_id: int, name: str, problem: str, episode: str, now: datetime, limits: Limits
) -> None:
    with store.reading(organisation_id, viewer=VIEWER, purpose="provider down") as session:
        building: Building | None = self_tests.building(session)
        is_known = technical.is_live(session, KIND, name)
    if building is None or (not problem and not is_known):
        return
    with store.session(organisation_id, viewer=VIEWER, purpose="provider down") as session:
        if problem:
            technical.raise_fault(
                session, KIND, name, building.id, _reason(name, problem), episode=episode, now=now, limits=limits
            )
        else:
            technical.fault_over(session, KIND, name, now)


def _reason(name: str, problem: str) -> tuple[str, str]:
    return (
        f"{name} とつながりません。電話やメッセージが届かないおそれがあります。（{problem}）",
        f"{name} does not answer: calls or messages may not get through. ({problem})",
    )
