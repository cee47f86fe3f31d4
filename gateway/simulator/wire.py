"""The wire between gateway and backend, which can be cut: a TCP relay that stops carrying while a file exists.

Cut, it keeps every connection and moves no byte, as a dead line does; mended, it carries on where it stopped.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

_LOOKS_EVERY_S = 0.1
_CHUNK = 65536
_PATIENCE_S = 20.0  # a backend that is starting is waited for: whoever is refused comes back only after a while


class Wire:
    """Relays 127.0.0.1:`port` to 127.0.0.1:`target` unless the file `cut` exists."""

    def __init__(self, port: int, target: int, cut: Path, patience_s: float = _PATIENCE_S) -> None:
        self._port = port
        self._target = target
        self._cut = cut
        self._patience_s = patience_s
        self._connections: set[asyncio.Task[Any]] = set()

    async def run(self) -> None:
        """Serve until cancelled, and end every connection then. Raises OSError when the port is taken."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
        try:
            async with server:
                await server.serve_forever()
        finally:
            for connection in self._connections:
                connection.cancel()
            await asyncio.gather(*self._connections)

    async def _whole(self) -> None:
        while self._cut.exists():
            await asyncio.sleep(_LOOKS_EVERY_S)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.current_task()
        assert connection is not None
        self._connections.add(connection)
        try:
            # Cancelled is how a connection ends with its wire; asyncio would report that as an error.
            with contextlib.suppress(asyncio.CancelledError):
                await self._relay(reader, writer)
        finally:
            writer.transport.abort()
            self._connections.remove(connection)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._whole()
        far = await self._reach()
        if far is None:
            return
        far_reader, far_writer = far
        try:
            await asyncio.gather(self._carry(reader, far_writer), self._carry(far_reader, writer))
        finally:
            far_writer.transport.abort()

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """The backend, or None when it is not there."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience_s
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", self._target)
            except OSError:
                if loop.time() >= until:
                    return None
                await asyncio.sleep(_LOOKS_EVERY_S)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while chunk := await reader.read(_CHUNK):
                await self._whole()
                writer.write(chunk)
                await writer.drain()
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()
