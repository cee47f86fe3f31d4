"""A mail server with a mailbox for everybody, and every way in which one can fail."""

import asyncio
import datetime
import ssl
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.broker import free_port

USER, PASSWORD = "tomoshibi", "the mail server's secret"


@dataclass
class Letter:
    """What has arrived."""

    to: str
    raw: bytes
    seen: bool = False

    @property
    def read(self) -> Message:
        return message_from_bytes(self.raw)

    @property
    def subject(self) -> str:
        return str(make_header(decode_header(self.read["Subject"])))

    @property
    def text(self) -> str:
        body = self.read.get_payload(decode=True)
        assert isinstance(body, bytes)
        return body.decode()


class MailServer:
    """Real SMTP with STARTTLS and a login. `answers`: what it says to a command ("RCPT", "DATA") instead of yes.

    "drop" and "hang" after the letter has been read leave the sender without a word.
    """

    def __init__(self, home: Path) -> None:
        self.letters: list[Letter] = []
        self.answers: dict[str, str] = {}
        self.keeps = True  # the letters that it drops or hangs at: it has them all the same
        self.ca_file, key_file = _certificate(home)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, key_file)
        self.port = free_port()
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=context,
            require_starttls=True,
            authenticator=_authenticate,
            auth_required=True,
            server_hostname="localhost",
        )

    def __enter__(self) -> "MailServer":
        self._controller.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._controller.stop()
        surprises = [f"letter to {letter.to}: {letter.subject}" for letter in self.letters if not letter.seen]
        assert kind is not None or not surprises, "unexpected:\n" + "\n".join(surprises)

    def takes(self, address: str, *words: str) -> Letter | None:
        """The first letter to that address that holds all `words`; None when none has come. Each is taken once."""
        for letter in self.letters:
            fits = letter.to == address and all(word in letter.subject + letter.text for word in words)
            if fits and not letter.seen:
                letter.seen = True
                return letter
        return None

    # --- SMTP, as aiosmtpd asks it ------------------------------------------------------------------------------------

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.answers.get("DATA", "250 OK")
        if answer.startswith("250") or (answer in ("drop", "hang") and self.keeps):
            assert isinstance(envelope.content, bytes)
            self.letters += [Letter(to, envelope.content) for to in envelope.rcpt_tos]
        if answer == "hang":
            await asyncio.sleep(30)  # until the sender gives up; the server's end cancels it
        if answer == "drop":
            assert server.transport is not None
            server.transport.abort()
            return "250 nobody hears it"
        return answer


def _authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


def _certificate(home: Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 that only its own file vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = home / "mail.crt", home / "mail.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    key_file.write_bytes(pem)
    return str(certificate_file), str(key_file)
