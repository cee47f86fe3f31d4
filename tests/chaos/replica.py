"""One replica of the backend: its own program, which kills itself with SIGKILL at one fail point."""

import functools
import importlib
import itertools
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.cli import main
from tests.chaos.points import POINTS, Point

NOTHING: tuple[object, ...] = (None, [], 0)  # there was nothing to do: no boundary was passed


@dataclass(frozen=True)
class Fate:
    """At which fail point a replica dies, having passed it `passes` times; `log` gets a line before the end."""

    name: str
    passes: int
    log: Path


def run(verb: str, settings: Path, log: Path, fate: Fate | None) -> None:
    """Be `tomoshibi-backend <verb>` in this process, which becomes the leader of a group of its own."""
    os.setsid()
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    if fate is not None:
        arm(fate)
    main([verb, "--config", str(settings)])


def arm(fate: Fate) -> None:
    """Let this process die as is its fate, with its parent and children."""
    point = POINTS[fate.name]
    owner: Any = importlib.import_module(point.module)
    *path, function = point.function.split(".")
    for part in path:
        owner = getattr(owner, part)
    count = itertools.count()

    def pass_or_die() -> None:
        if next(count) >= fate.passes:
            with fate.log.open("a", encoding="utf-8") as file:
                file.write(f"{fate.name}\n")
            os.killpg(os.getpgrp(), signal.SIGKILL)

    setattr(owner, function, _around(getattr(owner, function), point, pass_or_die))


def _around(function: Callable[..., Any], point: Point, pass_or_die: Callable[[], None]) -> Callable[..., Any]:
    @functools.wraps(function)
    def around(*args: Any, **named: Any) -> Any:
        if point.when == "before":
            pass_or_die()
            return function(*args, **named)
        result = function(*args, **named)
        if not point.gives or result not in NOTHING:
            pass_or_die()
        return result

    return around
