"""Both stories of the demo, told by the real processes without a browser or a person."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).parent / "tomoshibi-backend"
STEPS = 30


@pytest.mark.timeout(900)
def test_both_stories_happen_step_by_step():
    done = subprocess.run([PROGRAM, "demo", "check"], capture_output=True, text=True, timeout=850, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == f"demo-check: ok steps={STEPS}"
    times = re.findall(r"^ +\d+  (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) +[\d.]+ s  ", done.stdout, re.MULTILINE)
    assert len(times) == STEPS
