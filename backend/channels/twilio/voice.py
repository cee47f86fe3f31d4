"""Calls through Twilio. What they say is fetched from us while they last, see callbacks.py."""

from collections.abc import Mapping
from datetime import datetime

from twilio.base.exceptions import TwilioException

from backend.channels.twilio.client import TwilioAccount, open_client, refused
from backend.channels.twilio.sent import RecentSends
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Fate, Kind, Message, Sent

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
CLOCKS_APART_S = 30.0  # between Twilio's clock and ours, which also rounds to seconds


class TwilioVoice:
    """`backend.ports.Channel` for calls.

    Twilio takes no reference of ours for a call, so an ambiguous one is looked for by number and time among those
    that no answered send is known to have made.
    """

    name = "twilio-voice"
    kind: Kind = "voice"

    def __init__(self, account: TwilioAccount) -> None:
        self.rate_per_s = account.rate_per_s
        self._account = account
        self._client = open_client(account)
        self._recent = RecentSends()

    def send(self, message: Message) -> Sent:
        address = f"{self._account.public_url}/twilio/voice/{message.id}"
        self._recent.begin(message)
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
        self._recent.named(message.id, taken.sid)
        return Sent(taken.sid)

    def lookup(self, message_id: str) -> Fate | None:
        handed_over = self._recent.get(message_id)
        if handed_over is None:
            return None
        try:
            records = self._client.calls.list(to=handed_over.message.to, limit=20)
        except (TwilioException, DeliveryError, Ambiguous):
            return None
        for record in records:
            if self._is_new(record.date_created, handed_over.real_at) and self._recent.may_be(message_id, record.sid):
                self._recent.named(message_id, record.sid)
                return FATES.get(str(record.status))
        return "not_received"

    @staticmethod
    def _is_new(created: datetime | None, handed_over_real_at: float) -> bool:
        return created is None or created.timestamp() > handed_over_real_at - CLOCKS_APART_S
