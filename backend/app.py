"""The web process, put together: pages, API, live stream, providers' callbacks."""

from contract.clock import Clock
from flask import Flask
from flask_wtf.csrf import CSRFProtect

from backend.adapters.revision import Notifier
from backend.adapters.store.session import Store
from backend.channels.twilio import TwilioAccount, create_callbacks
from backend.config import Config
from backend.ports import Channels
from backend.services.desk import PhoneDesk
from backend.web import api, health, live, problems, security, templating, users
from backend.web.attempts import Attempts
from backend.web.frame import EXTENSION, Web
from backend.web.pages import alert, board, claim, gateways, language, maintenance, signin, units
from backend.web.streams import Streams

FREE_THREADS = 8  # what the streams leave for people's actions and the gateways
# Sign-in itself; what carries a credential, a token or a signature of its own; what holds nothing personal.
OPEN_TO_ANYONE = {"static", "signin.enter", "signin.check", "language.change", "claim", "api", "twilio", "health"}


def create_app(config: Config, store: Store, channels: Channels, clock: Clock) -> Flask:
    """Return the web application. Its notifier thread runs from here on, so call this after any fork."""
    app = Flask("backend.web")
    notifier = Notifier(store)
    streams = Streams(max(1, config.threads - FREE_THREADS))
    app.extensions[EXTENSION] = Web(config, store, channels, clock, notifier, streams, Attempts())
    security.protect(app, config)
    forgery = CSRFProtect(app)
    users.register(app, OPEN_TO_ANYONE)
    templating.register(app)
    problems.register(app)
    for pages in (board, alert, units, gateways, maintenance, signin, language, claim, live, health):
        app.register_blueprint(pages.blueprint)
    # The token in its address is all the proof a claim link has, and a phone may refuse our cookie.
    forgery.exempt(claim.blueprint)
    app.register_blueprint(api.blueprint(forgery))
    if config.twilio is not None:
        account = TwilioAccount.of(config.twilio, config.public_url)
        callbacks = create_callbacks(account, PhoneDesk(store, clock))
        forgery.exempt(callbacks)
        app.register_blueprint(callbacks)
    notifier.start()
    return app
