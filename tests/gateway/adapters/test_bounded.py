"""Clients on the LAN that never come to an end."""

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from gateway.adapters import bounded
from gateway.adapters.bounded import MOST_CONNECTIONS, MOST_OF_ONE_ADDRESS, BoundedServer
from gateway.config import WindowConfig
from tests.broker import free_port

LIMIT_S = 1.0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[BoundedServer]:
    monkeypatch.setattr(bounded, "LONGEST_CONNECTION_S", LIMIT_S)
    made = BoundedServer(WindowConfig(port=free_port()), Handler)
    threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def connect(server: BoundedServer, address: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.server_port), timeout=30, source_address=(address, 0))


def is_turned_away(one: socket.socket) -> bool:
    try:
        one.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return one.recv(10) == b""
    except ConnectionError:
        return True


def test_who_sends_a_byte_now_and_then_is_ended_all_the_same(server: BoundedServer) -> None:
    with connect(server) as slow:
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - began < 60 * LIMIT_S:
                slow.sendall(b"G")
                time.sleep(0.1)
        assert time.monotonic() - began > LIMIT_S / 2


def test_one_address_gets_so_many_places_and_all_together_no_more_than_there_are(server: BoundedServer) -> None:
    held = [connect(server) for _ in range(MOST_OF_ONE_ADDRESS)]
    assert is_turned_away(connect(server))
    with connect(server, "127.0.0.2") as other:
        assert not is_turned_away(other)
    for n in range(2, 1 + MOST_CONNECTIONS // MOST_OF_ONE_ADDRESS):
        held += [connect(server, f"127.0.0.{n}") for _ in range(MOST_OF_ONE_ADDRESS)]
    assert is_turned_away(connect(server, "127.0.0.9"))
    for one in held:
        one.close()
