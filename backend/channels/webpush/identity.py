"""Who we are to the push services (VAPID, RFC 8292), and which addresses are push services at all."""

import base64
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid

from backend.errors import ConfigError

PLAIN_ADDRESS = re.compile(r"[!-\[\]-~]+")  # ASCII without spaces, control characters and backslashes
PLAIN_HOST = re.compile(r"[a-z0-9.-]+")


class VapidKey:
    """The installation's key; browsers are given the public half when they subscribe."""

    def __init__(self, private_key: str) -> None:
        """`private_key` as in backend.config.Push. Raises ConfigError where it is no key of P-256."""
        try:
            self.vapid = Vapid.from_raw(private_key.encode())
        except ValueError as error:
            raise ConfigError(f"push: private_key is no key: {error}") from error

    @property
    def public_key(self) -> str:
        point = self.vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def new_private_key() -> str:
    """Return a new key, as the configuration takes it."""
    vapid = Vapid()
    vapid.generate_keys()
    number = vapid.private_key.private_numbers().private_value.to_bytes(32, "big")
    return base64.urlsafe_b64encode(number).rstrip(b"=").decode()


def are_keys(p256dh: str, auth: str) -> bool:
    """Whether a subscription's keys are what a browser makes: a point of P-256 and 16 bytes, base64url."""
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _bytes(p256dh))
        return len(_bytes(auth)) == 16
    except ValueError:
        return False


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


def is_service(endpoint: str, services: Sequence[str]) -> bool:
    """Whether a subscription's address lies at one of `services` ("https://push.example", "https://*.push.example").

    Never one that two programs read differently: to the one that calls it a backslash begins the path.
    """
    if not PLAIN_ADDRESS.fullmatch(endpoint):
        return False
    try:
        asked = urlsplit(endpoint)
        port = asked.port
    except ValueError:
        return False
    host = asked.hostname or ""
    if asked.username or not PLAIN_HOST.fullmatch(host):
        return False
    return any(_lies_at(asked.scheme, host, port, one) for one in services)


def _lies_at(scheme: str, host: str, port: int | None, service: str) -> bool:
    allowed = urlsplit(service)
    name = allowed.hostname or ""
    fits = host.endswith(name[1:]) if name.startswith("*.") else host == name
    return fits and scheme == allowed.scheme and port == allowed.port
