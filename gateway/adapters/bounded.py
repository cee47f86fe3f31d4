"""An HTTP server for a LAN of strangers: so many connections and no more, each for so long and no longer.

The standard library's server, because the window has few pages and needs nothing more; what that one lacks against a
hostile client stands here.
"""

import logging
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any

from gateway.config import WindowConfig

MOST_CONNECTIONS = 32
MOST_OF_ONE_ADDRESS = 8  # a browser opens six
LONGEST_CONNECTION_S = 60.0
SILENT_S = 10.0

log = logging.getLogger(__name__)


class BoundedServer(ThreadingHTTPServer):
    """Listens from the beginning. Raises OSError when it cannot, or when certificate or key cannot be read."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, config: WindowConfig, handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: dict[socket.socket, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._tls: ssl.SSLContext | None = None
        if config.certificate is not None:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(config.certificate, config.key)
        self.address_family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
        super().__init__((config.host, config.port), handler)

    @property
    def is_secure(self) -> bool:
        return self._tls is not None

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer's asks the DNS for our own name, which can hang
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether there is room for one more from this address; called before it costs a thread."""
        with self._lock:
            by_address = Counter(address for address, _ in self._open.values())
            if len(self._open) >= MOST_CONNECTIONS or by_address[client_address[0]] >= MOST_OF_ONE_ADDRESS:
                return False
            self._open[request] = (client_address[0], time.monotonic())
            return True

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(SILENT_S)
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        # Only now, in a thread of its own: the handshake waits for the client.
        secured = self._tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        with self._lock:
            self._open[secured] = self._open.pop(request)
        try:
            secured.do_handshake()
            super().finish_request(secured, client_address)
        finally:
            self.shutdown_request(secured)

    def close_request(self, request: Any) -> None:
        with self._lock:
            self._open.pop(request, None)
        super().close_request(request)

    def service_actions(self) -> None:
        """End what lasts too long, however busy it keeps: a browser simply connects again."""
        limit = time.monotonic() - LONGEST_CONNECTION_S
        with self._lock:
            late = [one for one, (_, since) in self._open.items() if since < limit]
        for one in late:
            with suppress(OSError):  # it is ending by itself
                socket.socket.shutdown(one, socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients come and go, and speak no HTTP; anything else is ours."""
        error = sys.exc_info()[1]
        if not isinstance(error, (OSError, ValueError)):
            log.error("a request from %s failed", client_address[0], exc_info=error)
