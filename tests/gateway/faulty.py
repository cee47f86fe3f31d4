"""The real gateway with one fault put into it: python -m tests.gateway.faulty FAULT run --config FILE."""

import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

from gateway.adapters import liveness
from gateway.adapters.mqtt import Link
from gateway.adapters.outbox import Outbox
from gateway.adapters.uplink import Backend, CommandPoll, Reporter
from gateway.cli import main
from gateway.errors import JournalError
from gateway.runtime import Runtime


def raises(*_arguments: Any, **_more: Any) -> NoReturn:
    raise ZeroDivisionError("a fault put in")


def returns(*_arguments: Any, **_more: Any) -> None:
    """Nothing was done, and nobody was told."""


def hangs(*_arguments: Any, **_more: Any) -> NoReturn:
    while True:
        time.sleep(1)


def damaged(*_arguments: Any, **_more: Any) -> NoReturn:
    raise JournalError("outbox: is damaged; move it away", permanent=True)


def leaves(link: Link, *_arguments: Any) -> None:
    """paho's thread ends after it, without an error."""
    link._client.disconnect()


FAULTS: dict[str, tuple[type, str, Callable[..., Any]]] = {
    "the reporter raises": (Backend, "send", raises),
    "the reporter returns": (Reporter, "run", returns),
    "the reporter hangs": (Backend, "send", hangs),
    "the outbox is damaged": (Outbox, "first", damaged),
    "the command poll raises": (Backend, "commands", raises),
    "the command poll returns": (CommandPoll, "run", returns),
    "the command poll hangs": (Backend, "commands", hangs),
    "paho's thread raises": (Link, "_on_message", raises),
    "paho's thread returns": (Link, "_on_message", leaves),
    "the loop raises": (Runtime, "_take_message", raises),
    "the loop hangs": (Runtime, "_take_message", hangs),
}

if __name__ == "__main__":
    fault = sys.argv.pop(1)
    where, name, instead = FAULTS[fault]
    setattr(where, name, instead)
    if fault.endswith("hangs"):
        liveness.HANGS_S = 2.0
    main()
