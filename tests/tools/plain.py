"""The same tests on CPython and on real MicroPython.

A plain test file holds functions named `test_…` that take nothing, and imports neither pytest nor anything else a board
does not have. `plain_tests(path)` makes pytest parameters of them: each function once on either interpreter.
"""

import functools
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.mark.structures import ParameterSet

from tests.tools import micropython

ROOT = Path(__file__).resolve().parents[2]
RUNNER = Path(__file__).with_name("plain_runner.py")
TIME_LIMIT_S = 120


def micropython_environment() -> dict[str, str]:
    """What MicroPython needs to find the firmware's modules."""
    return {**os.environ, "MICROPYPATH": f".frozen:{ROOT}/firmware/lib:{ROOT}/firmware"}


def run_micropython(*arguments: str, stdin: str = "") -> str:
    """Run a script on real MicroPython and return what it prints. Raises AssertionError when it fails."""
    done = subprocess.run(
        [*micropython.ensure(), *arguments],
        capture_output=True,
        text=True,
        input=stdin,
        env=micropython_environment(),
        timeout=TIME_LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@functools.cache
def _micropython_results(path: Path) -> dict[str, str]:
    """What each function of the file said on MicroPython: "" or what went wrong."""
    printed = run_micropython(str(RUNNER), str(path.parent), path.stem)
    return dict(map(json.loads, printed.splitlines()))


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"plain_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def plain_tests(path: Path) -> list[ParameterSet]:
    """pytest parameters: callables that run one function of the file on one interpreter."""
    module = _load(path)
    names = [name for name in vars(module) if name.startswith("test_")]

    def on_micropython(name: str) -> Callable[[], None]:
        def check() -> None:
            results = _micropython_results(path)
            assert name in results, f"{name} did not run on MicroPython"
            assert results[name] == "", results[name]

        return check

    on_cpython = [pytest.param(vars(module)[name], id=f"cpython-{name}") for name in names]
    return on_cpython + [pytest.param(on_micropython(name), id=f"micropython-{name}") for name in names]
