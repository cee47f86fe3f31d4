"""Start the processes of the Procfile together, and end them together (honcho)."""

import os
import shutil
import sys
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager
from honcho.printer import Printer

from backend.demo import processes
from backend.demo.stage import Stage

ROOT = Path(__file__).resolve().parents[2]


class Company:
    """All processes of one demo but those named in `without`; each line they print bears its process's name."""

    def __init__(self, stage: Stage, without: tuple[str, ...] = ()) -> None:
        self._stage = stage
        self._manager = Manager(Printer(sys.stdout))
        for name, command in parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes.items():
            if name not in without:
                self._manager.add_process(name, command, env=self._environment(name), cwd=str(ROOT))

    def run(self) -> int:
        """Until told to end or one of them ends; all the others are ended then. Returns the exit status."""
        try:
            self._manager.loop()
        finally:
            processes.end_all(self._stage.home)
        return int(self._manager.returncode or 0)

    def _environment(self, name: str) -> dict[str, str]:
        stage = self._stage
        return {
            **os.environ,
            **processes.environment(stage.home, name),
            **node_environment(),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONUNBUFFERED": "1",
            "BROKER_PORT": str(stage.broker_port),
            "WIRE_PORT": str(stage.wire_port),
            "WEB_PORT": str(stage.web_port),
        }


def node_environment() -> dict[str, str]:
    """How to start the node program: on MicroPython where there is one, else on this Python."""
    command = _micropython()
    if command:
        return {"NODE_INTERPRETER": command, "MICROPYPATH": ".frozen:firmware/lib:firmware"}
    return {"NODE_INTERPRETER": "python"}


def _micropython() -> str:
    """A real MicroPython: installed, or where the tests put theirs; empty when there is none."""
    installed = shutil.which("micropython")
    if installed:
        return installed
    # Unpacked packages of another Debian, which start by their own loader. Relative, so that no blank can split them.
    for root in sorted(ROOT.glob(".venv/micropython/*-*")):
        loaders = [path for path in sorted(root.glob("usr/lib/**/ld-linux*.so.*")) if path.is_file()]
        if loaders:
            folder = root.relative_to(ROOT)
            loader = loaders[0].relative_to(ROOT)
            return f"{loader} --library-path {loader.parent}:{folder}/usr/lib {folder}/usr/bin/micropython"
    return ""
