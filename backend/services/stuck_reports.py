"""A report over which this program itself stumbles calls people out: what it says may be that somebody needs help."""

import logging
from datetime import datetime

from contract import reports as contract
from sqlalchemy import select

from backend.adapters.store import StoreSession, attempt
from backend.adapters.store.schema import Gateway, Unit
from backend.config import Limits
from backend.core.alerts import PRIORITY, Priority
from backend.core.words.subject import KINDS_EN, KINDS_JA
from backend.services import technical

KIND = "report_stuck"

log = logging.getLogger(__name__)


def tell(
    session: StoreSession, gateway: Gateway, journal: str, one: contract.Numbered, now: datetime, limits: Limits
) -> None:
    """Raise the fault: once for an alert's report however often it comes, once a day for a gateway's other reports.

    A person ends it.
    """
    try:
        with attempt(session):
            if isinstance(one.report, contract.Alert):
                _call(session, gateway, f"{journal}-{one.seq}", one.report, now, limits)
            else:
                name, day = str(gateway.id), now.date().isoformat()
                technical.raise_fault(
                    session, KIND, name, gateway.building_id, REASON, episode=day, now=now, limits=limits
                )
    except Exception:
        # The log is the last that is left; the other reports of the batch must be taken.
        log.exception("report %d of gateway %s: nobody could be told that it is not taken", one.seq, gateway.id)


def _call(
    session: StoreSession, gateway: Gateway, episode: str, report: contract.Alert, now: datetime, limits: Limits
) -> None:
    needs_help = report.stage in ("asking", "open")
    technical.raise_fault(
        session,
        KIND,
        f"{gateway.id}-{report.alert}",
        gateway.building_id,
        _reason(report.kind),
        episode=episode,
        now=now,
        limits=limits,
        priority=PRIORITY[report.kind] if needs_help else Priority.T,
        unit_id=session.scalar(select(Unit.id).where(Unit.ref == report.unit, Unit.gateway_id == gateway.id)),
    )


REASON = (
    "ゲートウェイから届いた報告を、プログラムの不具合で取り込めません。システム担当者に連絡してください。",
    "A report of the gateway cannot be taken in, by a fault of the program. Tell the operator of the system.",
)


def _reason(kind: str) -> tuple[str, str]:
    japanese, english = KINDS_JA[kind][0], KINDS_EN[kind][0]
    return (
        f"「{japanese}」の通報が届きましたが、プログラムの不具合で中身を取り込めません。ご様子を確かめてください。",
        f'An alert "{english}" has come, but cannot be taken in, by a fault of the program. See how the resident is.',
    )
