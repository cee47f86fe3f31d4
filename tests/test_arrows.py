"""`make lint` sees an arrow of docs/architecture.md that points the wrong way, and a clock read in a core."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
WRONG = {  # at least one for each contract
    "firmware/lib/contract/topics.py": "node.core",
    "firmware/node/core.py": "gateway.errors",
    "gateway/status.py": "hal.host",
    "gateway/replay.py": "backend.errors",
    "gateway/core/watch.py": "gateway.adapters.journal",
    "backend/services/inbox.py": "backend.web.words",
    "backend/web/words.py": "backend.adapters.lane",
    "backend/web/live.py": "backend.channels.desk",
    "backend/web/frame.py": "backend.adapters.store.writing",
    "backend/services/outbox.py": "backend.channels.twilio",
    "backend/core/alerts.py": "urllib",
    "gateway/core/rhythm.py": "logging",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("gateway", "backend", "firmware"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=_all_but_python)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _all_but_python(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not name.endswith(".py") and not (Path(folder) / name).is_dir()]


def test_every_wrong_arrow_fails_the_lint_and_breaks_its_contract(copy: Path) -> None:
    for file, module in WRONG.items():
        with (copy / file).open("a", encoding="utf-8") as source:
            source.write(f"\nimport {module}\n")
    path = os.pathsep.join(str(copy / folder) for folder in ("", "firmware", "firmware/lib"))
    linted = subprocess.run(
        [BIN / "lint-imports", "--no-cache", "--no-logo"],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": path, "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 1, linted.stdout + linted.stderr
    for file, module in WRONG.items():
        importer = file.removeprefix("firmware/").removeprefix("lib/").removesuffix(".py").replace("/", ".")
        assert f"{importer} -> {module} (l." in linted.stdout, linted.stdout
    settings = tomllib.loads((copy / "pyproject.toml").read_text(encoding="utf-8"))
    for contract in settings["tool"]["importlinter"]["contracts"]:
        assert f"{contract['name']} BROKEN" in linted.stdout, linted.stdout


@pytest.mark.parametrize("core", ["gateway/core/watch.py", "backend/core/alerts.py"])
def test_a_core_that_reads_the_clock_fails_the_lint(copy: Path, core: str) -> None:
    for file in (core, "backend/worker.py"):
        with (copy / file).open("a", encoding="utf-8") as source:
            source.write("\nimport datetime as dt\n\nNOW = dt.datetime.now(dt.UTC)\n")
    command = [BIN / "ruff", "check", "--no-cache", "--select", "TID251", "--output-format", "concise", "."]
    linted = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert linted.returncode == 1
    (found,) = [line for line in linted.stdout.splitlines() if "TID251" in line]
    assert found.startswith(core)
