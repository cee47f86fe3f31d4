"""The documented commands on a Debian that has nothing of ours: installed, paired, upgraded, rolled back, removed."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.services import beginning, enrolments
from backend.services.seed import seed
from tests.scale import SCALE
from tests.system.debian import PYTHONS, Debian
from tests.system.installation import wait_until

ROOT = Path(__file__).parents[2]
PARTS = ("gateway", "backend", "firmware", ".ci", "pyproject.toml", "README.md", "LICENSE", "requirements-gateway.lock")
SUITES = tuple(PYTHONS) if SCALE == 1 else ("bookworm",)
WATCHED_S = 6
PORT = 8123
UNITS = ("tomoshibi-gateway", "tomoshibi-broker")
LAN = "10.99.0.1"
CA = "/etc/tomoshibi/authority/ca.pem"


def bundle(home: Path, version: str, python: str, broken: str = "") -> Path:
    """A release of this tree under another version; `broken` is the first that its `run` does."""
    tree = home / version
    for part in PARTS:
        (tree / part).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, tree / part)
    _replace(tree / "pyproject.toml", 'version = "0.1.0"', f'version = "{version}"')
    if broken:
        _replace(tree / "gateway/runtime.py", "        self._link.start()\n", f"        {broken}\n")
    machine = subprocess.run(["uname", "-m"], capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run([".ci/bundle", Path(sys.executable).parent, python, machine], cwd=tree, check=True)
    return tree / f"dist/tomoshibi-gateway-{version}.tar.gz"


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


class Backend:
    """The backend in the Debian's network, with the files and the program of this machine."""

    def __init__(self, home: Path, debian: Debian) -> None:
        self._store = Store(f"sqlite:///{home}/backend.db")
        migrate(self._store)
        now = datetime.now(UTC)
        self._seeded = seed(self._store, beginning.register(), now=now, real_now=now, password="long enough for this")
        (home / "backend.toml").write_text(
            f'database_url = "sqlite:///{home}/backend.db"\nsecret_key = "{"s" * 40}"\n'
            f'public_url = "http://127.0.0.1:{PORT}"\nport = {PORT}\n'
        )
        command = [sys.executable, "-m", "backend", "serve", "--config", str(home / "backend.toml")]
        self._log = (home / "backend.log").open("ab")
        self._process = subprocess.Popen(
            [*debian.enter(network_only=True), *command], cwd=ROOT, stdout=self._log, stderr=subprocess.STDOUT
        )

    def pair(self, code: str) -> None:
        now = datetime.now(UTC)
        with self._store.session(self._seeded.organisation_id, viewer="worker:1", purpose="pair") as session:
            enrolments.pair(session, code, in_place_of=self._seeded.gateway_id, now=now, real_now=now)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=60)
        self._log.close()
        self._store.close()


@pytest.fixture(params=SUITES)
def debian(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Debian]:
    """As Debian's packages make it. It has the three that the gateway needs: its network leads nowhere."""
    packages = ("mosquitto", "mosquitto-clients", "python3-venv", "systemd-timesyncd")
    with Debian(tmp_path / "debian", request.param, packages) as made:
        made.run(f"ip link set lo up; ip address add {LAN}/32 dev lo")
        yield made


@pytest.fixture
def backend(debian: Debian, tmp_path: Path) -> Iterator[Backend]:
    found = Backend(tmp_path, debian)
    yield found
    found.stop()


def is_ok(debian: Debian) -> bool:
    """Whether the gateway has reached broker and backend."""
    return "broker ok, backend ok" in debian.run("systemctl show -P StatusText tomoshibi-gateway", check=False)


def check_runs(debian: Debian, version: str) -> None:
    wait_until(lambda: is_ok(debian), what="the gateway is well")
    assert debian.run("readlink /opt/tomoshibi/current").strip() == f"/opt/tomoshibi/releases/{version}"
    assert f"/releases/{version}/" in debian.run(
        "xargs -0 < /proc/$(systemctl show -P MainPID tomoshibi-gateway)/cmdline"
    )


def journal_of(debian: Debian) -> str:
    """Which journal it is: another one would be a gateway that knows nothing."""
    found = re.search(r'"journal": "([0-9a-f]{32})"', debian.run("tomoshibi-gateway status --json"))
    assert found
    return found[1]


def left(debian: Debian, *paths: str) -> str:
    """What is there of these."""
    return debian.run(f"ls -d {' '.join(paths)} 2>/dev/null", check=False)


@pytest.mark.timeout(1500)
def test_installed_upgraded_rolled_back_and_removed(debian: Debian, backend: Backend, tmp_path: Path) -> None:
    python = PYTHONS[debian.suite]
    for version, broken in (("0.1.0", ""), ("0.2.0", ""), ("0.3.0", "raise RuntimeError('a broken release')")):
        shutil.copy(bundle(tmp_path, version, python, broken), debian.root / "root")
    install = f"/root/tomoshibi-gateway-0.1.0/install.sh --backend http://127.0.0.1:{PORT}"
    debian.run("cd /root && tar xzf tomoshibi-gateway-0.1.0.tar.gz")

    told = debian.run(install)
    code = re.search(r"type ([0-9A-Z]{4}-[0-9A-Z]{4}) into the backend", told)
    assert code and "recovery key" in told, told
    backend.pair(code[1])
    assert "paired: this gateway is gw" in debian.run("tomoshibi-gateway pair")
    check_runs(debian, "0.1.0")
    check_is_hardened(debian)
    check_nobody_comes_in_without_a_name(debian)
    journal = journal_of(debian)

    to_the_next = f"tomoshibi-gateway upgrade --watch {WATCHED_S} /root/tomoshibi-gateway-0.2.0.tar.gz"
    debian.run("touch /var/lib/tomoshibi/before")  # so that the journal cannot be kept
    told = debian.run(f"{to_the_next}; echo $?")
    assert "was not tried, and 0.1.0 runs again" in told and told.endswith("1\n")
    check_runs(debian, "0.1.0")
    debian.run("rm /var/lib/tomoshibi/before")
    assert "version 0.2.0 runs well" in debian.run(to_the_next)
    check_runs(debian, "0.2.0")

    told = debian.run(f"tomoshibi-gateway upgrade --watch {WATCHED_S} /root/tomoshibi-gateway-0.3.0.tar.gz; echo $?")
    assert "version 0.2.0 runs again" in told and told.endswith("1\n")
    check_runs(debian, "0.2.0")

    told = debian.run(f"tomoshibi-gateway upgrade --watch {WATCHED_S} /root/tomoshibi-gateway-0.1.0.tar.gz")
    check_runs(debian, "0.1.0")
    assert "version 0.2.0 runs well" in debian.run(f"tomoshibi-gateway rollback --watch {WATCHED_S}")
    check_runs(debian, "0.2.0")

    check_comes_back_from_a_trial_that_lost_its_power(debian)
    check_runs(debian, "0.2.0")

    assert "/var/lib/tomoshibi" in debian.run("tomoshibi-gateway uninstall")
    assert left(debian, "/opt/tomoshibi", "/etc/systemd/system/tomoshibi-*.service", "/usr/local/bin/tomoshibi*") == ""
    debian.run(install)
    check_runs(debian, "0.1.0")
    assert journal_of(debian) == journal, "what was learned outlives it all"
    debian.run("tomoshibi-gateway uninstall --with-data --yes")
    assert left(debian, "/var/lib/tomoshibi*", "/etc/tomoshibi") == ""


def check_is_hardened(debian: Debian) -> None:
    for unit in UNITS:
        told = debian.run(f"systemd-analyze security --no-pager {unit}").splitlines()[-1]
        assert re.search(r"[0-3]\.\d OK", told), told
    for unit, user in zip(UNITS, ("tomoshibi", "mosquitto"), strict=True):
        assert debian.run(f"stat -c %U /proc/$(systemctl show -P MainPID {unit})").strip() == user
    assert "600 tomoshibi" in debian.run("stat -c '%a %U' /var/lib/tomoshibi/credential")


def check_nobody_comes_in_without_a_name(debian: Debian) -> None:
    """From the building's network there is TLS alone, for those who have a name and a password."""
    publish = "timeout 20 mosquitto_pub -t tomoshibi/v1/hall/event -m x 2>&1"
    assert "Connection refused" in debian.run(f"{publish} -h {LAN} -p 1883", check=False)
    assert "not authorised" in debian.run(f"{publish} -h 127.0.0.1 -p 1883", check=False).lower()
    plain = debian.run(f"{publish} -h {LAN} -p 8883; echo status $?", check=False)
    assert "status 0" not in plain, "plain MQTT on the port for TLS"
    names = f"-h {LAN} -p 8883 --cafile {CA} --insecure"
    assert "not authorised" in debian.run(f"{publish} {names}", check=False).lower()
    wrong = debian.run(f"{publish} {names} -u tomoshibi-gateway -P guessed", check=False)
    assert "not authorised" in wrong.lower()
    told = debian.run(
        f"openssl verify -CAfile {CA} /etc/tomoshibi/authority/broker.pem; "
        "openssl x509 -in /etc/tomoshibi/authority/broker.pem -noout -ext subjectAltName"
    )
    assert "OK" in told and "tomoshibi-gateway.local" in told


def check_comes_back_from_a_trial_that_lost_its_power(debian: Debian) -> None:
    """The machine goes off while the broken release is on trial; nobody is there to type anything."""
    debian.run(
        "cd /root && tar xzf tomoshibi-gateway-0.3.0.tar.gz && tomoshibi-gateway-0.3.0/install.sh --release-only"
    )
    debian.run(
        """printf '{"from":"0.2.0","to":"0.3.0","since":%s}' $(date +%s) > /opt/tomoshibi/trial.json
        ln -sfn /opt/tomoshibi/releases/0.2.0 /opt/tomoshibi/previous
        ln -sfn /opt/tomoshibi/releases/0.3.0 /opt/tomoshibi/current
        mkdir -p /etc/systemd/system/tomoshibi-comeback.service.d /etc/systemd/system/tomoshibi-gateway.service.d
        printf '[Service]\\nExecStartPre=\\nExecStartPre=/bin/true\\n' \
            > /etc/systemd/system/tomoshibi-comeback.service.d/at-once.conf
        printf '[Service]\\nRestartSec=100ms\\n' > /etc/systemd/system/tomoshibi-gateway.service.d/quick.conf
        systemctl daemon-reload; systemctl kill --signal KILL tomoshibi-gateway"""
    )
    wait_until(
        lambda: debian.run("readlink /opt/tomoshibi/current").strip().endswith("0.2.0"), what="the one before is back"
    )
