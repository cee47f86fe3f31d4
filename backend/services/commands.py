"""What the gateways are told: numbered rows, fetched by long poll, written in the transaction that decides them."""

from datetime import datetime, timedelta
from typing import Literal, cast, get_args

import msgspec
from contract import reports as contract
from sqlalchemy import delete, or_, select, update

from backend.adapters.store import StoreSession, at_end, count_up, lock
from backend.adapters.store.schema import (
    Absence,
    Alert,
    Building,
    Gateway,
    GatewayCommand,
    GatewaySequence,
    Node,
    NodePlace,
    Unit,
)
from backend.core.clocks import seconds
from backend.errors import NotFound

MOST_AT_ONCE = 200
MOST_BYTES_AT_ONCE = 1_000_000  # of what was learned of a unit there are some 40,000, and a building has many
REPEATED = "~"  # between the gateway's name for an alert and the count of a press after it was closed


def tell(session: StoreSession, gateway_id: int, command: contract.Command, now: datetime) -> None:
    """Queue `command` for a gateway; its number is the next one.

    It gets it at the end of the transaction: whoever holds the counter takes no alert any more (docs/alerts.md).
    """

    def write(session: StoreSession) -> None:
        session.add(
            GatewayCommand(
                gateway_id=gateway_id,
                n=count_up(session, GatewaySequence, "last_n", gateway_id=gateway_id),
                kind=str(type(command).__struct_config__.tag),
                body=msgspec.json.encode(command).decode(),
                created_at=now,
            )
        )

    at_end(session, write)


def tell_about(session: StoreSession, alert: Alert, command: contract.Command, now: datetime) -> None:
    """Queue a command about an alert, if a gateway raised it."""
    if alert.gateway_id is not None and alert.source.startswith("gateway:"):
        tell(session, alert.gateway_id, command, now)


def alert_name(alert: Alert) -> str:
    """What the gateway calls the alert."""
    return alert.ref.split(REPEATED)[0]


def hold_unit(session: StoreSession, unit_id: int) -> Unit:
    """Lock a unit, and before it its gateway: so does a report, and the two must not wait for each other.

    Raises NotFound.
    """
    unit = session.get(Unit, unit_id)
    if unit is not None and unit.gateway_id is not None:
        lock(session, Gateway, unit.gateway_id)
    return lock(session, Unit, unit_id)


def arrived(session: StoreSession, gateway_id: int, n: int, now: datetime) -> None:
    """Note that the commands numbered up to `n` have arrived; what is long and was for once is not kept."""
    of_these = (GatewayCommand.gateway_id == gateway_id, GatewayCommand.n <= n)
    session.execute(
        update(GatewayCommand).where(*of_these, GatewayCommand.delivered_at.is_(None)).values(delivered_at=now)
    )
    session.execute(delete(GatewayCommand).where(*of_these, GatewayCommand.kind == "restore"))


def pending(session: StoreSession, gateway_id: int, n: int) -> contract.Commands:
    """Return the commands numbered above `n`, the oldest first, and at least one of them."""
    rows = session.scalars(
        select(GatewayCommand)
        .where(GatewayCommand.gateway_id == gateway_id, GatewayCommand.n > n)
        .order_by(GatewayCommand.n)
        .limit(MOST_AT_ONCE)
    )
    decode = msgspec.json.Decoder(contract.Command).decode
    found: list[contract.NumberedCommand] = []
    left = MOST_BYTES_AT_ONCE
    for row in rows:
        left -= len(row.body)
        if found and left < 0:
            break
        found.append(contract.NumberedCommand(row.n, decode(row.body)))
    return contract.Commands(found)


def begin_anew(session: StoreSession, gateway_id: int, now: datetime) -> None:
    """Tell a machine that knows nothing yet its building, and the absences that hold.

    What the one before it was told is no use to it: it would hear of absences before it knows a unit, and of what
    became of alerts that are not its own.
    """
    take_back(session, gateway_id)
    configure(session, gateway_id, now)


def take_back(session: StoreSession, gateway_id: int, *kinds: str) -> None:
    """Let what the gateway was told never have been said: of these kinds, or all of it."""
    of_kind = [GatewayCommand.kind.in_(kinds)] if kinds else []
    session.execute(delete(GatewayCommand).where(GatewayCommand.gateway_id == gateway_id, *of_kind))


def configure(session: StoreSession, gateway_id: int, now: datetime, told: contract.Building | None = None) -> bool:
    """Tell the gateway its building whole, if that differs from what it was told last; return whether it did.

    `told` stands in for what the register says.
    """
    command = contract.Configure(told or building(session, gateway_id))
    last = _last_configured(session, gateway_id)
    if last is not None and last.body == msgspec.json.encode(command).decode():
        return False
    # A gateway that starts from nothing must not walk through every state its building was ever in.
    take_back(session, gateway_id, "configure")
    tell(session, gateway_id, command, now)
    _tell_absences(session, gateway_id, now)
    return True


def _last_configured(session: StoreSession, gateway_id: int) -> GatewayCommand | None:
    return session.scalar(
        select(GatewayCommand)
        .where(GatewayCommand.gateway_id == gateway_id, GatewayCommand.kind == "configure")
        .order_by(GatewayCommand.n.desc())
        .limit(1)
    )


def configured_at(session: StoreSession, gateway_id: int) -> datetime | None:
    """Return when the gateway had taken over what it was told of its building last; None while a word is under way."""
    last = _last_configured(session, gateway_id)
    return None if last is None else last.delivered_at


def _tell_absences(session: StoreSession, gateway_id: int, now: datetime) -> None:
    """Tell those that are not over again: whoever starts from nothing met the first word of them knowing no unit."""
    rows = session.execute(
        select(Absence, Unit)
        .join(Unit, Absence.unit_id == Unit.id)
        .where(
            Unit.gateway_id == gateway_id,
            Absence.ended_at.is_(None),
            or_(Absence.until.is_(None), Absence.until > now),
        )
        .order_by(Absence.id)
    ).all()
    for absence, unit in rows:
        tell(session, gateway_id, absence_command(unit, absence), now)


def absence_command(unit: Unit, absence: Absence) -> contract.Absence:
    """Return what the unit's gateway is told of an absence.

    One that lasts as long as it may is until further notice: the gateway misses sensors that would notice the return.
    """
    until = absence.until
    if until == absence.since + timedelta(seconds=contract.LONGEST_ABSENCE_S[absence.kind]):
        until = None
    return contract.Absence(
        unit=unit.ref,
        kind=cast(Literal["away", "hospital", "visit"], absence.kind),
        since=seconds(absence.since),
        until=seconds(until) if until else None,
    )


def absence_known_at(session: StoreSession, unit: Unit, absence: Absence) -> datetime | None:
    """Return when the unit's gateway was known to have heard of the absence last; None while a word is under way."""
    body = msgspec.json.encode(absence_command(unit, absence)).decode()
    return session.scalar(
        select(GatewayCommand.delivered_at)
        .where(
            GatewayCommand.gateway_id == unit.gateway_id,
            GatewayCommand.kind == "absence",
            GatewayCommand.body == body,
        )
        .order_by(GatewayCommand.n.desc())
        .limit(1)
    )


def building(session: StoreSession, gateway_id: int) -> contract.Building:
    """Return what the register says of the gateway's building. Raises NotFound."""
    gateway = session.get(Gateway, gateway_id)
    if gateway is None:
        raise NotFound(f"gateway {gateway_id}")
    zone = session.get_one(Building, gateway.building_id).zone
    units = session.scalars(select(Unit).where(Unit.gateway_id == gateway_id).order_by(Unit.ref))
    places = session.execute(
        select(NodePlace, Node, Unit)
        .join(Node, NodePlace.node_id == Node.id)
        .join(Unit, NodePlace.unit_id == Unit.id)
        .where(Node.gateway_id == gateway_id, Unit.gateway_id == gateway_id)
        .order_by(Node.ref, NodePlace.since)
    )
    return contract.Building(
        zone=zone,
        units=[contract.UnitSettings(unit.ref, unit.false_alarms_per_30_days) for unit in units],
        nodes=[_place(place, node, unit) for place, node, unit in places],
    )


def _place(place: NodePlace, node: Node, unit: Unit) -> contract.NodePlace:
    return contract.NodePlace(
        node=node.ref,
        unit=unit.ref,
        room=place.room,
        since=seconds(place.since),
        until=seconds(place.until) if place.until else None,
        source=cast(contract.NodeSource, node.source if node.source in get_args(contract.NodeSource) else "native"),
        mains=node.mains,
        kinds=list(node.kinds),
    )
