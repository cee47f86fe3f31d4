"""Who is signed in. The cookie names a worker and how their password stood then: a changed password ends it."""

from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, cast

from flask import Flask, Response, redirect, request, url_for
from flask_login import LoginManager, current_user

from backend.adapters.store.schema import Worker
from backend.web.frame import web
from backend.web.problems import problem, wants_machine_answer


@dataclass(frozen=True)
class SignedIn:
    """A worker in front of a screen."""

    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    id: int
    organisation_id: int
    login: str
    name: str
    phone: str
    role: str
    language: str
    password_mark: str

    @property
    def who(self) -> str:
        """As the audit names them."""
        return f"worker:{self.id}"

    def get_id(self) -> str:
        return f"{self.organisation_id}-{self.id}-{self.password_mark}"


def of(worker: Worker) -> SignedIn:
    mark = sha256(worker.password_hash.encode()).hexdigest()[:16]
    return SignedIn(
        id=worker.id,
        organisation_id=worker.organisation_id,
        login=worker.login,
        name=worker.name,
        phone=worker.phone,
        role=worker.role,
        language=worker.language,
        password_mark=mark,
    )


def signed_in() -> SignedIn:
    """Return who is signed in; only for views that require it."""
    assert current_user.is_authenticated
    return cast(SignedIn, current_user._get_current_object())


def register(app: Flask, open_to_anyone: set[str]) -> None:
    """Require a sign-in for everything but `open_to_anyone` (names of endpoints or blueprints).

    A route that is added later is closed until somebody opens it.
    """
    manager = LoginManager(app)
    manager.session_protection = None  # a phone changes its address on the way to a resident
    manager.user_loader(_load)

    @app.before_request
    def require_sign_in() -> Response | None:
        if request.endpoint is None or {request.endpoint, request.blueprint} & open_to_anyone:
            return None
        return None if current_user.is_authenticated else _send_to_sign_in()


def _load(mark: str) -> SignedIn | None:
    parts = mark.split("-")
    if len(parts) != 3 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        return None
    with web().store.reading(int(parts[0])) as session:
        worker = session.get(Worker, int(parts[1]))
    if worker is None or not worker.active:
        return None
    found = of(worker)
    return found if found.get_id() == mark else None


def _send_to_sign_in() -> Response:
    if wants_machine_answer():
        return problem(401, "sign in first")
    there = url_for("signin.enter", next=request.full_path.rstrip("?") if request.method == "GET" else None)
    if request.headers.get("HX-Request") == "true":
        return Response(status=401, headers={"HX-Redirect": url_for("signin.enter")})
    return cast(Response, redirect(there))
