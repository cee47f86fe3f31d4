"""The technician's PIN and who has signed in by it."""

from pathlib import Path

import pytest

from gateway.adapters import pin
from gateway.adapters.pin import FILE, IDLE_S, SESSION_S, SignIns, set_pin
from gateway.core.guessing import OF_ONE
from gateway.errors import GatewayError


def test_who_knows_the_pin_comes_in_and_stays_in(tmp_path: Path) -> None:
    set_pin(tmp_path, "274916")
    sign_ins = SignIns(tmp_path)
    token = sign_ins.enter("274916", "192.0.2.1")
    assert isinstance(token, str)
    assert sign_ins.knows(token)
    sign_ins.leave(token)
    assert not sign_ins.knows(token)
    assert not sign_ins.knows("")


def test_the_pin_itself_is_nowhere_and_others_cannot_read_its_hash(tmp_path: Path) -> None:
    set_pin(tmp_path, "274916")
    assert "274916" not in (tmp_path / FILE).read_text()
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_after_five_wrong_ones_even_the_right_one_waits(tmp_path: Path) -> None:
    set_pin(tmp_path, "274916")
    sign_ins = SignIns(tmp_path)
    waits = [sign_ins.enter("000000", "192.0.2.1") for _ in range(OF_ONE)]
    assert waits[:-1] == [0.0] * (OF_ONE - 1)
    assert isinstance(sign_ins.enter("274916", "192.0.2.1"), float)
    assert isinstance(sign_ins.enter("274916", "192.0.2.2"), str)


def test_a_new_pin_ends_the_sessions_of_the_old(tmp_path: Path) -> None:
    set_pin(tmp_path, "274916")
    sign_ins = SignIns(tmp_path)
    token = sign_ins.enter("274916", "a")
    assert isinstance(token, str)
    set_pin(tmp_path, "583102")
    assert not sign_ins.knows(token)


@pytest.mark.parametrize("content", ["", "scrypt", "scrypt zz zz", "\N{SNOWMAN}", "plain 274916 274916"])
def test_a_file_that_holds_no_hash_lets_nobody_in(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content, encoding="utf-8")
    assert SignIns(tmp_path).enter("274916", "a") == 0.0


@pytest.mark.parametrize(("used_every_s", "lasts_s"), [(IDLE_S + 1, 0.0), (IDLE_S - 1, SESSION_S)])
def test_a_session_ends_when_it_rests_or_when_the_day_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used_every_s: float, lasts_s: float
) -> None:
    now = [1000.0]
    monkeypatch.setattr(pin.time, "monotonic", lambda: now[0])
    set_pin(tmp_path, "274916")
    sign_ins = SignIns(tmp_path)
    token = sign_ins.enter("274916", "a")
    assert isinstance(token, str)
    lasted = 0.0
    while True:
        now[0] += used_every_s
        if not sign_ins.knows(token):
            break
        lasted = now[0] - 1000.0
    assert lasts_s - used_every_s <= lasted <= lasts_s


@pytest.mark.parametrize("short", ["", "12345", "1" * 200])
def test_a_pin_that_is_no_good_is_refused(tmp_path: Path, short: str) -> None:
    with pytest.raises(GatewayError, match="6 to 128"):
        set_pin(tmp_path, short)
