"""SMS through Twilio."""

from collections.abc import Mapping

from twilio.base.exceptions import TwilioException

from backend.channels.twilio.client import TwilioAccount, open_client, probe, refused
from backend.channels.twilio.records import LISTED, find
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Doubt, Fate, Found, Kind, Message, Sent

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
    """`backend.ports.Channel` for SMS; one in doubt is known by its text, which mostly holds a link of its own."""

    name = "twilio-sms"
    kind: Kind = "sms"

    def __init__(self, account: TwilioAccount) -> None:
        self.rate_per_s = account.rate_per_s
        self._account = account
        self._client = open_client(account)

    def send(self, message: Message) -> Sent:
        try:
            taken = self._client.messages.create(
                to=message.to,
                from_=self._account.from_number,
                body=message.text,
                status_callback=f"{self._account.public_url}/twilio/sms/{message.id}/status",
            )
        except TwilioException as error:
            raise refused(error) from error
        return Sent(taken.sid)

    def probe(self) -> None:
        probe(self._client, self._account)

    def lookup(self, doubt: Doubt) -> Found | None:
        try:
            records = self._client.messages.list(to=doubt.to, limit=LISTED)
        except (TwilioException, DeliveryError, Ambiguous):
            return None
        return find(doubt, records, lambda record: record.body, FATES)
