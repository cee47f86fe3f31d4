"""What a machine lacks is said before anything is fetched or started."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.tools import micropython

PYTHON_VENV = Path(__file__).resolve().parents[2] / ".ci" / "python-venv"


def test_without_a_way_to_check_its_signature_nothing_that_was_fetched_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(micropython, "CACHE", tmp_path)
    monkeypatch.setattr(micropython, "_architecture", lambda: "amd64")
    monkeypatch.setattr(micropython, "mirrors", lambda: ["http://mirror.example/debian"])
    monkeypatch.setattr(micropython, "_fetch", lambda _address: b"whatever a stranger says")
    monkeypatch.setattr(micropython.shutil, "which", lambda _program: None)
    with pytest.raises(micropython.MissingMicroPythonError, match="apt install gpgv"):
        micropython.ensure()


def test_a_32_bit_python_is_told_what_to_do_instead(tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\ncase "$*" in --version) echo Python 3.11.2;; *maxsize*) exit 1;; esac\n')
    python.chmod(0o755)
    told = subprocess.run(
        [PYTHON_VENV, python], cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True, check=False
    )
    assert told.returncode == 1
    assert "64-bit" in told.stderr
    assert not (tmp_path / ".venv").exists()
