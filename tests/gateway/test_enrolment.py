"""A gateway that is not paired, against the real backend: it shows a code, and goes on as soon as somebody types it."""

import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from backend.adapters.store.schema import Enrolment
from backend.services import enrolments
from gateway.adapters import enrolment
from gateway.adapters.enrolment import Asked, Enrolling, asked_in
from gateway.cli import main
from gateway.config import BackendConfig, load_config
from gateway.errors import ConfigError, GatewayError
from tests.gateway.backend_server import wait_for
from tests.gateway.real_backend import RealBackend


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[RealBackend]:
    found = RealBackend(tmp_path)
    yield found
    found.stop()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolment, "ASK_S", 0.05)
    monkeypatch.setattr(enrolment, "wait_s", lambda _failures, _chance: 0.05)


class Unpaired:
    """A gateway that asks, in a thread."""

    def __init__(self, home: Path, url: str) -> None:
        self.data = home / "data"
        self.data.mkdir(exist_ok=True)
        self.config = home / "gateway.toml"
        self.config.write_text(f'data_dir = "data"\n[backend]\nurl = "{url}"\n')
        self.result: list[object] = []
        self._stopping = threading.Event()
        self._asking: threading.Thread | None = None
        self._url = url

    def start(self) -> None:
        def ask() -> None:
            try:
                self.result.append(Enrolling(BackendConfig(self._url), self.data).run(self._stopping))
            except GatewayError as error:
                self.result.append(error)

        self._stopping.clear()
        self._asking = threading.Thread(target=ask)
        self._asking.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._asking is not None:
            self._asking.join(30)

    def asked(self) -> Asked:
        found = asked_in(self.data)
        assert found is not None
        return found

    def code(self, other_than: str = "") -> str:
        wait_for(lambda: (found := asked_in(self.data)) and found.code not in ("", other_than), 30)
        return self.asked().code

    def credential(self) -> str:
        wait_for((self.data / "credential").exists, 30)
        return (self.data / "credential").read_text().strip()

    def command(self, *arguments: str, said: str = "") -> str:
        done = CliRunner().invoke(main, [*arguments, "--config", str(self.config)], input=said)
        return done.output


@pytest.fixture
def unpaired(tmp_path: Path, backend: RealBackend) -> Iterator[Unpaired]:
    found = Unpaired(tmp_path, backend.url)
    yield found
    found.stop()


def test_a_gateway_shows_its_code_and_goes_on_once_it_was_typed(unpaired: Unpaired, backend: RealBackend) -> None:
    assert "no gateway has run" in unpaired.command("status")
    unpaired.start()
    code = unpaired.code()
    for said in (unpaired.command("status"), unpaired.command("status", "--json")):
        assert f"{code[:4]}-{code[4:]}" in said
    gateway_id = backend.pair(code)
    credential = unpaired.credential()
    unpaired.stop()
    assert unpaired.result == [True] and backend.knows(credential) == gateway_id
    assert backend.knows(backend.seeded.credential) is None
    config = load_config(unpaired.config)
    assert (config.gateway, config.backend.credential) == (f"gw{gateway_id}", credential)
    assert stat.S_IMODE((unpaired.data / "credential").stat().st_mode) == 0o600
    assert sorted(each.name for each in unpaired.data.iterdir()) == ["credential"]
    assert unpaired.command("pair") == f"paired: this gateway is gw{gateway_id}\n"


def test_the_pair_command_shows_the_code_and_says_when_it_is_done(unpaired: Unpaired, backend: RealBackend) -> None:
    said: list[str] = []
    unpaired.start()
    code = unpaired.code()
    waiting = threading.Thread(target=lambda: said.append(unpaired.command("pair")))
    waiting.start()
    time.sleep(0.5)
    backend.pair(code)
    waiting.join(30)
    first, last = said[0].splitlines()
    assert f"type {code[:4]}-{code[4:]}" in first and last.startswith("paired: this gateway is gw")


def test_an_expired_code_is_replaced_and_the_old_one_is_worth_nothing(unpaired: Unpaired, backend: RealBackend) -> None:
    unpaired.start()
    first = unpaired.code()
    backend.expire()
    second = unpaired.code(other_than=first)
    with pytest.raises(Exception, match=enrolments.UNKNOWN):
        backend.pair(first)
    backend.pair(second)
    assert unpaired.credential()


def test_answers_that_are_lost_are_asked_for_again(unpaired: Unpaired, backend: RealBackend) -> None:
    backend.loses = 2
    unpaired.start()
    code = unpaired.code()
    assert unpaired.asked().problem == ""
    backend.loses = 3
    backend.pair(code)
    assert backend.knows(unpaired.credential()) is not None


def test_a_code_outlives_a_restart_also_one_that_was_typed_meanwhile(unpaired: Unpaired, backend: RealBackend) -> None:
    unpaired.start()
    code = unpaired.code()
    unpaired.stop()
    assert unpaired.result == [False]
    backend.pair(code)
    unpaired.start()
    assert backend.knows(unpaired.credential()) is not None


def test_a_gateway_whose_backend_forgot_its_code_asks_for_another_one(unpaired: Unpaired, backend: RealBackend) -> None:
    unpaired.start()
    first = unpaired.code()
    with backend.store.system_session() as session:
        session.query(Enrolment).delete()
    backend.pair(unpaired.code(other_than=first))
    assert backend.knows(unpaired.credential()) is not None


def test_a_backend_that_cannot_be_reached_is_said_where_the_code_would_stand(tmp_path: Path) -> None:
    unpaired = Unpaired(tmp_path, "http://127.0.0.1:1")
    unpaired.start()
    wait_for(lambda: (found := asked_in(unpaired.data)) and found.problem, 30)
    assert "not paired: the backend cannot be reached" in unpaired.command("status")
    unpaired.stop()
    assert unpaired.result == [False]


def test_a_journal_without_a_credential_is_not_paired_over(unpaired: Unpaired) -> None:
    (unpaired.data / "journal.sqlite").touch()
    unpaired.start()
    unpaired.stop()
    (error,) = unpaired.result
    assert isinstance(error, ConfigError) and "holds a journal, but no credential" in str(error)


def test_what_needs_a_building_says_that_the_gateway_is_not_paired(unpaired: Unpaired, tmp_path: Path) -> None:
    (tmp_path / "building.json").write_text("{}")
    assert "not paired yet" in unpaired.command("configure", str(tmp_path / "building.json"))
    assert "not paired yet" in unpaired.command("learn", str(tmp_path / "building.json"), "--unit", "101")


def test_the_recovery_key_is_shown_and_set(unpaired: Unpaired, tmp_path: Path) -> None:
    key = unpaired.command("recovery-key").splitlines()[-1]
    assert len(key.replace("-", "")) == 27
    (tmp_path / "other").mkdir()
    other = Unpaired(tmp_path / "other", "http://127.0.0.1:1")
    assert "the key is set" in other.command("recovery-key", "--set", said=f"{key.lower()}\n")
    assert other.command("recovery-key").strip() == key
    assert "no recovery key" in other.command("recovery-key", "--set", said=f"{'A' * 27}\n")
    (other.data / "credential").write_text("gw7.a-secret\n")
    assert "the key is set, but what it opens could not be asked for" in other.command(
        "recovery-key", "--set", said=f"{key}\n"
    )
    assert other.command("recovery-key").strip() == key


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b'{"secret":1}', b"\xff" * 100, b"[" * 5000, b'{"secret":"x","expires_at":"y"}']
)
def test_a_damaged_note_of_what_was_asked_begins_anew(unpaired: Unpaired, backend: RealBackend, body: bytes) -> None:
    (unpaired.data / enrolment.FILE).write_bytes(body)
    unpaired.start()
    backend.pair(unpaired.code())
    assert backend.knows(unpaired.credential()) is not None


@pytest.mark.parametrize(
    "body", [b"", b"gw1", b"gw1.", b".x", b"\xff\xfe", b"gw1.a b", b"g" * 50 + b".x", b"gw1.x\ngw2.y"]
)
def test_a_damaged_credential_is_said(unpaired: Unpaired, body: bytes) -> None:
    (unpaired.data / "credential").write_bytes(body)
    with pytest.raises(ConfigError, match="data/credential: "):
        load_config(unpaired.config)


def test_what_is_told_to_nobody_stands_in_no_answer_of_the_backend(unpaired: Unpaired, backend: RealBackend) -> None:
    unpaired.start()
    unpaired.code()
    secret = unpaired.asked().secret
    with backend.store.system_reading() as session:
        assert secret not in msgspec.json.encode([str(vars(row)) for row in session.query(Enrolment)]).decode()
