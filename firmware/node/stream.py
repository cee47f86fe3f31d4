"""A TCP connection as asyncio streams, alike on MicroPython and CPython: TCP_NODELAY always, TLS if wanted."""

import asyncio
import errno
import socket
import sys

try:
    from typing import Any
except ImportError:  # MicroPython, which never looks at annotations
    pass

_ON_BOARD = sys.implementation.name == "micropython"
_IPPROTO_TCP = 6
_TCP_NODELAY = 1


async def open_stream(host: str, port: int, tls: "dict[str, str] | None") -> "tuple[Any, Any]":
    """Connect and return (reader, writer). Raises OSError.

    tls: {"ca": path of the authority's certificate (DER), "name": the name the gateway's certificate must bear}.
    """
    if _ON_BOARD:
        return await _open_on_board(host, port, tls)
    context = _context(tls["ca"]) if tls else None
    # asyncio of CPython sets TCP_NODELAY by itself.
    return await asyncio.open_connection(host, port, ssl=context, server_hostname=tls["name"] if tls else None)


def close(writer: "Any") -> None:
    """Drop the connection at once, whatever is still waiting to be written."""
    try:
        if _ON_BOARD:
            writer.s.close()
        else:
            writer.transport.abort()
    except OSError:
        pass


def _context(ca_path: str) -> "Any":
    """Trust the gateway's own authority and nobody else."""
    if _ON_BOARD:
        import tls as ssl  # type: ignore[import-not-found]  # MicroPython's
    else:
        import ssl
    context: Any = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    with open(ca_path, "rb") as file:
        authority = file.read()
    if _ON_BOARD:
        context.load_verify_locations(authority)
    else:
        context.load_verify_locations(cadata=authority)
    return context


async def _open_on_board(host: str, port: int, tls: "dict[str, str] | None") -> "tuple[Any, Any]":
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)[0]
    raw: Any = socket.socket(family, kind, protocol)
    try:
        raw.setsockopt(_IPPROTO_TCP, _TCP_NODELAY, 1)  # before TLS, whose socket has no options
        raw.setblocking(False)
        try:
            raw.connect(address)
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise
        connection = raw
        if tls:
            connection = _context(tls["ca"]).wrap_socket(
                raw, server_hostname=tls["name"], do_handshake_on_connect=False
            )
        await _writable(connection)
    except BaseException:
        raw.close()
        raise
    stream = asyncio.StreamReader(connection)
    return stream, stream


def _writable(connection: "Any") -> "Any":
    """Wait until the connection stands. MicroPython's asyncio awaits a generator; its own streams do the same."""
    yield asyncio.core._io_queue.queue_write(connection)  # type: ignore[attr-defined]  # only there
