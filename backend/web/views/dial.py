"""The dial of a unit: its positions, what each costs this home, and who turned it."""

from dataclasses import dataclass
from datetime import datetime

from contract.reports import DIAL, Cost

from backend.adapters.store.schema import DialTurn, Unit
from backend.adapters.store.session import StoreSession
from backend.errors import NotFound
from backend.services import dial
from backend.services.dial import TakenOver
from backend.web.views import homes, present
from backend.web.views.shapes import Place


@dataclass(frozen=True)
class Position:
    """One needless check in so many months; `cost` is None where nobody knows it for this home."""

    months: int
    in_force: bool
    cost: Cost | None


@dataclass(frozen=True)
class Setting:
    """Needless checks per 30 days, and the months of that position; `months` is None between the positions."""

    checks_per_30_days: float
    months: int | None


@dataclass(frozen=True)
class Turned:
    at: datetime
    by: str
    before: Setting
    after: Setting


@dataclass(frozen=True)
class DialPage:
    """`reckoned_at`: when the gateway reckoned the costs, from so many recorded `days`; None: it never did."""

    place: Place
    setting: Setting
    positions: tuple[Position, ...]
    reckoned_at: datetime | None
    days: int
    outings_known: bool
    learning_day: int | None
    learning_days: int | None
    turned: tuple[Turned, ...]
    taken_over: TakenOver
    taken_over_at: datetime | None

    @property
    def cost(self) -> Cost | None:
        """Of the position in force."""
        return next((each.cost for each in self.positions if each.in_force), None)

    @property
    def is_known(self) -> bool:
        return any(each.cost is not None for each in self.positions)


def page(session: StoreSession, unit_id: int) -> DialPage:
    """Return what the dial of a unit shows. Raises NotFound, also for another organisation's."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound(f"unit {unit_id}")
    reckoned, turns = dial.reckoned(session, unit), dial.turns(session, unit_id)
    costs = {cost.months: cost for cost in reckoned.said.costs} if reckoned else {}
    setting, live = _setting(unit.false_alarms_per_30_days), present.known(session, [unit])[unit_id].current
    taken_over, taken_over_at = dial.taken_over(session, unit, turns[0] if turns else None)
    return DialPage(
        place=homes.unit_place(unit),
        setting=setting,
        positions=tuple(Position(months, months == setting.months, costs.get(months)) for months in DIAL),
        reckoned_at=reckoned.at if reckoned else None,
        days=reckoned.said.days if reckoned else 0,
        outings_known=reckoned is not None and reckoned.said.outings_known,
        learning_day=live.learning_day if live else None,
        learning_days=live.learning_days if live else None,
        turned=tuple(map(_turned, turns)),
        taken_over=taken_over,
        taken_over_at=taken_over_at,
    )


def _setting(checks_per_30_days: float) -> Setting:
    return Setting(checks_per_30_days, dial.position(checks_per_30_days))


def _turned(row: DialTurn) -> Turned:
    return Turned(row.at, row.worker.name if row.worker else "", _setting(row.before), _setting(row.after))
