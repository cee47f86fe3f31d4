"""The recovery key: 128 bits that open what was learned in this building, kept by the organisation on paper.

Written in Crockford's base 32 (https://www.crockford.com/base32.html) with its check symbol, in groups of five: no
letter is taken for another, and a slip is noticed.
"""

import logging
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.adapters.files import write_private
from gateway.errors import BackupError, GatewayError

FILE = "recovery.key"
_BYTES, _SYMBOLS, _GROUP = 16, 26, 5
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECKS = _DIGITS + "*~$=U"
_ALIKE = str.maketrans("OIL", "011", " -\t\r\n")

log = logging.getLogger(__name__)


class RecoveryKey:
    """The key itself. `name` tells it from others and says nothing of it."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.name = self.derive(b"name", b"", 6).hex()

    def derive(self, purpose: bytes, salt: bytes, length: int) -> bytes:
        """Bytes for one purpose, of which none tells anything of the key or of those for another."""
        info = b"tomoshibi recovery key: " + purpose
        return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(self._secret)

    def written(self) -> str:
        """As it stands on paper."""
        number = int.from_bytes(self._secret, "big")
        digits = "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(_SYMBOLS)))
        text = digits + _CHECKS[number % len(_CHECKS)]
        return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def read(text: str) -> RecoveryKey:
    """The key that somebody wrote down. Raises GatewayError that says what is wrong with it."""
    plain = text.upper().translate(_ALIKE)
    if len(plain) != _SYMBOLS + 1:
        raise GatewayError(f"a recovery key has {_SYMBOLS} letters and digits and one more to check, not {len(plain)}")
    strange = sorted(set(plain[:-1]) - set(_DIGITS) | set(plain[-1]) - set(_CHECKS))
    if strange:
        raise GatewayError(f"no recovery key has {' '.join(strange)}")
    number = 0
    for digit in plain[:-1]:
        number = number << 5 | _DIGITS.index(digit)
    if number % len(_CHECKS) != _CHECKS.index(plain[-1]) or number >> 8 * _BYTES:
        raise GatewayError("this is no recovery key: a letter is wrong, or two have changed places")
    return RecoveryKey(number.to_bytes(_BYTES, "big"))


def key_in(data_dir: Path) -> RecoveryKey:
    """The gateway's key; made when there is none yet. Raises BackupError when it cannot be read or made."""
    path = data_dir / FILE
    try:
        if not path.exists():
            write_private(path, RecoveryKey(secrets.token_bytes(_BYTES)).written() + "\n", keep=True)
            log.warning("a recovery key was made: put it on paper, `tomoshibi-gateway recovery-key` shows it")
        return read(path.read_text(encoding="ascii"))
    except (OSError, ValueError, GatewayError) as error:
        how = "set the right one by `tomoshibi-gateway recovery-key --set`"
        raise BackupError(f"{path}: the recovery key cannot be read ({error}); {how}") from None


def set_key(data_dir: Path, key: RecoveryKey) -> None:
    """Seal with this key from now on, and open with it. Raises GatewayError."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(data_dir / FILE, key.written() + "\n")
