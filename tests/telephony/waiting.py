"""Waiting for what other programs do."""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 60.0  # generous: the machine may be busy with other things

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], meanwhile: Callable[[], object] = lambda: None, what: str = "it") -> Found:
    """What `look` returns as soon as that is something. Fails when it never is."""
    until = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < until, f"{what} did not happen in time"
        meanwhile()
        time.sleep(0.01)
    return found
