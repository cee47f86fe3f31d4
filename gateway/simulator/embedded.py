"""A broker in the process tree, for machines without mosquitto: MQTT 3.1.1, QoS 0 and 1, on loopback.

What a client has not acknowledged it gets again, and what came while it was away waits for it; but all of that lives
in memory. Enough for a look at the demo, never for a building.
"""

import asyncio
import contextlib
import secrets
from collections import deque

from msgspec.structs import replace

from gateway.simulator import packets
from gateway.simulator.packets import BadPacketError, Message

_IN_FLIGHT = 200
_WAITING = 100_000
_CONNECT_WITHIN_S = 10
_WRITTEN_AHEAD_BYTES = 1_000_000


class _Session:
    """What the broker knows of one client, there or away."""

    def __init__(self, client: str, clean: bool) -> None:
        self.client = client
        self.clean = clean
        self.filters: dict[str, int] = {}
        self.writer: asyncio.StreamWriter | None = None
        self._waiting: deque[Message] = deque(maxlen=_WAITING)
        self._in_flight: dict[int, Message] = {}
        self._number = 0

    def attach(self, writer: asyncio.StreamWriter) -> None:
        """The client is back: first what it never acknowledged, then what waits."""
        self.writer = writer
        for number, message in self._in_flight.items():
            writer.write(packets.outgoing(message, number, again=True))
        self._pump()

    def send(self, message: Message) -> None:
        if message.qos:
            self._waiting.append(message)
            self._pump()
        elif self.writer is not None and self.writer.transport.get_write_buffer_size() < _WRITTEN_AHEAD_BYTES:
            self.writer.write(packets.outgoing(message))

    def acknowledged(self, number: int) -> None:
        self._in_flight.pop(number, None)
        self._pump()

    def _pump(self) -> None:
        while self.writer is not None and self._waiting and len(self._in_flight) < _IN_FLIGHT:
            self._number = self._number % 65535 + 1
            while self._number in self._in_flight:
                self._number = self._number % 65535 + 1
            message = self._in_flight[self._number] = self._waiting.popleft()
            self.writer.write(packets.outgoing(message, self._number))


class EmbeddedBroker:
    """Serves everybody who can reach it; `start` returns the listening server."""

    def __init__(self) -> None:
        self._sessions: dict[str, _Session] = {}
        self._retained: dict[str, Message] = {}

    async def start(self, port: int) -> asyncio.Server:
        """Listen on 127.0.0.1:`port`. Raises OSError when it is taken."""
        return await asyncio.start_server(self._connected, "127.0.0.1", port)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(BadPacketError, ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            kind, _, payload = await asyncio.wait_for(packets.read(reader), _CONNECT_WITHIN_S)
            if kind == packets.CONNECT:
                await self._serve(packets.connect(payload), reader, writer)
        writer.close()

    async def _serve(self, wish: packets.Connect, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session, present = self._session(wish)
        if session.writer is not None:  # the same client by a newer connection
            session.writer.close()
        writer.write(packets.connack(present=present))
        session.attach(writer)
        will = wish.will
        try:
            if await self._converse(session, wish, reader, writer):
                will = None
        finally:
            if session.writer is writer:
                session.writer = None
                if session.clean and self._sessions.get(session.client) is session:
                    del self._sessions[session.client]
            if will is not None:
                self._publish(will)

    def _session(self, wish: packets.Connect) -> tuple[_Session, bool]:
        client = wish.client or secrets.token_hex(8)
        found = self._sessions.get(client)
        if found is not None and not wish.clean and not found.clean:
            return found, True
        if found is not None and found.writer is not None:
            found.writer.close()
        session = self._sessions[client] = _Session(client, wish.clean)
        return session, False

    async def _converse(
        self, session: _Session, wish: packets.Connect, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Until the client says goodbye; an error means that it went without."""
        patience_s = wish.keep_alive_s * 1.5 or None
        while True:
            kind, flags, payload = await asyncio.wait_for(packets.read(reader), patience_s)
            if kind == packets.PUBLISH:
                message, number = packets.publish(flags, payload)
                self._publish(message)
                if number:
                    writer.write(packets.puback(number))
            elif kind == packets.PUBACK:
                session.acknowledged(packets.Reader(payload).number())
            elif kind == packets.SUBSCRIBE:
                self._subscribe(session, payload, writer)
            elif kind == packets.UNSUBSCRIBE:
                number, wanted = packets.filters(payload, with_qos=False)
                for name, _ in wanted:
                    session.filters.pop(name, None)
                writer.write(packets.unsuback(number))
            elif kind == packets.PINGREQ:
                writer.write(packets.PINGRESP)
            elif kind == packets.DISCONNECT:
                return True
            else:
                raise BadPacketError(f"a packet of type {kind}")
            await writer.drain()

    def _subscribe(self, session: _Session, payload: bytes, writer: asyncio.StreamWriter) -> None:
        number, wanted = packets.filters(payload, with_qos=True)
        session.filters.update(wanted)
        writer.write(packets.suback(number, [qos for _, qos in wanted]))
        for name, qos in wanted:
            for message in self._retained.values():
                if matches(name, message.topic):
                    session.send(replace(message, qos=min(qos, message.qos), retain=True))

    def _publish(self, message: Message) -> None:
        if message.retain and message.body:
            self._retained[message.topic] = message
        elif message.retain:
            self._retained.pop(message.topic, None)
        for session in self._sessions.values():
            granted = [qos for name, qos in session.filters.items() if matches(name, message.topic)]
            if granted:
                session.send(replace(message, qos=min(max(granted), message.qos), retain=False))


def matches(wanted: str, topic: str) -> bool:
    """Whether the topic filter `wanted` covers `topic`, by the rules of MQTT 3.1.1, 4.7."""
    parts, levels = wanted.split("/"), topic.split("/")
    if topic.startswith("$") and parts[0] in ("+", "#"):
        return False
    for place, part in enumerate(parts):
        if part == "#":
            return True
        if place >= len(levels) or part not in ("+", levels[place]):
            return False
    return len(parts) == len(levels)


async def serve(port: int) -> None:
    """Serve until cancelled. Raises OSError when the port is taken."""
    server = await EmbeddedBroker().start(port)
    async with server:
        await server.serve_forever()
