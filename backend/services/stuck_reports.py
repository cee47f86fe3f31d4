"""A report that is not taken in calls people out where it says, or may say, that somebody needs help.

It is one over which this program itself stumbles, or one that it refuses: of a unit that is not its gateway's, or not
to be read as a whole.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from contract import reports as contract
from sqlalchemy import select

from backend.adapters.store import TROUBLE, StoreSession, attempt
from backend.adapters.store.schema import Building, Gateway, Unit
from backend.config import Limits
from backend.core.alerts import PRIORITY, Priority
from backend.core.words.subject import KINDS_EN, KINDS_JA
from backend.services import technical

KIND = "report_stuck"
LONGEST_NAME = 64
UNTOLD_FOR_S = 3600.0  # so long the outside service is not asked: for longer than any waits before it raises the alarm
NEEDS_NOBODY = ("resumed", "answered")  # stages of an alert

Reason = Callable[[str, str], tuple[str, str]]  # of a kind of alert, and where

log = logging.getLogger(__name__)


class Glimpse(msgspec.Struct, frozen=True):
    """What a report is about, in so far as it can be read; each empty where it cannot.

    `type` and `kind` as in the contract, `alert` its name, `unit` the ref of the home.
    """

    type: str = ""
    kind: str = ""
    alert: str = ""
    unit: str = ""
    stage: str = ""


def glimpse(report: contract.Report) -> Glimpse:
    return _glimpse(msgspec.to_builtins(report))


def glimpse_of(body: bytes | str) -> Glimpse:
    """The same of a report's JSON, with its number or without, that may be broken."""
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError):
        return Glimpse()
    return _glimpse(said.get("report", said) if isinstance(said, dict) else said)


def _glimpse(said: Any) -> Glimpse:
    fields = said if isinstance(said, dict) else {}
    plain = {name: "".join(filter(str.isprintable, str(fields.get(name, "")))) for name in Glimpse.__struct_fields__}
    return Glimpse(**{name: text[:LONGEST_NAME] for name, text in plain.items()})


def tell(
    session: StoreSession, gateway: Gateway, journal: str, one: contract.Numbered, now: datetime, limits: Limits
) -> None:
    """Raise the fault: once for an alert's report however often it comes, once a day for a gateway's other reports.

    A person ends it.
    """
    try:
        with attempt(session):
            if isinstance(one.report, contract.Alert):
                _call(session, gateway, f"{journal}-{one.seq}", glimpse(one.report), _stuck, now, limits)
            else:
                name, day = str(gateway.id), now.date().isoformat()
                technical.raise_fault(
                    session, KIND, name, gateway.building_id, REASON, episode=day, now=now, limits=limits
                )
    except TROUBLE:
        raise  # the whole batch comes again
    except Exception:
        log.exception("report %d of gateway %s: nobody could be told that it is not taken", one.seq, gateway.id)
        gateway.untold_at = now  # the other reports of the batch must be taken


def tell_refused(
    session: StoreSession, gateway: Gateway, journal: str, seq: int, body: bytes, now: datetime, limits: Limits
) -> None:
    """Raise the fault where the refused report is an alert about somebody who needs help.

    Any other stands on the devices' page only. A person ends it.
    """
    report = glimpse_of(body)
    if report.type != "alert" or report.stage in NEEDS_NOBODY:
        return
    try:
        with attempt(session):
            _call(session, gateway, f"{journal}-{seq}", report, _refused, now, limits)
    except TROUBLE:
        raise  # the whole batch comes again
    except Exception:
        log.exception("report %d of gateway %s: nobody could be told that it is refused", seq, gateway.id)
        gateway.untold_at = now


def is_somebody_untold(session: StoreSession, now: datetime) -> bool:
    """Whether of late nobody could be told of such a report; asked in a system session.

    Its gateway sends it again and again until it is taken; a refused one does not come again.
    """
    since = now - timedelta(seconds=UNTOLD_FOR_S)
    return session.scalar(select(Gateway.id).where(Gateway.untold_at > since).limit(1)) is not None


def _call(
    session: StoreSession,
    gateway: Gateway,
    episode: str,
    report: Glimpse,
    reason: Reason,
    now: datetime,
    limits: Limits,
) -> None:
    technical.raise_fault(
        session,
        KIND,
        f"{gateway.id}-{report.alert or episode}",
        gateway.building_id,
        reason(report.kind, _place(session, report.unit)),
        episode=episode,
        now=now,
        limits=limits,
        priority=Priority.T if report.stage in NEEDS_NOBODY else PRIORITY.get(report.kind),
        unit_id=session.scalar(select(Unit.id).where(Unit.ref == report.unit, Unit.gateway_id == gateway.id)),
    )


def _place(session: StoreSession, ref: str) -> str:
    """The home as people know it, whoever's gateway watches it, or what the gateway calls it."""
    named = select(Building.name, Unit.name).join(Building, Unit.building_id == Building.id).where(Unit.ref == ref)
    found = session.execute(named).first()
    return " ".join(found) if found is not None else ref


REASON = (
    "ゲートウェイから届いた報告を、プログラムの不具合で取り込めません。システム担当者に連絡してください。",
    "A report of the gateway cannot be taken in, by a fault of the program. Tell the operator of the system.",
)


def _stuck(kind: str, _place: str) -> tuple[str, str]:
    japanese, english = _named(kind)
    return (
        f"「{japanese}」の通報が届きましたが、プログラムの不具合で中身を取り込めません。ご様子を確かめてください。",
        f'An alert "{english}" has come, but cannot be taken in, by a fault of the program. See how the resident is.',
    )


def _refused(kind: str, place: str) -> tuple[str, str]:
    japanese, english = _named(kind)
    return (
        f"「{japanese}」の通報が届きましたが、設定と合わないため受け取れません。住戸は「{place or '不明'}」とあります。"
        "ご様子を確かめてください。理由は「機器」の画面にあります。",
        f'An alert "{english}" has come, but does not fit what is set up. Its unit is given as "{place or "unknown"}". '
        "See how the resident is; the page of the devices has the reason.",
    )


def _named(kind: str) -> tuple[str, str]:
    return KINDS_JA.get(kind, ("種類不明",))[0], KINDS_EN.get(kind, ("of an unknown kind",))[0]
