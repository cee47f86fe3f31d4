"""Reads a calendar in a process of its own, with bounded time and memory: a rule of repetition can be endless work."""

import subprocess
import sys
from datetime import datetime

import msgspec
from msgspec import Struct

from backend.adapters.calendars.reading import MOST_BYTES, Read, Trouble

CPU_S = 10
PATIENCE_S = 60.0  # on a machine that has other things to do as well
MEMORY_BYTES = 1024 * 1024 * 1024
TOO_MUCH = "the file is too much work to read"


class Order(Struct, frozen=True):
    """What `reading.read` takes."""

    data: bytes
    zone: str
    since: datetime
    until: datetime


def read_apart(data: bytes, zone: str, since: datetime, until: datetime) -> Read:
    """Return what `reading.read` does; a file that is too much work is a trouble of the whole file. Never raises."""
    order = msgspec.json.encode(Order(data[: MOST_BYTES + 1], zone, since, until))
    program = [sys.executable, "-m", "backend.adapters.calendars"]
    try:
        done = subprocess.run(program, input=order, capture_output=True, timeout=PATIENCE_S, check=True)
        return msgspec.json.decode(done.stdout, type=Read)
    except (subprocess.SubprocessError, msgspec.MsgspecError) as error:
        return Read(troubles=[Trouble("", TOO_MUCH, type(error).__name__)])
