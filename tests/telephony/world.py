"""The product with telephone lines of its own in place of Twilio's calls, and people at a real exchange."""

import hashlib
import wave
from collections.abc import Sequence

import numpy
from sqlalchemy import select

from backend.adapters.store.schema import Notification
from backend.channels.modem import ModemSms
from backend.channels.sip import SipVoice
from backend.channels.sip.speech import RATE_HZ, Speech
from backend.channels.twilio import TwilioSms, TwilioVoice
from backend.config import Modem, Sip
from backend.ports import Channel
from backend.services.desk import PhoneDesk
from backend.services.inbox import ReplyInbox
from backend.services.switchboard import ServiceDesk
from backend.worker import Worker
from tests.phone_company.town import STEPS, Step
from tests.phone_company.world import World
from tests.telephony.waiting import eventually


class Whistler(Speech):
    """Whistles for a tenth of a second for each sentence, and never the same for two."""

    def _make(self, language: str, sentences: Sequence[str]) -> None:
        for sentence in sentences:
            name = hashlib.sha256(f"{language}{sentence}".encode()).hexdigest()
            noise = numpy.random.default_rng(int(name[:8], 16)).normal(0, 4000, RATE_HZ // 10)
            path = self._folder / f"{name}.wav"
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE_HZ)
                file.writeframes(noise.astype("<i2").tobytes())
            self._made[language, sentence] = path


class TelephonyWorld(World):
    """What both of the following have in common."""

    def state_of(self, alert: int, person: str, kind: str = "voice") -> str:
        """What came of that person's first message of that kind."""
        return next((state for who, what, state in self.sends(alert) if (who, what) == (person, kind)), "")

    def message_of(self, alert: int, person: str, kind: str = "voice") -> str:
        """The name of that person's first message of that kind."""
        mine = (Notification.alert_id == alert, Notification.person == person, Notification.channel == kind)
        with self.store.session(self.town.organisation_id) as session:
            return session.scalars(select(Notification.message_id).where(*mine).order_by(Notification.id)).first() or ""

    def comes_to(self, alert: int, person: str, state: str, kind: str = "voice") -> None:
        eventually(lambda: self.state_of(alert, person, kind) == state, self.work, f"{kind} to {person}: {state}")


class SipWorld(TelephonyWorld):
    """A `World` whose calls go through `sip`, and then through the phone company; its SMS only through the latter."""

    def __init__(self, database_url: str, sip: Sip, speech: Speech, steps: Sequence[Step] = STEPS) -> None:
        self._sip, self._speech = sip, speech
        super().__init__(database_url, steps=steps)

    def start_another_worker(self) -> None:
        desk = PhoneDesk(self.store, self.clock)
        voice = self._open.enter_context(
            SipVoice(self._sip, desk, self._speech, ServiceDesk(self.store, self.clock, self.config.limits))
        )
        self.channels = {"sms": [TwilioSms(self._account)], "voice": [voice, TwilioVoice(self._account)]}
        self.worker = Worker(self.config, self.store, self.channels, self.clock, self._real)


class ModemWorld(TelephonyWorld):
    """A `World` whose SMS go through `modem` and the phone company, in the order of `sms`; its calls by the latter."""

    def __init__(self, database_url: str, modem: Modem, steps: Sequence[Step], sms: Sequence[str] = ("modem",)) -> None:
        self._modem, self._sms = modem, sms
        super().__init__(database_url, steps=steps)

    def start_another_worker(self) -> None:
        desk, inbox = PhoneDesk(self.store, self.clock), ReplyInbox(self.store, self.clock, self.config.limits)
        modem = self._open.enter_context(ModemSms(self._modem, desk, inbox))
        providers: dict[str, Channel] = {"modem": modem, "twilio": TwilioSms(self._account)}
        self.channels = {"sms": [providers[name] for name in self._sms], "voice": [TwilioVoice(self._account)]}
        self.worker = Worker(self.config, self.store, self.channels, self.clock, self._real)
