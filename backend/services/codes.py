"""Codes that one machine shows and a person types into another, once: eight letters, of which only a hash is kept."""

import hashlib
import re
import secrets

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that is taken for another; 8 of them cannot be guessed in time
_LENGTH = 8
_CODE = re.compile(f"[{_LETTERS}]{{{_LENGTH}}}")


def new() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def looks_like_one(text: str) -> bool:
    """Whether a person may have meant a code by this."""
    return _CODE.fullmatch(_plain(text)) is not None


def hashed(text: str) -> str:
    """The hash by which a code is kept, however it was typed."""
    return hashlib.sha256(_plain(text).encode()).hexdigest()


def _plain(text: str) -> str:
    return text.strip().upper().replace(" ", "").replace("-", "")
