"""The web process, put together: pages, API, live stream, providers' callbacks."""

from collections.abc import Iterator
from functools import partial

from contract.clock import Clock
from flask import Blueprint, Flask
from flask_wtf.csrf import CSRFProtect

from backend.adapters.revision import Notifier
from backend.adapters.store.schema import public_id
from backend.adapters.store.session import Store
from backend.channels import line, twilio
from backend.channels.email import EmailChannel
from backend.channels.twilio import TwilioAccount
from backend.channels.webhook import Webhook
from backend.config import Config, Operator
from backend.core.words import operator as words
from backend.ports import Channels, Message
from backend.services.desk import PhoneDesk
from backend.services.inbox import ReplyInbox
from backend.services.operator import Notice, Way
from backend.services.switchboard import ServiceDesk
from backend.web import api, health, live, problems, security, templating, users
from backend.web.attempts import Attempts
from backend.web.fragments import Fragments
from backend.web.frame import EXTENSION, Web
from backend.web.lookout import Lookout
from backend.web.numbers import RowNumber
from backend.web.pages import (
    alert,
    board,
    claim,
    dial,
    figures,
    gateways,
    language,
    maintenance,
    own,
    residents,
    rota,
    rota_calendar,
    rota_plan,
    self_tests,
    signin,
    units,
)
from backend.web.streams import Streams

FREE_THREADS = 8  # what the streams leave for people's actions and the gateways
# Sign-in itself; what carries a credential, a token or a signature of its own; what holds nothing personal.
OPEN_TO_ANYONE = {
    "static",
    "signin.enter",
    "signin.check",
    "language.change",
    "claim",
    "rota_feed",
    "api",
    "twilio",
    "line",
    "health",
}


def create_app(config: Config, store: Store, channels: Channels, clock: Clock) -> Flask:
    """Return the web application. Its notifier thread runs from here on, so call this after any fork."""
    app = Flask("backend.web")
    app.url_map.converters["int"] = RowNumber
    notifier = Notifier(store)
    streams = Streams(max(1, config.threads - FREE_THREADS))
    lookout = Lookout(store, _ways_to_the_operator(config))
    app.extensions[EXTENSION] = Web(
        config,
        store,
        channels,
        clock,
        notifier,
        streams,
        Fragments(),
        attempts=Attempts(),
        guesses=Attempts(most=20),
        enrolling=Attempts(most=60, within_s=900.0),
        lookout=lookout,
    )
    security.protect(app, config)
    forgery = CSRFProtect(app)
    users.register(app, OPEN_TO_ANYONE)
    templating.register(app)
    problems.register(app)
    pages = (
        board,
        alert,
        units,
        dial,
        rota,
        rota_plan,
        rota_calendar,
        gateways,
        maintenance,
        figures,
        self_tests,
        own,
        residents,
        signin,
    )
    for module in (*pages, language, claim, live, health):
        app.register_blueprint(module.blueprint)
    app.register_blueprint(rota_calendar.feed)
    # The token in its address is all the proof a claim link has, and a phone may refuse our cookie.
    forgery.exempt(claim.blueprint)
    app.register_blueprint(api.blueprint(forgery))
    for callbacks in _callbacks(config, store, clock):
        forgery.exempt(callbacks)
        app.register_blueprint(callbacks)
    notifier.start()
    return app


def _ways_to_the_operator(config: Config) -> dict[str, Way]:
    """The second ways out, by name."""
    ways: dict[str, Way] = {}
    told = config.operator or Operator()
    if told.email and config.email is not None:
        ways["email"] = partial(_write, EmailChannel(config.email), told.email, config.public_url)
    if told.webhook:
        ways["webhook"] = partial(_post, Webhook(told.webhook), config.public_url)
    return ways


def _write(channel: EmailChannel, to: str, installation: str, notice: Notice) -> None:
    letter = words.letter(notice.what, installation, notice.since)
    channel.send(Message(public_id(), 0, to, "email", "ja", letter.text, letter.title))


def _post(webhook: Webhook, installation: str, notice: Notice) -> None:
    letter = words.letter(notice.what, installation, notice.since)
    since = notice.since.isoformat() if notice.since else ""
    body = {"event": f"worker_{notice.what}", "installation": installation, "since": since}
    webhook.post({**body, "title": letter.title, "text": letter.text})


def _callbacks(config: Config, store: Store, clock: Clock) -> Iterator[Blueprint]:
    """What providers tell us: each under its own name, which OPEN_TO_ANYONE lets in, with a signature of its own."""
    inbox = ReplyInbox(store, clock, config.limits)
    if config.twilio is not None:
        account = TwilioAccount.of(config.twilio, config.public_url)
        switchboard = ServiceDesk(store, clock, config.limits)
        yield twilio.create_callbacks(account, PhoneDesk(store, clock), inbox, switchboard)
    if config.line is not None:
        yield line.create_callbacks(line.LineApi(config.line), inbox)
