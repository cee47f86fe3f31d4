"""What the pages have in common: who is looking, whether a fragment changed, and how a template is filled."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b

from flask import Response, render_template, request

from backend.adapters.store.session import StoreSession
from backend.core.access import Act, require
from backend.services.actors import Actor, Via
from backend.web.frame import web
from backend.web.users import SignedIn, signed_in


@contextmanager
def looking(purpose: str, act: Act = Act.SEE_BOARD) -> Iterator[tuple[StoreSession, SignedIn]]:
    """Open the viewer's organisation for reading. Raises NotAllowed; what is read is written into the audit."""
    user = signed_in()
    require(user.role, act)
    with web().store.reading(user.organisation_id, viewer=user.who, purpose=purpose) as session:
        yield session, user


@contextmanager
def acting(purpose: str, act: Act = Act.ANSWER_ALERT, via: Via = "web") -> Iterator[tuple[StoreSession, Actor]]:
    """Open the viewer's organisation for one action of theirs. Raises NotAllowed."""
    user = signed_in()
    require(user.role, act)
    with web().store.session(user.organisation_id, viewer=user.who, purpose=purpose) as session:
        yield session, Actor(user.who, user.id, user.role, via)


def digest(shown: object) -> str:
    """A short name of what a fragment shows: the page says which one it has, and is spared the same again."""
    return blake2b(repr(shown).encode(), digest_size=8).hexdigest()


def page_or_part(template: str, part: str, shown: object, **context: object) -> Response:
    """Fill the whole page, or the part htmx asks for; 204 where the page already shows just this."""
    seen = digest(shown)
    if request.headers.get("HX-Request") != "true":
        return Response(render_template(template, seen=seen, **context))
    if request.method == "GET" and request.args.get("seen") == seen:
        return Response(status=204)
    return Response(render_template(part, seen=seen, **context))


def is_part() -> bool:
    """Whether htmx asks for a fragment."""
    return request.headers.get("HX-Request") == "true"
