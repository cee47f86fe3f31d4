"""The backend's own program, which kills itself with SIGKILL at one fail point: `python -m tests.chaos.failing …`.

FAIL_POINT names it, FAIL_AFTER is how often it is passed first, FAIL_LOG the file that gets a line before the end.
"""

import functools
import importlib
import itertools
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.cli import main
from tests.chaos.points import POINTS, Point

NOTHING: tuple[object, ...] = (None, [], 0)  # there was nothing to do: no boundary was passed


def arm(name: str, point: Point, passes: int, log: Path) -> None:
    """Let this process, with its parent and children, die at `point` once it was passed `passes` times."""
    owner: Any = importlib.import_module(point.module)
    *path, function = point.function.split(".")
    for part in path:
        owner = getattr(owner, part)
    count = itertools.count()

    def pass_or_die() -> None:
        if next(count) >= passes:
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")
            os.killpg(os.getpgrp(), signal.SIGKILL)

    setattr(owner, function, _around(getattr(owner, function), point, pass_or_die))


def _around(function: Callable[..., Any], point: Point, pass_or_die: Callable[[], None]) -> Callable[..., Any]:
    @functools.wraps(function)
    def around(*args: Any, **named: Any) -> Any:
        if point.when == "before":
            pass_or_die()
            return function(*args, **named)
        result = function(*args, **named)
        if result not in NOTHING or function.__name__ in ("commit", "settle", "fall_due"):
            pass_or_die()
        return result

    return around


if __name__ == "__main__":
    if wanted := os.environ.get("FAIL_POINT"):
        arm(wanted, POINTS[wanted], int(os.environ["FAIL_AFTER"]), Path(os.environ["FAIL_LOG"]))
    main()
