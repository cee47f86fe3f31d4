"""Work on the equipment over the API: what is going on, planned and past; a coordinator plans it and ends it."""

from backend.core.access import Act, require
from backend.core.clocks import instant
from backend.services import maintenance
from backend.web.api.shapes import Plan, Work, Works
from backend.web.formats import optional_unix
from backend.web.frame import web
from backend.web.pages.shared import acting
from backend.web.users import SignedIn
from backend.web.views import quiet, shapes


def listed(user: SignedIn) -> Works:
    require(user.role, Act.SEE_BOARD)
    with web().store.reading(user.organisation_id, viewer=user.who, purpose="api maintenance") as session:
        to_come, over = quiet.works(session, web().now())
    return Works([_work(each) for each in (*to_come, *over)])


def plan(user: SignedIn, how: Plan) -> Works:
    with acting("plan maintenance", Act.SET_MAINTENANCE, via="api") as (session, actor):
        maintenance.plan(
            session,
            actor,
            building_id=how.building,
            unit_id=how.unit,
            since=instant(how.since),
            until=instant(how.until),
            reason=how.reason,
            now=web().now(),
        )
    return listed(user)


def end(user: SignedIn, maintenance_id: int) -> Works:
    with acting(f"end maintenance {maintenance_id}", Act.SET_MAINTENANCE, via="api") as (session, actor):
        maintenance.end(session, maintenance_id, actor, now=web().now())
    return listed(user)


def _work(each: shapes.Work) -> Work:
    return Work(
        id=each.id,
        place=each.place,
        since=each.since.timestamp(),
        until=each.until.timestamp(),
        ended_at=optional_unix(each.ended_at),
        reason=each.reason,
        by=each.by,
        state="over" if each.over else "running" if each.began else "planned",
    )
