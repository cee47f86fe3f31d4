"""The bench of the watch says what it measures."""

from pathlib import Path

import pytest

from tests.bench import watch


def test_a_folder_without_the_recording_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGS", str(tmp_path))
    with pytest.raises(SystemExit, match="is not there: say by LOGS=folder where home1-dev"):
        watch.main()


def test_without_a_folder_a_simulated_resident_is_called_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOGS", raising=False)
    monkeypatch.setattr(watch, "SIMULATED_DAYS", 2)
    log, what = watch._recording(tmp_path)
    assert log.is_file()
    assert what.startswith("SIMULATED resident of 2 days")
