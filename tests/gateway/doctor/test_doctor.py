"""Each thing that can be wrong with a gateway is broken for real, and the doctor names it."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from contract import reports
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.adapters.backups import Backups
from gateway.adapters.database import FILE, held
from gateway.adapters.durable import DurableCore
from gateway.adapters.journal import Journal
from gateway.adapters.pin import FILE as PIN_FILE
from gateway.adapters.pin import set_pin
from gateway.cli import main
from gateway.core.decisions import Send
from gateway.core.inputs import Observed, Told
from gateway.doctor import machine
from gateway.doctor.findings import Finding, Patient
from tests.broker import Broker, free_port
from tests.gateway.backend_server import BackendServer, Misbehaviour

BUILDING = reports.Building(
    "Asia/Tokyo",
    [reports.UnitSettings("101")],
    [
        reports.NodePlace("hall-101", "101", "hall", 0.0, mains=True, kinds=["motion"]),
        reports.NodePlace("door-101", "101", "entrance", 0.0, kinds=["door"]),
    ],
)


class Home:
    """A machine on which all is well: broker, backend, and a data folder that a gateway holds."""

    def __init__(self, folder: Path, broker: Broker, backend: BackendServer) -> None:
        self.config, self.data_dir = folder / "gateway.toml", folder / "data"
        self.broker, self.backend = broker, backend
        self.password, self.more = "right", ""
        self.mosquitto = broker.config
        self.data_dir.mkdir(mode=0o700)
        journal = Journal(self.data_dir)
        self.durable = DurableCore("g1", journal, Backups("g1", self.data_dir))
        self.tell(Told(time.time(), reports.Configure(BUILDING)))
        self.sense("hall-101", "motion", {"count": 1})
        self.sense("door-101", "door", "open")

    def sense(self, node: str, kind: str, value: Any) -> None:
        self.tell(Observed(time.time(), time.time(), node, kind, value))

    def tell(self, entry: Any) -> None:
        self.durable.take(entry)
        self.durable.commit(time.time())
        self._sent()

    def send(self, at: float) -> None:
        """A report waits since `at`."""
        self.durable.send(Send(reports.Health("0", 0.0, "ok"), "routine"))
        self.durable.commit(time.time())
        self.durable.journal._db.execute("UPDATE outbox SET at = ?", (at,))

    def _sent(self) -> None:
        self.durable.journal._db.execute("DELETE FROM outbox")

    def doctor(self, *, is_running: bool = True, lang: str = "en") -> dict[str, Any]:
        """What it finds, by check; its exit status says the same."""
        self.config.write_text(
            f'gateway = "g1"\ndata_dir = "data"\n[broker]\nport = {self.broker.port}\nuser = "gateway"\n'
            f'password = "{self.password}"\n[backend]\nurl = "{self.backend.url}"\ncredential = "g1.secret"\n'
            f"{self.more}",
            encoding="utf-8",
        )
        with ExitStack() as stack:
            if is_running:
                stack.enter_context(held(self.data_dir))
            arguments = ["doctor", "--json", "--lang", lang, "--config", str(self.config)]
            done = CliRunner().invoke(main, [*arguments, "--mosquitto", str(self.mosquitto)])
        found: dict[str, Any] = json.loads(done.output)
        assert done.exit_code == any(one["state"] == "wrong" for one in found.values())
        return found

    def wrong(self, **how: Any) -> dict[str, str]:
        """What is to be put right, by check, in English."""
        return {name: one["said"]["en"] for name, one in self.doctor(**how).items() if one["state"] == "wrong"}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    passwords = tmp_path_factory.mktemp("broker") / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "gateway", "right"], check=True)
    with Broker(f"allow_anonymous false\npassword_file {passwords}\n") as started:
        yield started


@pytest.fixture
def backend() -> Iterator[BackendServer]:
    with BackendServer() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, broker: Broker, backend: BackendServer) -> Iterator[Home]:
    made = Home(tmp_path, broker, backend)
    yield made
    made.durable.journal.close()


def test_where_all_is_well_nothing_has_to_be_put_right(home: Home) -> None:
    found = home.doctor()
    assert {name for name, one in found.items() if one["state"] == "wrong"} == set()
    for name in ("configuration", "data_dir", "journal", "running", "broker", "broker_promises", "backend", "units"):
        assert found[name]["state"] == "ok", found[name]


def test_in_words_each_trouble_has_a_line_of_what_to_do(home: Home) -> None:
    home.doctor()
    said = CliRunner().invoke(main, ["doctor", "--config", str(home.config)], env={"LANG": "ja_JP.UTF-8"})
    assert said.exit_code == 1
    assert "ゲートウェイが動いていません\n   → 起動してください" in said.output
    said = CliRunner().invoke(main, ["doctor", "--config", str(home.config)], env={"LANG": "C"})
    assert "no gateway is running\n   → start it" in said.output


def test_a_wrong_configuration_is_named_and_the_rest_is_unknown_not_well(home: Home) -> None:
    home.more = "[window]\nport = 0\n"
    found = home.doctor()
    assert "window.port" in found["configuration"]["said"]["en"]
    assert {found[name]["state"] for name in ("data_dir", "broker", "backend", "units")} == {"unknown"}


def test_a_gateway_that_is_off_and_one_that_hangs_are_told_apart(home: Home) -> None:
    assert home.wrong(is_running=False) == {"running": "no gateway is running"}
    home.durable.journal._db.execute("UPDATE meta SET value = ? WHERE key = 'alive_at'", (time.time() - 600,))
    assert home.wrong()["running"] == "a gateway runs, and commits nothing"


def test_a_journal_that_is_damaged_missing_or_anothers_is_told(home: Home) -> None:
    file = home.data_dir / FILE
    home.durable.journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    good = file.read_bytes()
    file.write_bytes(good[:4096] + os.urandom(4096) + good[8192:])
    assert "damaged" in home.wrong()["journal"]
    file.unlink()
    assert "no journal yet" in home.wrong()["journal"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_that_the_gateway_may_not_write_is_named(home: Home) -> None:
    os.chown(home.data_dir / FILE, 12345, 12345)
    assert FILE in home.wrong()["data_dir"]


def test_a_folder_that_everybody_reads_is_told(home: Home) -> None:
    home.data_dir.chmod(0o755)
    assert "read by everybody" in home.wrong()["data_dir"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_full_disk_is_told(home: Home, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount")
    try:
        home.durable.journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copytree(home.data_dir, small, dirs_exist_ok=True)
        home.data_dir = home.data_dir.rename(tmp_path / "before")
        (tmp_path / "data").symlink_to(small)
        home.data_dir = tmp_path / "data"
        (small / "filling").write_bytes(bytes(1_000_000))
        assert "MB are free" in home.wrong()["disk_space"]
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_a_broker_that_is_down_refuses_us_or_forgets_is_told(home: Home, tmp_path: Path) -> None:
    home.password = "wrong"
    assert "refuses us (Not authorized" in home.wrong()["broker"]
    home.password = "right"
    home.mosquitto = tmp_path / "mosquitto.conf"
    home.mosquitto.write_text("persistence true\nautosave_interval 1800\n", encoding="utf-8")
    missing = home.wrong()["broker_promises"]
    assert "autosave_interval 1," in missing
    assert "persistence true" not in missing
    home.broker.stop()
    try:
        assert "cannot be reached" in home.wrong()["broker"]
    finally:
        home.broker.start()


def test_what_mosquitto_includes_counts(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "conf.d"
    folder.mkdir()
    shutil.copy(home.mosquitto, folder / "tomoshibi.conf")
    home.mosquitto = tmp_path / "mosquitto.conf"
    home.mosquitto.write_text(f"include_dir {folder}\n", encoding="utf-8")
    assert home.doctor()["broker_promises"]["state"] == "ok"


def certificate(until: datetime) -> bytes:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "g")])
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), datetime(2025, 1, 1, tzinfo=UTC), until
    )
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.mark.parametrize(("days", "state"), [(400, "ok"), (5, "notice"), (-1, "wrong")])
def test_a_certificate_that_ends_is_told_in_time(home: Home, tmp_path: Path, days: int, state: str) -> None:
    (tmp_path / "c").write_bytes(certificate(datetime.now(UTC) + timedelta(days=days, hours=1)))
    home.more = '[window]\ncertificate = "c"\nkey = "k"\n'
    assert home.doctor()["certificates"]["state"] == state


@pytest.mark.parametrize(
    ("status", "expected"), [(401, "refuses this gateway (401)"), (500, "answers unlike"), (200, "answers unlike")]
)
def test_a_backend_that_refuses_us_or_is_another_is_told(home: Home, status: int, expected: str) -> None:
    home.backend.misbehave_commands = Misbehaviour(status, b"<html>")
    assert expected in home.wrong()["backend"]


def test_a_backend_out_of_reach_and_what_waits_for_it_are_told(home: Home) -> None:
    home.send(time.time() - 7200)
    home.backend.stop()
    home.backend.port = free_port()
    wrong = home.wrong()
    assert "cannot be reached" in wrong["backend"]
    assert "the oldest for 120 min" in wrong["backlog"]


def test_sensors_that_are_lost_weak_unknown_or_run_out_are_named(home: Home) -> None:
    home.sense("hall-101", "health", {"rssi_dbm": -88, "battery_v": 2.1})
    home.sense("stranger", "motion", {"count": 1})
    found = home.doctor()
    for name, node in (("batteries", "hall-101 (101)"), ("radio", "hall-101 (101)"), ("unassigned", "stranger")):
        assert (found[name]["state"], node in found[name]["said"]["ja"]) == ("notice", True)
    places = [*BUILDING.nodes, reports.NodePlace("new", "101", "hall", 0.0, kinds=["motion"])]
    home.tell(Told(time.time(), reports.Configure(reports.Building("Asia/Tokyo", BUILDING.units, places))))
    assert "new (101)" in home.wrong()["never_seen"]
    home.tell(Told(time.time(), reports.Configure(reports.Building("Asia/Tokyo", BUILDING.units, []))))
    assert "101" in home.wrong()["units"]


def test_a_window_without_a_pin_is_told(home: Home) -> None:
    home.more = "[window]\n"
    assert home.doctor()["window"]["state"] == "notice"
    set_pin(home.data_dir, "274916")
    assert home.doctor()["window"]["state"] == "ok"
    assert (home.data_dir / PIN_FILE).exists()


def test_a_clock_set_back_is_told(home: Home) -> None:
    home.durable.journal._db.execute("UPDATE meta SET value = ? WHERE key = 'alive_at'", (time.time() + 7200,))
    assert "2.0 h before the last commit" in home.wrong()["clock"]


def patient(root: Path) -> Patient:
    return Patient(root / "gateway.toml", None, None, None, time.time(), time.time(), root / "mosquitto.conf", root)


def put(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="ascii")


THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
ZONE = "sys/class/thermal/thermal_zone0/temp"


@pytest.mark.parametrize(
    ("path", "text", "check", "state"),
    [
        (THROTTLED, "0\n", machine.power, "ok"),
        (THROTTLED, "50005\n", machine.power, "wrong"),
        (THROTTLED, "50000\n", machine.power, "notice"),
        (ZONE, "45123\n", machine.heat, "ok"),
        (ZONE, "83200\n", machine.heat, "wrong"),
        ("proc/meminfo", "MemTotal: 900000 kB\nMemAvailable: 20000 kB\n", machine.memory, "wrong"),
        ("proc/meminfo", "MemTotal: 900000 kB\nMemAvailable: 500000 kB\n", machine.memory, "ok"),
        ("sys/fs/ext4/mmcblk0p2/errors_count", "3\n", machine.card, "wrong"),
        ("sys/block/mmcblk0/device/life_time", "0x01 0x02\n", machine.card, "ok"),
        ("sys/block/mmcblk0/device/life_time", "0x0a 0x02\n", machine.card, "notice"),
        ("sys/block/mmcblk0/device/life_time", "0x0b 0x0b\n", machine.card, "wrong"),
        ("elsewhere", "", machine.power, "unknown"),
        ("elsewhere", "", machine.heat, "unknown"),
        ("elsewhere", "", machine.card, "unknown"),
        ("elsewhere", "", machine.memory, "unknown"),
        (THROTTLED, "no figure", machine.power, "unknown"),
    ],
)
def test_what_the_machine_tells_is_read_and_what_it_does_not_is_unknown(
    tmp_path: Path, path: str, text: str, check: Any, state: str
) -> None:
    put(tmp_path, path, text)
    found: Finding = check(patient(tmp_path))
    assert found.state == state
    assert (found.todo is None) == (state in ("ok", "unknown"))
