"""Japanese or English, chosen by the person; a worker's choice is kept with them."""

from flask import Blueprint, redirect, request, session
from flask_login import current_user
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from backend.services import own_settings
from backend.web.frame import web
from backend.web.users import signed_in

LANGUAGES = ("ja", "en")
KEY = "language"
blueprint = Blueprint("language", __name__)


def chosen() -> str:
    """Return this person's language. Looks only into the cookie, so that an error page can ask too."""
    language = session.get(KEY)
    if language in LANGUAGES:
        return str(language)
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


@blueprint.post("/language")
def change() -> Response:
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        raise BadRequest("language: ja or en")
    session[KEY] = language
    if current_user.is_authenticated:
        user = signed_in()
        with web().store.session(user.organisation_id, viewer=user.who, purpose="language") as inside:
            own_settings.change_language(inside, user.id, language)
    return redirect(within(request.form.get("back", "")))


def within(address: str) -> str:
    """Return `address` if it is a path of this site, else the front page: a link must not lead elsewhere."""
    plain = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if plain else "/"
