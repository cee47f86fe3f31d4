"""What a check finds, and what the checks look at."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from contract.reports import Words
from msgspec import Struct

from gateway.adapters.onlooker import Notes
from gateway.config import Config
from gateway.core.building import BuildingCore

State = Literal["ok", "notice", "wrong", "unknown"]


class Finding(Struct, frozen=True, omit_defaults=True):
    """`said`: how it is. `todo`: what to do about it."""

    state: State
    said: Words
    todo: Words | None = None


class Patient(Struct, frozen=True):
    """What a check may look at; None: it cannot be read, and the check that says why comes first in the table.

    now: domain time. real: real time. root: where /proc and /sys are. mosquitto: its configuration file.
    """

    config_path: Path
    config: Config | None
    notes: Notes | None
    core: BuildingCore | None
    now: float
    real: float
    mosquitto: Path
    root: Path = Path("/")


Check = Callable[[Patient], Finding]


def ok(ja: str, en: str) -> Finding:
    return Finding("ok", Words(ja, en))


def unknown(ja: str, en: str) -> Finding:
    return Finding("unknown", Words(ja, en))


def notice(ja: str, en: str, todo_ja: str, todo_en: str) -> Finding:
    return Finding("notice", Words(ja, en), Words(todo_ja, todo_en))


def wrong(ja: str, en: str, todo_ja: str, todo_en: str) -> Finding:
    return Finding("wrong", Words(ja, en), Words(todo_ja, todo_en))


NO_CONFIG = unknown("設定が読めないため確認できません", "cannot be checked without a configuration")
NO_JOURNAL = unknown("記録が読めないため確認できません", "cannot be checked without a journal")
