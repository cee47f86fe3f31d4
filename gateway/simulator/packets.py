"""MQTT 3.1.1 packets as a broker reads and writes them, QoS 0 and 1."""

import asyncio
import struct

from msgspec import Struct

CONNECT, PUBLISH, PUBACK, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 4, 8, 10, 12, 14
_MAX_BYTES = 262_144

PINGRESP = b"\xd0\x00"


class BadPacketError(ValueError):
    """A client that does not speak MQTT 3.1.1, or more of it than this broker does."""


class Message(Struct, frozen=True):
    topic: str
    body: bytes
    qos: int = 0
    retain: bool = False


class Connect(Struct, frozen=True):
    client: str
    clean: bool
    keep_alive_s: int
    will: Message | None


class Reader:
    """Takes fields off the front of a packet's payload."""

    def __init__(self, payload: bytes) -> None:
        self._left = payload

    def __bool__(self) -> bool:
        return bool(self._left)

    def take(self, count: int) -> bytes:
        if len(self._left) < count:
            raise BadPacketError("a packet ends early")
        taken, self._left = self._left[:count], self._left[count:]
        return taken

    def number(self, size: int = 2) -> int:
        return int.from_bytes(self.take(size), "big")

    def binary(self) -> bytes:
        return self.take(self.number())

    def text(self) -> str:
        try:
            return self.binary().decode()
        except UnicodeDecodeError:
            raise BadPacketError("a text is not UTF-8") from None

    def rest(self) -> bytes:
        return self.take(len(self._left))


async def read(stream: asyncio.StreamReader) -> tuple[int, int, bytes]:
    """(type, flags, payload) of the next packet. Raises BadPacketError, or IncompleteReadError at the end."""
    (first,) = await stream.readexactly(1)
    length = shift = 0
    while True:
        (digit,) = await stream.readexactly(1)
        length |= (digit & 0x7F) << shift
        shift += 7
        if digit < 0x80:
            break
        if shift > 21:
            raise BadPacketError("a length without end")
    if length > _MAX_BYTES:
        raise BadPacketError(f"a packet of {length} bytes")
    return first >> 4, first & 0x0F, await stream.readexactly(length)


def connect(payload: bytes) -> Connect:
    """Raises BadPacketError for any other version than 3.1.1."""
    reader = Reader(payload)
    if (reader.text(), reader.number(1)) != ("MQTT", 4):
        raise BadPacketError("only MQTT 3.1.1 is spoken here")
    flags, keep_alive_s, client = reader.number(1), reader.number(), reader.text()
    will = None
    if flags & 0x04:
        will = Message(reader.text(), reader.binary(), min(1, flags >> 3 & 3), bool(flags & 0x20))
    return Connect(client, bool(flags & 0x02), keep_alive_s, will)


def publish(flags: int, payload: bytes) -> tuple[Message, int]:
    """The message and its packet id (0 at QoS 0)."""
    reader = Reader(payload)
    qos = flags >> 1 & 3
    topic = reader.text()
    if qos > 1 or not topic or "+" in topic or "#" in topic:
        raise BadPacketError("a message nobody may publish here")
    number = reader.number() if qos else 0
    return Message(topic, reader.rest(), qos, bool(flags & 1)), number


def filters(payload: bytes, *, with_qos: bool) -> tuple[int, list[tuple[str, int]]]:
    """The packet id and (topic filter, QoS) of a SUBSCRIBE or UNSUBSCRIBE."""
    reader = Reader(payload)
    number = reader.number()
    wanted = []
    while reader:
        name = reader.text()
        wanted.append((name, min(1, reader.number(1)) if with_qos else 0))
    return number, wanted


def pack(kind: int, flags: int, payload: bytes) -> bytes:
    length, digits = len(payload), bytearray()
    while True:
        length, digit = length >> 7, length & 0x7F
        digits.append(digit | (0x80 if length else 0))
        if not length:
            return bytes((kind << 4 | flags, *digits)) + payload


def outgoing(message: Message, number: int = 0, *, again: bool = False) -> bytes:
    topic = message.topic.encode()
    flags = (0x08 if again else 0) | message.qos << 1 | message.retain
    head = struct.pack(f">H{len(topic)}s", len(topic), topic)
    return pack(PUBLISH, flags, head + (number.to_bytes(2, "big") if message.qos else b"") + message.body)


def connack(*, present: bool, refused: int = 0) -> bytes:
    return bytes((0x20, 2, present, refused))


def puback(number: int) -> bytes:
    return pack(PUBACK, 0, number.to_bytes(2, "big"))


def suback(number: int, granted: list[int]) -> bytes:
    return pack(9, 0, number.to_bytes(2, "big") + bytes(granted))


def unsuback(number: int) -> bytes:
    return pack(11, 0, number.to_bytes(2, "big"))
