"""What a machine lacks is said before anything is fetched or started."""

from pathlib import Path

import pytest

from tests.tools import micropython


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
