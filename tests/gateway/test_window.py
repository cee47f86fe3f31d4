"""The local window of a real gateway: who may look, what is seen, and that nobody can harm the gateway through it."""

import re
import socket
import sqlite3
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.adapters.bounded import MOST_OF_ONE_ADDRESS
from gateway.adapters.database import FILE
from gateway.core.guessing import OF_ONE
from tests.gateway.backend_server import wait_for
from tests.gateway.window import PIN, Windowed, windowed


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windowed]:
    with windowed(tmp_path_factory.mktemp("window")) as made:
        made.status("hall-101", "1.4.0")
        made.nodes.raw("zigbee2mqtt/door-101", b'{"contact":true,"battery":12,"linkquality":31}')
        made.nodes.raw("zigbee2mqtt/stranger", b'{"contact":true}')
        made.nodes.raw("tomoshibi/v1/x/event", b"{{{{")
        made.sense("hall-101")
        yield made


@pytest.fixture
def visitor(shared: Windowed) -> Iterator[httpx.Client]:
    with shared.visitor() as client:
        yield client


def test_a_technician_sees_units_nodes_queue_and_what_was_refused(visitor: httpx.Client) -> None:
    shown = visitor.get("/building.json").json()
    assert (shown["gateway"], shown["broker"], shown["stale_s"]) == ("g1", "ok", None)
    assert (shown["unassigned"], shown["refused"]) == (["stranger"], {"json": 1})
    units = {unit["unit"]: unit for unit in shown["units"]}
    assert (units["101"]["state"], units["101"]["learning_days"]) == ("learning", 14)
    assert (units["102"]["state"], units["102"]["why"]) == ("cannot_watch", ["never_seen"])
    assert (units["103"]["state"], units["103"]["why"]) == ("cannot_watch", ["no_sensor"])
    nodes = {node["node"]: node for node in units["101"]["nodes"]}
    assert (nodes["hall-101"]["firmware"], nodes["hall-101"]["room_ja"]) == ("1.4.0", "廊下")
    assert (nodes["door-101"]["state"], nodes["door-101"]["weak"]) == ("battery_low", True)
    assert nodes["air-101"]["state"] == "never_seen"


def test_when_somebody_moved_is_not_to_be_read_from_it(visitor: httpx.Client) -> None:
    text = visitor.get("/building.json").text
    node = next(node for node in visitor.get("/building.json").json()["units"][0]["nodes"] if node["heard_min"])
    assert (node["heard_min"], node["heard_at"]) == (15, None)
    for word in ("presence", "last_sign", "signs", "asleep", "away", "paused"):
        assert word not in text


@pytest.mark.parametrize("path", ["/building.json", "/walk.json"])
def test_who_has_not_signed_in_sees_nothing(shared: Windowed, path: str) -> None:
    with shared.visitor(None) as stranger:
        assert stranger.get(path).status_code == 401
        assert stranger.get(path, headers={"Cookie": "tomoshibi-window=guessed"}).status_code == 401
        assert stranger.get("/").headers["Location"] == "/sign-in"
        assert stranger.post("/walk", data={"unit": "101"}).status_code == 401


def test_the_answers_keep_out_of_caches_frames_and_other_sites(shared: Windowed, visitor: httpx.Client) -> None:
    for path in ("/", "/sign-in", "/building.json", "/nothing"):
        headers = visitor.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert "Python" not in headers["Server"]
    with shared.visitor(None) as client:
        cookie = client.post("/sign-in", data={"pin": PIN}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


def test_signing_out_ends_the_session(shared: Windowed) -> None:
    with shared.visitor() as client:
        token = client.cookies["tomoshibi-window"]
        client.post("/sign-out")
        assert client.get("/building.json", headers={"Cookie": f"tomoshibi-window={token}"}).status_code == 401


def test_a_walk_test_lights_what_senses_and_only_that(shared: Windowed, visitor: httpx.Client) -> None:
    begun = visitor.post("/walk", data={"unit": "101"}).json()
    assert begun["unit"] == "101"
    assert 890 < begun["left_s"] <= 900
    assert {node["node"] for node in begun["nodes"] if node["lit_ago_s"] is not None} == set()
    shared.sense("hall-101", "health", {"battery_v": 3.1, "rssi_dbm": -50, "free_heap_b": 9, "uptime_s": 9,
                                        "reset_cause": "power"})  # fmt: skip
    shared.sense("hall-102")
    shared.sense("bed-101")
    lit = {node["node"] for node in visitor.get("/walk.json").json()["nodes"] if node["lit_ago_s"] is not None}
    assert lit == {"bed-101"}
    visitor.post("/walk/end")
    assert visitor.get("/walk.json").json() is None


def test_a_walk_test_of_a_unit_that_is_not_here_is_refused(visitor: httpx.Client) -> None:
    assert visitor.post("/walk", data={"unit": "999"}).status_code == 404


def test_figures_are_for_this_machine_and_name_nobody(shared: Windowed) -> None:
    with shared.visitor(None) as prometheus:
        text = prometheus.get("/metrics").text
    units = re.findall(r'tomoshibi_gateway_units\{state="\w+"\} (\d)', text)
    assert (len(units), sum(map(int, units))) == (3, 3)
    assert 'tomoshibi_gateway_refused_total{reason="json"} 1.0' in text
    assert "tomoshibi_gateway_broker_connected 1.0" in text
    assert "101" not in text.replace(str(shared.port), "")


def test_guessing_is_slowed_down_and_said_in_the_log(shared: Windowed) -> None:
    with shared.visitor(None, address="127.0.0.2") as client:
        tried = [client.post("/sign-in", data={"pin": "000000"}).status_code for _ in range(OF_ONE + 1)]
        assert tried == [403] * (OF_ONE - 1) + [429, 429]
        assert client.post("/sign-in", data={"pin": PIN}).status_code == 429
    assert shared.gateway.said("a wrong PIN at the local window") == OF_ONE + 2


def test_without_a_pin_it_is_shut_until_one_is_set(tmp_path: Path) -> None:
    with windowed(tmp_path, pin=None) as made:
        assert made.gateway.said("the local window is shut: it has no PIN") == 1
        with made.visitor(None) as client:
            assert client.get("/sign-in").status_code == 503
            assert client.post("/sign-in", data={"pin": ""}).status_code == 503
            assert client.get("/metrics").status_code == 200
        made.set_pin(PIN)
        with made.visitor() as client:
            assert client.get("/building.json").status_code == 200


def test_connections_that_say_nothing_take_neither_the_gateway_nor_the_last_place(tmp_path: Path) -> None:
    with windowed(tmp_path) as made:
        silent = [socket.create_connection(("127.0.0.1", made.port)) for _ in range(MOST_OF_ONE_ADDRESS)]
        try:
            with pytest.raises(httpx.HTTPError), made.visitor(None) as client:
                client.get("/sign-in")
            made.sense("hall-101")
            wait_for(lambda: _is_open(made), within_s=60)
        finally:
            for one in silent:
                one.close()


def _is_open(made: Windowed) -> bool:
    try:
        with made.visitor(None) as client:
            return client.get("/sign-in").status_code == 200
    except httpx.HTTPError:
        time.sleep(1)
        return False


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01 hello\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /sign-in HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /sign-in HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /sign-in HTTP/1.1\r\n\r\n",
        b"POST /sign-in HTTP/1.1\r\nContent-Length: 7\r\nConnection: close\r\n\r\npin=\xff\xfe\x00",
        b"GET / HTTP/1.1\r\nCookie: \xff=;;;=\r\nConnection: close\r\n\r\n",
        b"GET /../../etc/passwd HTTP/1.1\r\nConnection: close\r\n\r\n",
    ],
)
def test_a_strangers_bytes_are_refused_and_the_window_stays_open(shared: Windowed, request_: bytes) -> None:
    with socket.create_connection(("127.0.0.1", shared.port), timeout=30) as stranger:
        stranger.sendall(request_)
        answer = stranger.recv(100)
    assert not answer.startswith(b"HTTP/1.1 200")
    assert shared.gateway.said("Traceback") == 0
    with shared.visitor(None) as client:
        assert client.get("/sign-in").status_code == 200


def test_a_port_that_is_taken_is_said_and_the_gateway_works(tmp_path: Path) -> None:
    with windowed(tmp_path) as made:
        made.gateway.stop()
        with socket.create_server(("127.0.0.1", made.port)):
            made.gateway.start()
            wait_for(lambda: made.gateway.said("no local window on"))
            made.sense("hall-101")


def test_a_gateway_that_has_stopped_committing_is_not_shown_as_well(shared: Windowed, tmp_path: Path) -> None:
    """The page is fed by the journal: its age is the gateway's."""
    from gateway.adapters.view import STALE_S, View
    from gateway.config import load_config

    config = load_config(shared.gateway.config)
    view = View(config, lambda: time.time() + STALE_S + 60, lambda: None)
    shown = view.building()
    assert shown.stale_s is not None
    assert shown.stale_s > STALE_S
    assert shown.broker == "unknown"


def test_looking_holds_no_lock_on_the_journal(shared: Windowed, visitor: httpx.Client) -> None:
    visitor.post("/walk", data={"unit": "101"})
    db = sqlite3.connect(shared.gateway.data_dir / FILE, timeout=0, isolation_level=None)
    try:
        for _ in range(20):
            visitor.get("/walk.json")
            db.execute("BEGIN IMMEDIATE")
            db.execute("ROLLBACK")
    finally:
        db.close()


def test_beyond_this_machine_it_speaks_tls_with_its_own_certificate(tmp_path: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=gateway", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", tmp_path / "window.key", "-out", tmp_path / "window.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    more = 'host = "0.0.0.0"\ncertificate = "window.pem"\nkey = "window.key"'
    with windowed(tmp_path, more=more) as made, socket.create_connection(("127.0.0.1", made.port)) as silent:
        trusted = ssl.create_default_context(cafile=str(tmp_path / "window.pem"))
        with httpx.Client(base_url=made.url, verify=trusted, timeout=30) as client:
            answer = client.post("/sign-in", data={"pin": PIN})
            assert "Secure" in answer.headers["Set-Cookie"]
            assert client.get("/building.json").json()["gateway"] == "g1"
        assert silent.fileno() > 0  # a handshake that never comes held up nobody
