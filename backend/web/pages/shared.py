"""What the pages have in common: who is looking, what their head says, and what of them has to be sent."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b

from flask import Response, g, render_template, request

from backend.adapters.store.session import StoreSession
from backend.core.access import Act, require
from backend.services.actors import Actor, Via
from backend.web import live
from backend.web.frame import web
from backend.web.pages import language
from backend.web.users import SignedIn, signed_in
from backend.web.views import board
from backend.web.views.shapes import Bar


@contextmanager
def looking(purpose: str, act: Act = Act.SEE_BOARD) -> Iterator[tuple[StoreSession, SignedIn]]:
    """Open the viewer's organisation for reading. Raises NotAllowed; what is read is written into the audit."""
    user = signed_in()
    require(user.role, act)
    # The revision before what it counts: a change in between is then fetched once more and not missed.
    g.news = live.news(web(), user.organisation_id)
    with web().store.reading(user.organisation_id, viewer=user.who, purpose=purpose) as session:
        g.head = board.bar(session, datetime.now(UTC))
        yield session, user


def head() -> Bar:
    """What the head of the page says: as of the moment at which the page itself was read, where it was."""
    if "head" not in g:
        user = signed_in()
        with web().store.reading(user.organisation_id, viewer=user.who, purpose="head") as session:
            g.head = board.bar(session, datetime.now(UTC))
    found: Bar = g.head
    return found


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
    if not is_part():
        return Response(render_template(template, seen=seen, **context))
    if request.method == "GET" and request.args.get("seen") == seen:
        return Response(status=204)
    return Response(render_template(part, seen=seen, **context))


def live_page(
    template: str, part: str, shown: object, pieces: Mapping[str, object] | None = None, **context: object
) -> Response:
    """Fill the whole page, or what an open one lacks of its live part and its head; 204 where it lacks nothing.

    `pieces`: by element id, what of the part need not be sent where the page has it; to the template they are `kept`.
    """
    spoken = language.chosen()
    digests = {name: digest((spoken, piece)) for name, piece in (pieces or {}).items()}
    seen = digest((spoken, head(), shown))
    after = request.values.get("seen", "") if is_part() else ""
    if request.method == "GET" and after == seen:
        return Response(status=204)
    kept = web().fragments.kept(after, digests)
    web().fragments.remember(seen, digests)
    whole = "parts/answer.html" if is_part() else template
    return Response(render_template(whole, part=part, seen=seen, after=after, kept=kept, bar=head(), **context))


def is_part() -> bool:
    """Whether htmx asks for a fragment."""
    return request.headers.get("HX-Request") == "true"
