"""What was learned leaves the building sealed with the recovery key, and is opened by whoever has that key.

A sealed backup is base85 of: version (1 byte), name of the key (6), salt (16), nonce (12), and AES-256-GCM of the
packed state with a key derived for this backup alone. Gateway, unit, version and the key's name are bound to it, so
that one unit's days cannot be given out as another's.
"""

import base64
import secrets
import zlib
from pathlib import Path
from typing import get_args

import msgspec
from contract import reports
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.adapters import recovery
from gateway.adapters.recovery import RecoveryKey
from gateway.errors import BackupError

VERSION = 1
MOST_BYTES = 2_000_000
"""No honest state unpacks to more; a body that does is damaged, or made by somebody who had the key."""
_NAME, _SALT, _NONCE = 6, 16, 12
_HEAD = 1 + _NAME + _SALT
_LONGEST = get_args(reports.Sealed)[1].max_length


class Backups:
    """Seals and opens for the gateway of that name. The key is read each time: somebody may set another one."""

    def __init__(self, gateway: str, data_dir: Path) -> None:
        self._gateway = gateway
        self._data_dir = data_dir

    def seal(self, unit: str, learned: bytes) -> reports.RhythmBackup:
        """What was learned of `unit`, as it may leave the building. Raises BackupError."""
        key = recovery.key_in(self._data_dir)
        salt, nonce = secrets.token_bytes(_SALT), secrets.token_bytes(_NONCE)
        head = bytes([VERSION]) + bytes.fromhex(key.name) + salt
        packed = zlib.compress(learned)
        closed = _cipher(key, salt).encrypt(nonce, packed, self._bound(head, unit))
        sealed = base64.b85encode(head + nonce + closed).decode()
        if len(sealed) > _LONGEST:
            raise BackupError(f"learned state of unit {unit} is too long to be sent: {len(sealed)} characters")
        return reports.RhythmBackup(unit, key.name, sealed)

    def open(self, restore: reports.Restore) -> bytes:
        """What was learned, as it was sealed. Raises BackupError."""
        key = recovery.key_in(self._data_dir)
        failed = f"learned state of unit {restore.unit} cannot be opened"
        try:
            body = base64.b85decode(restore.sealed)
        except ValueError:
            raise BackupError(f"{failed}: it is damaged") from None
        head, nonce, closed = body[:_HEAD], body[_HEAD : _HEAD + _NONCE], body[_HEAD + _NONCE :]
        if not closed:
            raise BackupError(f"{failed}: it is damaged")
        if head[0] != VERSION:
            raise BackupError(f"{failed}: it has version {head[0]}, and this program reads {VERSION}")
        if head[1 : 1 + _NAME].hex() != key.name:
            how = "set the right one by `tomoshibi-gateway recovery-key --set`"
            raise BackupError(f"{failed}: wrong recovery key; {how}")
        try:
            packed = _cipher(key, head[1 + _NAME :]).decrypt(nonce, closed, self._bound(head, restore.unit))
            return _unpacked(packed)
        except (InvalidTag, ValueError, zlib.error):
            raise BackupError(f"{failed}: it is damaged, or was sealed for another unit or gateway") from None

    def _bound(self, head: bytes, unit: str) -> bytes:
        return msgspec.msgpack.encode((head, self._gateway, unit))


def _cipher(key: RecoveryKey, salt: bytes) -> AESGCM:
    return AESGCM(key.derive(b"backup", salt, 32))


def _unpacked(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    body = inflater.decompress(packed, MOST_BYTES)
    if not inflater.eof or inflater.unused_data:
        raise ValueError("cut off, too long, or followed by something else")
    return body
