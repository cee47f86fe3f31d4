"""What of a resident no page can hold itself: the photo, if they have agreed to it."""

from flask import Blueprint, Response

from backend.core.access import Act
from backend.errors import NotFound
from backend.services.residents import photo_of
from backend.web.frame import web
from backend.web.pages.shared import looking

blueprint = Blueprint("residents", __name__, url_prefix="/residents/<int:resident_id>")


@blueprint.get("/photo")
def photo(resident_id: int) -> Response:
    with looking(f"photo of resident {resident_id}", Act.SEE_RESIDENT) as (session, _):
        found = photo_of(session, resident_id, web().now())
    if found is None:
        raise NotFound(f"photo of resident {resident_id}")
    return Response(found.image, mimetype=found.media_type, headers={"Cache-Control": "private, no-store"})
