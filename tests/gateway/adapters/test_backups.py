"""What was learned leaves the building sealed, and only the paper with the recovery key opens it."""

import base64
import os
import stat
from pathlib import Path

import pytest
from contract import reports
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.adapters import recovery
from gateway.adapters.backups import Backups
from gateway.adapters.recovery import RecoveryKey
from gateway.errors import BackupError, GatewayError

LEARNED = os.urandom(30_000)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path


def sealed(home: Path, learned: bytes = LEARNED, unit: str = "101", gateway: str = "gw1") -> reports.RhythmBackup:
    return Backups(gateway, home).seal(unit, learned)


def opened(home: Path, body: str, unit: str = "101", gateway: str = "gw1") -> bytes:
    return Backups(gateway, home).open(reports.Restore(unit, body))


def problem(home: Path, body: str, unit: str = "101", gateway: str = "gw1") -> str:
    with pytest.raises(BackupError) as caught:
        opened(home, body, unit, gateway)
    return str(caught.value)


def test_what_was_sealed_is_opened_as_it_was_by_whoever_has_the_paper(home: Path) -> None:
    body = sealed(home).sealed
    paper = recovery.key_in(home).written()
    elsewhere = home / "elsewhere"
    recovery.set_key(elsewhere, recovery.read(paper.lower().replace("-", " ")))
    assert opened(elsewhere, body) == LEARNED
    assert opened(home, sealed(home, b"").sealed) == b""


def test_the_backend_sees_nothing_of_it_and_never_the_same_twice(home: Path) -> None:
    one, other = sealed(home), sealed(home)
    assert one.sealed != other.sealed and one.key == other.key
    raw = base64.b85decode(one.sealed)
    assert raw[1:7].hex() == one.key and LEARNED[:16] not in raw
    secret = recovery.key_in(home).written().replace("-", "")
    assert one.key not in secret.lower()


def test_another_key_is_said_to_be_the_wrong_one(home: Path) -> None:
    body = sealed(home).sealed
    recovery.set_key(home, RecoveryKey(bytes(16)))
    assert problem(home, body) == (
        "learned state of unit 101 cannot be opened: wrong recovery key; "
        "set the right one by `tomoshibi-gateway recovery-key --set`"
    )


def test_one_units_days_cannot_be_given_out_as_anothers(home: Path) -> None:
    body = sealed(home).sealed
    assert "sealed for another unit or gateway" in problem(home, body, unit="102")
    assert "sealed for another unit or gateway" in problem(home, body, gateway="gw2")


@pytest.mark.parametrize("at", range(0, 200, 7))
def test_a_single_damaged_bit_is_noticed(home: Path, at: int) -> None:
    raw = bytearray(base64.b85decode(sealed(home, b"x" * 300).sealed))
    raw[at % len(raw)] ^= 1
    assert problem(home, base64.b85encode(bytes(raw)).decode()).startswith("learned state of unit 101 cannot be opened")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200).map(lambda raw: base64.b85encode(raw).decode())))
def test_whatever_else_comes_is_refused_in_one_sentence(home: Path, body: str) -> None:
    assert problem(home, body)


def test_the_longest_that_a_unit_can_have_learned_fits_and_more_is_refused_and_not_cut(home: Path) -> None:
    assert len(sealed(home, os.urandom(78_000)).sealed) <= 100_000
    with pytest.raises(BackupError, match="unit 101 is too long to be sent"):
        sealed(home, os.urandom(81_000))


def test_what_unpacks_without_end_is_refused(home: Path) -> None:
    assert "damaged" in problem(home, sealed(home, bytes(3_000_000)).sealed)


# --- the key ----------------------------------------------------------------------------------------------------------


@given(st.binary(min_size=16, max_size=16))
def test_a_key_is_read_as_it_was_written(secret: bytes) -> None:
    written = RecoveryKey(secret).written()
    assert len(written.replace("-", "")) == 27 and recovery.read(written).name == RecoveryKey(secret).name
    assert recovery.read(written.replace("0", "O").replace("1", "l")).written() == written


@given(st.binary(min_size=16, max_size=16), st.integers(0, 25), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_letter_is_noticed(secret: bytes, place: int, letter: str) -> None:
    plain = RecoveryKey(secret).written().replace("-", "")
    if plain[place] != letter:
        with pytest.raises(GatewayError, match="no recovery key"):
            recovery.read(plain[:place] + letter + plain[place + 1 :])


@given(st.binary(min_size=16, max_size=16), st.integers(0, 24))
def test_two_letters_that_changed_places_are_noticed(secret: bytes, place: int) -> None:
    plain = RecoveryKey(secret).written().replace("-", "")
    if plain[place] != plain[place + 1]:
        with pytest.raises(GatewayError, match="no recovery key"):
            recovery.read(plain[:place] + plain[place + 1] + plain[place] + plain[place + 2 :])


@pytest.mark.parametrize("written", ["", "ABC", "!" * 27, "Z" * 27, "é" * 27, "A" * 26 + "é", "0" * 10_000, "U" * 27])
def test_what_is_no_key_is_refused(written: str) -> None:
    with pytest.raises(GatewayError):
        recovery.read(written)


def test_the_key_is_made_once_and_nobody_else_may_read_it(home: Path) -> None:
    first = recovery.key_in(home).written()
    assert recovery.key_in(home).written() == first
    assert stat.S_IMODE((home / recovery.FILE).stat().st_mode) == 0o600
    assert [each.name for each in home.iterdir()] == [recovery.FILE]


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"ABCDE", b"\0" * 28])
def test_a_damaged_key_is_said_and_never_replaced(home: Path, damage: bytes) -> None:
    (home / recovery.FILE).write_bytes(damage)
    with pytest.raises(BackupError, match="the recovery key cannot be read"):
        sealed(home)
    assert (home / recovery.FILE).read_bytes() == damage
