"""The node's end of MQTT: one session for ever, through every fault of the line.

Each packet leaves in one write. Every operation has a deadline; one that passes it ends the connection, and a new one
is tried after a growing, jittered pause. Deadlines are real time.
"""

import asyncio
import os

from node import mqtt, stream

try:
    from typing import Any
except ImportError:  # MicroPython, which never looks at annotations
    pass

BODY_LIMIT = 2048
TOPIC_LIMIT = 128
PIECE = 512
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30


class LinkError(Exception):
    """The line does not work at present. Trying again later helps."""


# ValueError: how MicroPython's tls refuses a certificate.
_FAULTS = (LinkError, OSError, EOFError, ValueError, asyncio.TimeoutError)


class Link:
    """An MQTT client that keeps itself connected.

    broker: {"host", "port", "user", "password", "tls", "keep_alive_s", "answer_s"}, all but the first two optional.
    on_message(topic, body) is called before the message is acknowledged. on_up() is awaited on each new connection.
    """

    def __init__(
        self,
        broker: "dict[str, Any]",
        client_id: str,
        topics: "tuple[str, ...]",
        will: "tuple[str, bytes]",
        on_message: "Any",
        on_up: "Any",
    ) -> None:
        self.up = False
        self.connections = 0
        self.oversized = 0
        self.last_fault = ""
        self._broker = broker
        self._client_id = client_id
        self._topics = topics
        self._will = will
        self._on_message = on_message
        self._on_up = on_up
        self._keep_alive_s = broker.get("keep_alive_s", 30)
        self._answer_s = broker.get("answer_s", 10)
        self._cut = False
        self._proved = False
        self._packet_id = 0
        self._reader: Any = None
        self._writer: Any = None
        self._exchanging = asyncio.Lock()
        self._writing = asyncio.Lock()
        self._broken = asyncio.Event()
        self._answered = asyncio.Event()
        self._awaited: tuple[int, int] | None = None

    async def run(self) -> None:
        """Connect, serve, and begin anew, for ever."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                await self._session()
            except _FAULTS as error:
                self.last_fault = repr(error)
            self._drop()
            # A session that never answered a ping has proved nothing: two nodes of one name throw each other out.
            pause_s = FIRST_PAUSE_S if self._proved else min(LONGEST_PAUSE_S, 2 * pause_s)
            # Jitter, so that a building's nodes do not all come back in one instant.
            await asyncio.sleep(pause_s * (0.5 + os.urandom(1)[0] / 510))
            while self._cut:
                await asyncio.sleep(0.1)

    async def publish(self, topic: str, body: bytes, retain: bool = False) -> None:
        """Hand one message to the broker, at least once. Raises LinkError; then nothing is known of its fate."""
        async with self._exchanging:
            if self._writer is None:
                raise LinkError("not connected")
            packet_id = self._next_id()
            await self._exchange(mqtt.publish(topic, body, packet_id, retain), mqtt.PUBACK, packet_id)

    def cut(self, cut: bool) -> None:
        """Play a line that is cut (true) or mended (false)."""
        self._cut = cut
        if cut:
            self._break("cut")

    def _next_id(self) -> int:
        self._packet_id = mqtt.id_after(self._packet_id)
        return self._packet_id

    async def _session(self) -> None:
        broker = self._broker
        self._broken.clear()
        self._proved = False
        opening = stream.open_stream(broker["host"], broker["port"], broker.get("tls"))
        self._reader, self._writer = await asyncio.wait_for(opening, self._answer_s)
        await asyncio.wait_for(self._greet(), self._answer_s)
        reading = asyncio.create_task(self._read_all())
        try:
            async with self._exchanging:
                packet_id = self._next_id()
                await self._exchange(mqtt.subscribe(self._topics, packet_id), mqtt.SUBACK, packet_id)
            self.up = True
            self.connections += 1
            await self._on_up()
            await self._stay()
        finally:
            reading.cancel()

    async def _greet(self) -> None:
        """CONNECT, and the broker's answer. A session it has kept for us and a new one are both welcome."""
        broker = self._broker
        user, password = broker.get("user"), broker.get("password")
        await self._send(mqtt.connect(self._client_id, self._keep_alive_s, user, password, *self._will))
        answer = await self._reader.readexactly(4)
        if answer[0] >> 4 != mqtt.CONNACK or answer[1] != 2:
            raise LinkError("this is no MQTT broker")
        if answer[3]:
            raise LinkError(f"the broker refuses us: {answer[3]}")

    async def _stay(self) -> None:
        """Ask the broker for a sign of life every so often, until the connection breaks."""
        while True:
            try:
                await asyncio.wait_for(self._broken.wait(), self._keep_alive_s / 2)
            except asyncio.TimeoutError:
                async with self._exchanging:
                    await self._exchange(mqtt.PINGREQ, mqtt.PINGRESP, 0)
                self._proved = True
                continue
            raise LinkError(self.last_fault)

    async def _exchange(self, packet: bytes, kind: int, packet_id: int) -> None:
        """Send, and wait for the answer; one exchange at a time."""
        self._answered.clear()
        self._awaited = (kind, packet_id)
        try:
            await self._send(packet)
            await asyncio.wait_for(self._answered.wait(), self._answer_s)
        except _FAULTS as error:
            self._break("no answer: " + repr(error))
        if self._broken.is_set():
            raise LinkError(self.last_fault)

    async def _send(self, packet: bytes) -> None:
        async with self._writing:  # two tasks may not wait for one socket
            self._writer.write(packet)
            await asyncio.wait_for(self._writer.drain(), self._answer_s)

    async def _read_all(self) -> None:
        try:
            while True:
                await self._read_packet()
        except _FAULTS as error:
            self._break(repr(error))

    async def _read_packet(self) -> None:
        first = (await self._reader.readexactly(1))[0]
        length = await self._read_length()
        kind = first >> 4
        if kind == mqtt.PUBLISH:
            await self._read_publish(length, first >> 1 & 3)
        elif length > PIECE:
            raise LinkError("a packet of no use, and large")
        else:
            body = await self._reader.readexactly(length) if length else b""
            packet_id = int.from_bytes(body[:2], "big") if kind in (mqtt.PUBACK, mqtt.SUBACK) else 0
            if self._awaited == (kind, packet_id):
                self._answered.set()

    async def _read_length(self) -> int:
        length = 0
        for shift in (0, 7, 14, 21):
            digit: int = (await self._reader.readexactly(1))[0]
            length |= (digit & 0x7F) << shift
            if not digit & 0x80:
                return length
        raise LinkError("a length that does not end")

    async def _read_publish(self, length: int, qos: int) -> None:
        """Take one message in. One that is too large for us is acknowledged and dropped, or it would come for ever."""
        topic_length = int.from_bytes(await self._reader.readexactly(2), "big")
        body_length = length - 2 - topic_length - (2 if qos else 0)
        if body_length < 0:
            raise LinkError("a message shorter than its topic")
        fits = topic_length <= TOPIC_LIMIT and body_length <= BODY_LIMIT
        topic = await self._take(topic_length, fits)
        packet_id = int.from_bytes(await self._reader.readexactly(2), "big") if qos else 0
        body = await self._take(body_length, fits)
        if fits:
            self._deliver(topic, body)
        else:
            self.oversized += 1
        if qos:
            await self._send(mqtt.puback(packet_id))

    async def _take(self, length: int, keep: bool) -> bytes:
        if keep:
            return bytes(await self._reader.readexactly(length)) if length else b""
        while length > 0:
            length -= len(await self._reader.readexactly(min(length, PIECE)))
        return b""

    def _deliver(self, topic: bytes, body: bytes) -> None:
        try:
            name = str(topic, "utf-8")
        except ValueError:
            return  # we subscribed to no such topic
        self._on_message(name, body)

    def _break(self, reason: str) -> None:
        """End the connection; whoever waits for an answer is told."""
        if not self._broken.is_set():
            self.last_fault = reason
        self._broken.set()
        self._answered.set()

    def _drop(self) -> None:
        self.up = False
        self._break("closed")
        if self._writer is not None:
            stream.close(self._writer)
        self._reader = self._writer = None
