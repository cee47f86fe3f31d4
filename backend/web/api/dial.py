"""The dial of a unit over the API: what each position costs this home; a coordinator turns it."""

from contract.reports import DIAL

from backend.core.access import Act, require
from backend.services import dial
from backend.web.api.shapes import DialPosition, DialState, DialTurned, TurnDial
from backend.web.formats import optional_unix
from backend.web.frame import web
from backend.web.pages.shared import acting
from backend.web.users import SignedIn
from backend.web.views import dial as view


def of_unit(user: SignedIn, unit_id: int) -> DialState:
    require(user.role, Act.SEE_RESIDENT)
    with web().store.reading(user.organisation_id, viewer=user.who, purpose=f"api dial of unit {unit_id}") as session:
        found = view.page(session, unit_id)
    return DialState(
        unit=unit_id,
        months=found.setting.months,
        checks_per_30_days=found.setting.checks_per_30_days,
        positions=[DialPosition(each.months, DIAL[each.months], each.in_force, each.cost) for each in found.positions],
        reckoned_at=optional_unix(found.reckoned_at),
        days=found.days,
        outings_known=found.outings_known,
        turned=[_turned(each) for each in found.turned],
        gateway=found.taken_over,
        taken_over_at=optional_unix(found.taken_over_at),
    )


def turn(user: SignedIn, unit_id: int, how: TurnDial) -> DialState:
    with acting(f"turn the dial of unit {unit_id}", Act.TURN_DIAL, via="api") as (session, actor):
        dial.turn(session, unit_id, how.months, actor, now=web().now())
    return of_unit(user, unit_id)


def _turned(each: view.Turned) -> DialTurned:
    return DialTurned(each.at.timestamp(), each.by, each.before.checks_per_30_days, each.after.checks_per_30_days)
