"""Calls through Twilio. What they say is fetched from us while they last, see callbacks.py."""

from collections.abc import Mapping

from twilio.base.exceptions import TwilioException

from backend.channels.twilio.client import TwilioAccount, open_client, probe, refused
from backend.channels.twilio.records import LISTED, find
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Doubt, Fate, Found, Kind, Message, Sent

FATES: Mapping[str, Fate] = {
    "queued": "sent",
    "initiated": "sent",
    "ringing": "sent",
    "in-progress": "sent",
    "completed": "delivered",
    "busy": "failed",
    "no-answer": "failed",
    "failed": "failed",
    "canceled": "failed",
}
ENDS: Mapping[str, Fate] = {**FATES, "completed": "ended", "busy": "ended", "no-answer": "ended", "canceled": "ended"}


class TwilioVoice:
    """`backend.ports.Channel` for calls; one in doubt is looked for by number and time."""

    name = "twilio-voice"
    kind: Kind = "voice"

    def __init__(self, account: TwilioAccount) -> None:
        self.rate_per_s = account.rate_per_s
        self._account = account
        self._client = open_client(account)

    def send(self, message: Message) -> Sent:
        address = f"{self._account.public_url}/twilio/voice/{message.id}"
        try:
            taken = self._client.calls.create(
                to=message.to,
                from_=self._account.from_number,
                url=address,
                method="POST",
                status_callback=f"{address}/status",
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                status_callback_method="POST",
                timeout=self._account.ring_s,
                # Asynchronous: a person must not wait in silence until Twilio has made up its mind.
                machine_detection="Enable",
                async_amd="true",
                async_amd_status_callback=f"{address}/machine",
                async_amd_status_callback_method="POST",
            )
        except TwilioException as error:
            raise refused(error) from error
        return Sent(taken.sid)

    def probe(self) -> None:
        probe(self._client, self._account)

    def lookup(self, doubt: Doubt) -> Found | None:
        try:
            if doubt.provider_ref:
                fate = ENDS.get(str(self._client.calls(doubt.provider_ref).fetch().status))
                return Found(fate, doubt.provider_ref) if fate else None
            records = self._client.calls.list(to=doubt.to, limit=LISTED)
        except (TwilioException, DeliveryError, Ambiguous):
            return None
        return find(doubt, records, lambda _call: "", FATES)
