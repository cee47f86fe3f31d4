"""SMS through Twilio."""

from collections.abc import Mapping

from twilio.base.exceptions import TwilioException

from backend.channels.twilio.client import TwilioAccount, open_client, refused
from backend.channels.twilio.sent import RecentSends
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Fate, Kind, Message, Sent

FATES: Mapping[str, Fate] = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


class TwilioSms:
    """`backend.ports.Channel` for SMS. An SMS is known by its text: each holds a link that no other has."""

    name = "twilio-sms"
    kind: Kind = "sms"

    def __init__(self, account: TwilioAccount) -> None:
        self.rate_per_s = account.rate_per_s
        self._account = account
        self._client = open_client(account)
        self._recent = RecentSends()

    def send(self, message: Message) -> Sent:
        self._recent.begin(message)
        try:
            taken = self._client.messages.create(
                to=message.to,
                from_=self._account.from_number,
                body=message.text,
                status_callback=f"{self._account.public_url}/twilio/sms/{message.id}/status",
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
            records = self._client.messages.list(to=handed_over.message.to, limit=20)
        except (TwilioException, DeliveryError, Ambiguous):
            return None
        for record in records:
            if record.body == handed_over.message.text and self._recent.may_be(message_id, record.sid):
                self._recent.named(message_id, record.sid)
                return FATES.get(str(record.status))
        return "not_received"
