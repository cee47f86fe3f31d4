"""Units over the API, for the people signed in. Names nobody who lives there."""

from backend.core.access import Act, require
from backend.web.api.shapes import Units, UnitState
from backend.web.formats import optional_unix
from backend.web.frame import web
from backend.web.users import SignedIn
from backend.web.views import units as view
from backend.web.views.shapes import UnitTile


def listed(user: SignedIn) -> Units:
    require(user.role, Act.SEE_BOARD)
    with web().store.reading(user.organisation_id, viewer=user.who, purpose="api units") as session:
        return Units([_state(tile) for tile in view.tiles(session, web().now())])


def _state(tile: UnitTile) -> UnitState:
    assert tile.place.unit_id is not None
    return UnitState(
        id=tile.place.unit_id,
        building=tile.place.building,
        name=tile.place.unit,
        watching=tile.watching,
        presence=tile.presence,
        heard_at=optional_unix(tile.heard_at),
        last_sign=tile.last_sign,
        learning_day=tile.learning_day,
        learning_days=tile.learning_days,
        gateway_silent=tile.unheard != "",
        cannot_be_watched=tile.blind != "",
        because=tile.blind,
        absence=tile.absences[-1].kind if tile.absences else "",
        sensors=list(tile.sensors),
    )
