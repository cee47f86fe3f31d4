"""The product around its phones: a fresh database, the real web process on a real port, the worker stepped by hand.

Domain time stands still until the test moves it. The worker works whenever an expectation waits, so a test reads as a
story: what happens, who is called, what they press.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from types import TracebackType

import httpx
import msgspec
from contract import reports as contract
from sqlalchemy import select

from backend.adapters.store import Store, schema
from backend.adapters.store.schema import Alert, AlertEvent, Notification
from backend.app import create_app
from backend.channels.email import EmailChannel
from backend.channels.line import LineApi, LineChannel
from backend.channels.twilio import TwilioAccount, TwilioSms, TwilioVoice
from backend.channels.webpush import WebPushChannel
from backend.channels.webpush.identity import new_private_key
from backend.config import check
from backend.core.clocks import instant
from backend.ports import Browser, Channel, Sent
from backend.services import own_settings, sending
from backend.web.frame import EXTENSION
from backend.worker import Worker
from tests.fakes import Clock
from tests.phone_company import line, mail, town
from tests.phone_company.company import ACCOUNT, OUR_NUMBER, TOKEN, PhoneCompany
from tests.phone_company.line import LineCompany
from tests.phone_company.mail import MailServer
from tests.phone_company.phone import Phone
from tests.phone_company.push_service import PushService
from tests.phone_company.screen import Screen
from tests.phone_company.served import Served

PUBLIC_URL = "https://watch.example"
FALLBACK = "+815011119999"


@dataclass(frozen=True)
class Providers:
    """The companies beside the phone company that the product uses in a test; how long it waits for their answers."""

    line: LineCompany | None = None
    push: PushService | None = None
    mail: MailServer | None = None
    answer_s: float = 10.0

    def settings(self) -> dict[str, object]:
        found: dict[str, object] = {}
        if self.line is not None:
            found["line"] = {
                "channel_access_token": line.TOKEN, "channel_secret": line.SECRET, "api_url": self.line.api_url
            }  # fmt: skip
        if self.push is not None:
            contact, services = "mailto:it@watch.example", [self.push.url]
            found["push"] = {"private_key": PUSH_KEY, "contact": contact, "services": services}
        if self.mail is not None:
            found["email"] = {
                "host": "localhost", "port": self.mail.port, "ca_file": self.mail.ca_file,
                "sender": "watch@watch.example", "user": mail.USER, "password": mail.PASSWORD,
            }  # fmt: skip
        return found


PHONES_ONLY = Providers()
PUSH_KEY = new_private_key()


class World:
    """One organisation with one building. Leaving the block asserts that nobody was disturbed without the test's word.

    `aoi` and `bea` are the workers of the policy's two steps, `chika` coordinates, `hana` lives in room 203.
    """

    def __init__(
        self,
        database_url: str,
        *,
        steps: Sequence[town.Step] = town.STEPS,
        fallback_phone: str = FALLBACK,
        providers: Providers = PHONES_ONLY,
    ) -> None:
        self._open = ExitStack()
        self._providers = providers
        self._seq = 0
        self._real_ahead_s = 0.0
        self.clock = Clock()
        self.company = self._open.enter_context(PhoneCompany())
        self.store = Store(database_url)
        self._open.callback(self.store.close)
        self.town = town.build(self.store, steps, fallback_phone, self.clock.now())
        self.config = check({**_settings(database_url, self.company.api_url), **providers.settings()})
        assert self.config.twilio is not None
        self._account = replace(TwilioAccount.of(self.config.twilio, PUBLIC_URL), answer_s=0.5)
        self.start_another_worker()
        self.app = create_app(self.config, self.store, self.channels, self.clock)
        self._open.callback(self.app.extensions[EXTENSION].notifier.stop)
        self.url = self._open.enter_context(Served(self.app)).url
        self.reach_itself_at(self.url)
        self.company.serves(PUBLIC_URL, self.url)
        self.company.meanwhile = self.work
        if providers.line is not None:
            providers.line.serves(self.url)
            providers.line.meanwhile = self.work
        self.aoi = self.phone("Aoi", town.AOI)
        self.bea = self.phone("Bea", town.BEA)
        self.chika = self.phone("Chika", town.CHIKA)
        self.hana = self.phone("Hana", town.HANA)
        self.fallback = self.phone("the fallback number", FALLBACK)

    def __enter__(self) -> "World":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.settle()
        self._open.__exit__(kind, error, trace)

    # --- time -----------------------------------------------------------------------------------------------------

    def work(self) -> None:
        """Let the worker do what is due now."""
        self.worker.tick()

    def start_another_worker(self) -> None:
        """A worker process that knows nothing but what the database holds."""
        sms, voice = TwilioSms(self._account), TwilioVoice(self._account)
        self.channels: dict[str, list[Channel]] = {"sms": [sms], "voice": [voice]}
        if self.config.line is not None:
            self.channels["line"] = [LineChannel(LineApi(self.config.line, self._providers.answer_s))]
        if self.config.push is not None:
            forget = partial(own_settings.forget_browser, self.store)
            self.channels["push"] = [WebPushChannel(self.config.push, forget, self._providers.answer_s)]
        if self.config.email is not None:
            self.channels["email"] = [EmailChannel(self.config.email, self._providers.answer_s)]
        self.worker = Worker(self.config, self.store, self.channels, self.clock, self._real)

    def reach_itself_at(self, url: str) -> None:
        """Let the worker hand its self-tests in there: the public address leads nowhere in a test."""
        self.config = msgspec.structs.replace(self.config, self_test_url=url)
        self.start_another_worker()

    def hands_over_and_dies(self, kind: str) -> None:
        """Another worker hands the next message of that kind over and is killed before it can write that down."""
        real_now, limits = instant(self._real()), self.config.limits
        (lease,) = sending.take(self.store, kind, most=1, real_now=real_now, limits=limits)
        now = now_of(self.clock)
        ready = sending.prepare(
            self.store, lease, self.channels, now=now, real_now=real_now, limits=limits, url=PUBLIC_URL
        )
        assert ready is not None
        assert isinstance(sending.send(ready, real_now), Sent)

    def settle(self) -> None:
        """Let worker and company go on until neither has anything left to do at this instant."""
        for _ in range(20):
            self.work()
            if not self.company.settle():
                return
        raise AssertionError("worker and company never come to rest")

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        """Let what is due now happen, move the clock, and let happen what is due then."""
        self.settle()
        self.clock.advance(seconds=seconds, minutes=minutes, hours=hours)
        self.settle()

    def pause(self, seconds: float) -> None:
        """Let real time pass for the worker, which waits in it before it tries again; domain time stands still."""
        self.settle()
        self._real_ahead_s += seconds
        self.settle()

    def _real(self) -> float:
        return time.time() + self._real_ahead_s

    @contextmanager
    def worker_running(self) -> Iterator[None]:
        """The worker's own loop on its own threads, in place of rounds made by hand."""
        thread = threading.Thread(target=self.worker.run, name="worker")
        self.company.meanwhile, by_hand = (lambda: None), self.company.meanwhile
        thread.start()
        try:
            yield
        finally:
            self.worker.stop()
            thread.join(timeout=30)
            self.company.meanwhile = by_hand
        assert not thread.is_alive()

    # --- what the building reports ----------------------------------------------------------------------------------

    def press_emergency(self, unit: str = town.UNIT) -> int:
        """Somebody presses the button; returns the alert's id."""
        return self.report(unit, "emergency", "open")

    def silence(self, unit: str = town.UNIT, *, ask_s: float = 120, open_s: float = 360) -> int:
        """The watch finds a silence too long and the node begins to ask; returns the alert's id."""
        now = self.clock.now()
        return self.report(unit, "inactivity", "asking", ask_until=now + ask_s, open_at=now + open_s)

    def report(
        self,
        unit: str,
        kind: contract.AlertKind,
        stage: contract.Stage,
        *,
        ask_until: float | None = None,
        open_at: float | None = None,
    ) -> int:
        """Post an alert as the gateway does, over HTTP with its credential; returns the alert's id."""
        words = contract.Words("動きがありません。", "No sign of life.")
        name = f"{unit}-{kind}"
        alert = contract.Alert(
            name, unit, kind, stage, self.clock.now(), words, contract.Evidence(presses=1), ask_until, open_at
        )
        self._seq += 1
        batch = contract.Batch("journal", self.clock.now(), [contract.Numbered(self._seq, self.clock.now(), alert)])
        answer = httpx.post(
            f"{self.url}/api/v1/gateway/reports",
            content=msgspec.json.encode(batch),
            headers={"Authorization": f"Bearer {self.town.credential}", "Content-Type": "application/json"},
            trust_env=False,
            timeout=60,  # a busy machine is slow
        )
        assert answer.status_code == 200, answer.text
        results = msgspec.json.decode(answer.content, type=contract.BatchReply).results
        assert [one.result for one in results] == ["stored"], results
        with self.store.session(self.town.organisation_id) as session:
            return int(session.scalars(select(Alert.id).where(Alert.ref == name)).one())

    # --- people ---------------------------------------------------------------------------------------------------

    def phone(self, name: str, number: str) -> Phone:
        return self.company.phone(name, number)

    def speaks(self, login: str, language: str) -> None:
        """From now on that worker is spoken to in `language`."""
        with self.store.session(self.town.organisation_id) as session:
            session.get_one(schema.Worker, self.town.workers[login]).language = language

    def gives(self, login: str, **settings: str) -> None:
        """From now on that worker has these addresses and quiet hours (columns of `worker`)."""
        with self.store.session(self.town.organisation_id) as session:
            worker = session.get_one(schema.Worker, self.town.workers[login])
            for name, value in settings.items():
                setattr(worker, name, value)

    def adds_browser(self, login: str, browser: Browser) -> None:
        """That worker's pushes reach this browser too."""
        with self.store.session(self.town.organisation_id) as session:
            now = now_of(self.clock)
            own_settings.add_browser(session, self.town.workers[login], browser, "Chrome, Linux", now)

    def adds_contact(self, name: str, number: str, kind: str = "family", **more: object) -> Phone:
        """The resident of room 203 has a further contact; returns the contact's phone."""
        with self.store.session(self.town.organisation_id, viewer="system:test", purpose="test") as session:
            resident = session.scalars(select(schema.Resident)).one()
            position = len(session.scalars(select(schema.Contact)).all())
            contact = schema.Contact(resident_id=resident.id, position=position, kind=kind, name=name, phone=number)
            for column, value in more.items():
                setattr(contact, column, value)
            session.add(contact)
        return self.phone(name, number)

    def role(self, login: str, role: str) -> None:
        with self.store.session(self.town.organisation_id) as session:
            session.get_one(schema.Worker, self.town.workers[login]).role = role

    def screen(self, login: str) -> Screen:
        """A worker in front of the pages."""
        return Screen(self.app, PUBLIC_URL, login, town.PASSWORD)

    # --- what is known --------------------------------------------------------------------------------------------

    def alert(self, alert_id: int) -> Alert:
        """The alert as it is now."""
        with self.store.session(self.town.organisation_id, viewer="system:test") as session:
            found = session.get_one(Alert, alert_id)
            assert found.claimed_by is None or found.claimed_by.name
            return found

    def holder(self, alert_id: int) -> str:
        """Who has claimed it; empty when nobody."""
        claimed_by = self.alert(alert_id).claimed_by
        return claimed_by.login if claimed_by else ""

    def history(self, alert_id: int) -> list[str]:
        """What happened to it, in order."""
        with self.store.session(self.town.organisation_id) as session:
            events = select(AlertEvent.what).where(AlertEvent.alert_id == alert_id).order_by(AlertEvent.id)
            return list(session.scalars(events))

    def sends(self, alert_id: int) -> list[tuple[str, str, str]]:
        """Its outbox: who, by what, and what came of it."""
        with self.store.session(self.town.organisation_id) as session:
            rows = session.scalars(
                select(Notification).where(Notification.alert_id == alert_id).order_by(Notification.id)
            )
            return [(row.person, row.channel, row.state) for row in rows]


def now_of(clock: Clock) -> datetime:
    """The clock's instant as the database keeps it."""
    return datetime.fromtimestamp(clock.now(), UTC)


def _settings(database_url: str, api_url: str) -> dict[str, object]:
    return {
        "database_url": database_url,
        "secret_key": "a secret that only tests know, long enough",
        "public_url": PUBLIC_URL,
        "twilio": {
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "from_number": OUR_NUMBER,
            "api_url": api_url,
            "rate_per_s": 1000.0,
        },
    }
