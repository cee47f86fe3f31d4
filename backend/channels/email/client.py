"""E-mail, handed to one mail server. It cannot be asked afterwards, and what bounces later comes to nobody here.

Up to the letter's last line nothing has been taken; from then on until the server's word nobody knows.
"""

import smtplib
import ssl
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import TypeVar

from backend.config import Email
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Doubt, Found, Kind, Message, Sent

Done = TypeVar("Done")
LONGEST_S = 18.0  # for the whole conversation: ports.Channel allows 20 s
CONNECT_S = 5.0


class EmailChannel:
    """`backend.ports.Channel` for e-mail; each letter in a conversation of its own."""

    name = "email"
    kind: Kind = "email"

    def __init__(self, email: Email, longest_s: float = LONGEST_S) -> None:
        self.rate_per_s = email.rate_per_s
        self._email, self._longest_s = email, longest_s

    def send(self, message: Message) -> Sent:
        until = time.monotonic() + self._longest_s
        letter = as_letter(message, self._email.sender)
        server = _not_taken(self._connect)
        try:
            _not_taken(lambda: self._announce(server, message.to, until))
            _hand_over(server, letter.as_bytes())
        finally:
            server.close()  # no farewell: the letter's fate is known, and a slow server must not change it
        return Sent(str(letter["Message-ID"]))

    def probe(self) -> None:
        """Say who we are, and nothing more. Raises DeliveryError."""
        until = time.monotonic() + self._longest_s
        server = _not_taken(self._connect)
        try:
            _not_taken(lambda: self._greet(server, until))
            _not_taken(lambda: _agreed(server.noop()))
        finally:
            server.close()

    def lookup(self, doubt: Doubt) -> Found | None:
        return None

    def _connect(self) -> smtplib.SMTP:
        email = self._email
        step_s = min(CONNECT_S, self._longest_s)
        if email.security == "tls":
            return smtplib.SMTP_SSL(email.host, email.port, timeout=step_s, context=self._trust())
        return smtplib.SMTP(email.host, email.port, timeout=step_s)

    def _announce(self, server: smtplib.SMTP, to: str, until: float) -> None:
        """Say who we are and whom the letter is for."""
        self._greet(server, until)
        for word, address in ((server.mail, self._email.sender), (server.rcpt, to)):
            _in_time(server, until)
            _agreed(word(address))
        _in_time(server, until)

    def _greet(self, server: smtplib.SMTP, until: float) -> None:
        email = self._email
        server.ehlo_or_helo_if_needed()
        if email.security == "starttls":
            _in_time(server, until)
            server.starttls(context=self._trust())
        if email.user:
            _in_time(server, until)
            server.login(email.user, email.password)
        _in_time(server, until)

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self._email.ca_file)


def _agreed(answer: tuple[int, bytes]) -> None:
    """Raises SMTPResponseException where the server said no."""
    code, said = answer
    if code >= 300:
        raise smtplib.SMTPResponseException(code, said)


def _in_time(server: smtplib.SMTP, until: float) -> None:
    """Let the server's next answer take no longer than what is left of the conversation. Raises TimeoutError."""
    left_s = until - time.monotonic()
    if left_s <= 0:
        raise TimeoutError("the mail server is too slow")
    if server.sock is not None:
        server.sock.settimeout(left_s)


def _not_taken(do: Callable[[], Done]) -> Done:
    """Do something before the letter. Raises DeliveryError: whatever went wrong, nothing was taken."""
    try:
        return do()
    except smtplib.SMTPResponseException as error:
        raise _refused(error) from error
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(f"the mail server's certificate is not trusted: {error}", permanent=True) from error
    except smtplib.SMTPNotSupportedError as error:
        raise DeliveryError(f"the mail server cannot do it: {error}", permanent=True) from error
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"the mail server cannot be reached: {error}", permanent=False) from error


def _hand_over(server: smtplib.SMTP, letter: bytes) -> None:
    """Give the letter itself. Raises DeliveryError where the server says that it did not take it, else Ambiguous."""
    try:
        code, said = server.data(letter)
    except smtplib.SMTPResponseException as error:
        raise _refused(error) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Ambiguous(f"the line broke at the letter: {type(error).__name__}") from error
    if code >= 300:
        raise _refused(smtplib.SMTPResponseException(code, said))


def _refused(error: smtplib.SMTPResponseException) -> DeliveryError:
    said = error.smtp_error.decode("utf-8", "replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
    problem = f"the mail server refused ({error.smtp_code}): {said[:200]}"
    return DeliveryError(problem, permanent=not 400 <= error.smtp_code < 500)


def as_letter(message: Message, sender: str) -> EmailMessage:
    """Return the message as an e-mail; its Message-ID is made of our name for it."""
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"], letter["Subject"] = sender, message.to, " ".join(message.title.split())
    letter["Date"] = formatdate()
    letter["Message-ID"] = f"<{message.id}@{sender.partition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"  # an out-of-office note is no answer, and must not come
    letter.set_content(message.text, cte="base64")
    return letter
