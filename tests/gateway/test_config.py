"""The configuration is checked whole, before anything starts."""

from pathlib import Path

import pytest

from gateway.config import load_config
from gateway.errors import ConfigError

GOOD = """
gateway = "hikari-1"
data_dir = "data"
clock = "clock.json"
[backend]
url = "http://127.0.0.1:8000/"
credential = "hikari-1.secret"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problem(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(written(folder, text))
    return str(caught.value)


def test_a_short_file_is_completed_by_what_is_usual(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, GOOD))
    assert (config.broker.host, config.broker.port, config.zone) == ("127.0.0.1", 1883, "Asia/Tokyo")
    assert config.backend.url == "http://127.0.0.1:8000"
    assert config.zigbee2mqtt is None


def test_relative_paths_start_at_the_files_own_folder(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, GOOD))
    assert (config.data_dir, config.clock) == (str(tmp_path / "data"), str(tmp_path / "clock.json"))


def test_a_broker_with_tls_is_expected_on_its_own_port(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, GOOD + '[broker]\nhost = "broker.example"\ntls = true\n'))
    assert config.broker.port == 8883


def test_an_address_and_a_zone_that_cannot_even_be_looked_at_are_problems_like_others(tmp_path: Path) -> None:
    said = problem(
        tmp_path, GOOD.replace("http://127.0.0.1:8000/", "http://[").replace("data_dir", 'zone = "Asia"\ndata_dir')
    )
    assert "backend.url: must be like" in said
    assert "zone: must be an IANA name" in said


@pytest.mark.parametrize("value", ["[" * 3000, "9" * 5000])
def test_what_is_too_deep_or_too_long_to_be_read_is_no_toml(tmp_path: Path, value: str) -> None:
    assert "is not TOML" in problem(tmp_path, f"gateway = {value}")


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    said = problem(
        tmp_path,
        'gateway = "a b"\ndata_dirr = "x"\n[broker]\nport = 99999\ntls = "yes"\n[backend]\ncredential = 7\n',
    )
    for expected in (
        "gateway: ",
        "data_dirr: unknown",
        "data_dir: missing",
        "broker.port: ",
        "broker.tls: ",
        "backend.url: missing",
        "backend.credential: ",
    ):
        assert expected in said


def test_a_whole_missing_table_is_named_by_its_keys(tmp_path: Path) -> None:
    assert "backend.url: missing" in problem(tmp_path, 'gateway = "g"\ndata_dir = "d"\n')


def test_a_name_without_a_credential_or_one_without_a_name_is_half_of_what_is_needed(tmp_path: Path) -> None:
    for half in ('gateway = "hikari-1"\n', 'credential = "hikari-1.secret"\n'):
        assert "name both, or neither" in problem(tmp_path, GOOD.replace(half, ""))


def test_a_gateway_that_is_not_paired_has_no_name_and_is_known_by_its_credential_afterwards(tmp_path: Path) -> None:
    path = written(tmp_path, 'data_dir = "data"\n[backend]\nurl = "https://backend.example"\n')
    assert (load_config(path).gateway, load_config(path).is_paired) == ("", False)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "credential").write_text("gw7.a-secret\n")
    config = load_config(path)
    assert (config.gateway, config.backend.credential, config.is_paired) == ("gw7", "gw7.a-secret", True)


def test_what_contradicts_itself_is_named_too(tmp_path: Path) -> None:
    said = problem(
        tmp_path,
        'gateway = "g"\ndata_dir = "d"\nzone = "Asia/Nowhere"\n'
        '[broker]\nhost = "broker.example"\nca = "ca.pem"\npassword = "p"\n'
        '[backend]\nurl = "http://backend.example"\ncredential = "other.secret"\n',
    )
    for expected in ("zone: ", "broker.tls: ", "broker.ca: ", "broker.user: ", "backend.url: ", "backend.credential: "):
        assert expected in said


def test_a_password_never_stands_in_an_error(tmp_path: Path) -> None:
    text = GOOD + '[broker]\nuser = "u"\npassword = "hunter2"\nport = 0\n'
    assert "hunter2" not in problem(tmp_path, text)


@pytest.mark.parametrize("text", ["gateway = ", "\x00", "[backend", 'backend = "x"'])
def test_a_file_that_is_no_configuration_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    assert "gateway.toml" in problem(tmp_path, text)


def test_a_missing_file_says_how_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--config"):
        load_config(tmp_path / "none.toml")


def test_other_makers_are_asked_for_by_their_tables_and_completed_by_what_is_usual(tmp_path: Path) -> None:
    text = '[tasmota]\n[esphome.entities]\n"bath/radar" = "presence"\n[echonet]\n[homeassistant]\n'
    config = load_config(written(tmp_path, GOOD + text))
    assert config.tasmota is not None and config.tasmota.inputs == {}
    assert config.esphome is not None and config.esphome.entities == {"bath/radar": "presence"}
    assert config.echonet is not None and config.echonet.base_topic == "echonetlite2mqtt/elapi/v2/devices"
    assert config.homeassistant is not None and config.homeassistant.listen and not config.homeassistant.announce


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[tasmota.inputs]\n"hall" = "presence"\n', "tasmota.inputs"),
        ('[tasmota.inputs]\n"hall/Switch1" = "love"\n', "tasmota.inputs"),
        ('[tasmota.inputs]\n"ha+l/Switch1" = "door"\n', "tasmota.inputs"),
        ('[esphome.entities]\n"tomoshibi/v1/hall/x" = "door"\n', "esphome.entities.tomoshibi/v1/hall/x"),
        ('[esphome.entities]\n"#/x" = "door"\n', "esphome.entities"),
        ('[echonet]\nbase_topic = "tomoshibi"\n', "echonet.base_topic: belongs to our own nodes"),
        ('[homeassistant]\nprefix = "$SYS"\n', "homeassistant.prefix"),
        ("[homeassistant]\nannounce = 1\n", "homeassistant.announce"),
    ],
)
def test_topics_that_nobody_may_have_and_words_that_say_nothing_are_named(
    tmp_path: Path, text: str, named: str
) -> None:
    assert named in problem(tmp_path, GOOD + text)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ('host = "0.0.0.0"', "window.certificate: missing"),
        ('certificate = "a"', "each is worth nothing without the other"),
        ("port = 70000", "window.port"),
        ('pin = "1234"', "window.pin: unknown"),
    ],
)
def test_a_window_that_neighbours_could_read_is_refused(tmp_path: Path, window: str, expected: str) -> None:
    assert expected in problem(tmp_path, f"{GOOD}[window]\n{window}\n")


def test_a_window_is_shut_unless_asked_for_and_looks_out_on_this_machine_alone(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, GOOD)).window is None
    window = load_config(written(tmp_path, GOOD + '[window]\ncertificate = "a"\nkey = "b"\n')).window
    assert window is not None
    assert (window.host, window.port, window.key) == ("127.0.0.1", 8090, str(tmp_path / "b"))
