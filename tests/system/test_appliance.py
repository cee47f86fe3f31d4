"""The documented commands on a Debian that has nothing of ours: installed, upgraded, rolled back, removed."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scale import SCALE
from tests.system.debian import PYTHONS, Debian

ROOT = Path(__file__).parents[2]
PARTS = ("gateway", "backend", "firmware", ".ci", "pyproject.toml", "README.md", "LICENSE", "requirements-gateway.lock")
SUITES = tuple(PYTHONS) if SCALE == 1 else ("bookworm",)
WATCHED_S = 4
GATEWAY = "tomoshibi-gateway"


def bundle(home: Path, version: str, python: str, broken: str = "") -> Path:
    """A release of this tree under another version; `broken` replaces what its `run` does."""
    tree = home / version
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        (tree / part).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / part, tree / part)
    project = (tree / "pyproject.toml").read_text(encoding="utf-8")
    (tree / "pyproject.toml").write_text(project.replace('version = "0.1.0"', f'version = "{version}"', 1))
    if broken:
        runtime = tree / "gateway/runtime.py"
        text = runtime.read_text(encoding="utf-8")
        assert "        self._link.start()\n" in text
        runtime.write_text(text.replace("        self._link.start()\n", f"        {broken}\n", 1), encoding="utf-8")
    machine = subprocess.run(["uname", "-m"], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run([".ci/bundle", Path(sys.executable).parent, python, machine], cwd=tree, check=True)
    return tree / f"dist/tomoshibi-gateway-{version}.tar.gz"


@pytest.fixture(params=SUITES)
def debian(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Debian]:
    packages = ("mosquitto", "mosquitto-clients", "python3-venv", "systemd-timesyncd")
    with Debian(tmp_path / "debian", request.param, packages) as made:
        yield made


@pytest.fixture
def home(debian: Debian, tmp_path: Path) -> Path:
    """Where bundles are put; in the Debian it is /root."""
    return debian.root / "root"


def running(debian: Debian) -> str:
    """The version that runs, by the process itself."""
    assert "active" in debian.run(f"systemctl is-active {GATEWAY}", check=False)
    return debian.run(f"readlink -f /proc/$(systemctl show -P MainPID {GATEWAY})/exe; readlink /opt/tomoshibi/current")


@pytest.mark.timeout(900)
def test_installed_upgraded_rolled_back_and_removed(debian: Debian, home: Path, tmp_path: Path) -> None:
    python = PYTHONS[debian.suite]
    for version, broken in (("0.1.0", ""), ("0.2.0", ""), ("0.3.0", "raise RuntimeError('broken release')")):
        shutil.copy(bundle(tmp_path, version, python, broken), home)
    debian.run("cd /root && tar xzf tomoshibi-gateway-0.1.0.tar.gz")
    told = debian.run("/root/tomoshibi-gateway-0.1.0/install.sh --backend http://127.0.0.1:9999")
    assert "version 0.1.0" in told
    assert "0.1.0" in running(debian)

    told = debian.run(f"tomoshibi-gateway upgrade --watch {WATCHED_S} /root/tomoshibi-gateway-0.2.0.tar.gz")
    assert "version 0.2.0 runs well" in told
    assert "0.2.0" in running(debian)

    told = debian.run(f"tomoshibi-gateway upgrade --watch {WATCHED_S} /root/tomoshibi-gateway-0.3.0.tar.gz; echo $?")
    assert "version 0.2.0 runs again" in told and told.endswith("1\n")
    assert "0.2.0" in running(debian)

    told = debian.run(f"tomoshibi-gateway rollback --watch {WATCHED_S}")
    assert "version 0.1.0 runs well" in told
    assert "0.1.0" in running(debian)

    told = debian.run("tomoshibi-gateway uninstall")
    assert "/var/lib/tomoshibi" in told
