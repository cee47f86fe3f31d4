"""What `demo check` says when a part of its preparation fails."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.demo import building, performance
from backend.demo.prepare import FailedError


def test_a_recording_that_cannot_be_made_names_its_step_and_what_was_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(building.HABITS, building.COLLAPSES, "no habits")
    with pytest.raises(FailedError, match=r"tomoshibi-gateway simulate [\s\S]*habits"):
        performance.synthetic_recording(tmp_path, datetime.now(UTC))
