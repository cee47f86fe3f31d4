"""The configuration is checked whole."""

from pathlib import Path

import pytest

from backend.config import check, load
from backend.errors import ConfigError

GOOD = {"secret_key": "x" * 32}


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        check(
            {
                "secret_key": "short",
                "port": 99999,
                "database_url": "mysql://x",
                "public_url": "ftp://x",
                "clock_file": "/no/such/file",
                "colour": "red",
                "limits": {"human_limits_s": 0},
                "twilio": {"account_sid": "AC"},
            }
        )
    text = str(error.value)
    for name in ("secret_key", "port", "database_url", "public_url", "clock_file", "colour", "limits", "twilio"):
        assert f"{name}:" in text, text


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    path = tmp_path / "backend.toml"
    path.write_text('secret_key = "from the file, and long enough to be one"\nport = 1234\n')
    config = load(str(path), {"TOMOSHIBI_PORT": "4321", "TOMOSHIBI_THREADS": "8"})
    assert (config.port, config.threads) == (4321, 8)
    assert config.secret_key.startswith("from the file")


def test_a_file_that_is_missing_or_no_toml_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        load(str(tmp_path / "missing.toml"), {})
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe = ")
    with pytest.raises(ConfigError):
        load(str(tmp_path / "bad.toml"), {})


@pytest.mark.parametrize("wrong", [{"voice_ja": ""}, {"voice_en": 'x"><Dial>'}, {"ring_s": 4}, {"ring_s": 61}])
def test_the_voices_and_the_ringing_of_calls_are_checked(wrong: dict[str, object]) -> None:
    twilio = {"account_sid": "AC1", "auth_token": "secret", "from_number": "+815011110000"}
    chosen = check({**GOOD, "twilio": {**twilio, "voice_en": "Google.en-GB-Standard-A", "ring_s": 40}}).twilio
    assert chosen is not None
    assert (chosen.voice_en, chosen.ring_s) == ("Google.en-GB-Standard-A", 40)
    with pytest.raises(ConfigError, match=f"twilio: .*{next(iter(wrong))}"):
        check({**GOOD, "twilio": {**twilio, **wrong}})


def test_limits_of_a_silent_gateway_must_follow_each_other() -> None:
    with pytest.raises(ConfigError, match="gateway_red_s"):
        check({**GOOD, "limits": {"gateway_red_s": 700.0}})


@pytest.mark.parametrize(
    ("section", "wrong"),
    [
        ("line", {"channel_access_token": ""}),
        ("push", {"private_key": "short"}),
        ("push", {"contact": "somebody"}),
        ("email", {"sender": "nobody"}),
        ("email", {"security": "perhaps"}),
        ("email", {"port": 0}),
    ],
)
def test_the_ways_to_reach_a_person_are_checked(section: str, wrong: dict[str, object]) -> None:
    right: dict[str, dict[str, object]] = {
        "line": {"channel_access_token": "token", "channel_secret": "secret"},
        "push": {"private_key": "A" * 43, "contact": "mailto:it@watch.example"},
        "email": {"host": "mail.example", "sender": "watch@watch.example"},
    }
    check({**GOOD, **right})
    with pytest.raises(ConfigError, match=f"{section}: .*{next(iter(wrong))}"):
        check({**GOOD, section: {**right[section], **wrong}})


def test_a_password_is_not_sent_over_an_open_line() -> None:
    mail = {"host": "mail.example", "sender": "a@b.example", "user": "us", "password": "secret", "security": "none"}
    with pytest.raises(ConfigError, match="open line"):
        check({**GOOD, "email": mail})


SIP = {"server": "pbx.example:5060", "lines": [{"user": "tomoshibi", "password": "secret"}]}


def test_telephone_lines_are_accounts_of_one_telephone_system() -> None:
    sip = check({**GOOD, "sip": {**SIP, "lines": [*SIP["lines"], {"user": "two"}], "prefix": "0"}}).sip
    assert sip is not None
    assert [account.user for account in sip.lines] == ["tomoshibi", "two"]
    assert (sip.numbers, sip.prefix, sip.ring_s) == ("national", "0", 25)


@pytest.mark.parametrize(
    "wrong",
    [
        {"server": ""},
        {"server": "pbx.example;transport=tls"},
        {"server": "pbx.example\nmodule evil.so"},
        {"lines": []},
        {"lines": [{"user": "a;b"}]},
        {"lines": [{"user": "a", "password": "b>\n<sip:c@d"}]},
        {"lines": [{"user": "a", "secret": "b"}]},
        {"transport": "tls"},
        {"prefix": "+"},
        {"ring_s": 0},
        {"listen_host": "0.0.0.0\nmodule evil.so"},
        {"recordings": "/nowhere"},
    ],
)
def test_what_a_telephone_line_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="sip: "):
        check({**GOOD, "sip": {**SIP, **wrong}})


def test_a_modem_needs_a_database() -> None:
    modem = check({**GOOD, "modem": {"database": "/var/spool/gammu/smsd.db"}}).modem
    assert modem is not None
    assert modem.rate_per_s == 0.5
    with pytest.raises(ConfigError, match="modem: "):
        check({**GOOD, "modem": {"database": ""}})
