"""MQTT 3.1.1 packets as bytes: each whole, so that it leaves in one write. Pure."""

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP = 2, 3, 4, 9, 13
PINGREQ = b"\xc0\x00"
LAST_ID = 65535


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def _packet(first: int, body: bytes) -> bytes:
    length = len(body)
    head = bytearray([first])
    while True:
        length, digit = length >> 7, length & 0x7F
        head.append(digit | 0x80 if length else digit)
        if not length:
            return bytes(head) + body


def connect(
    client_id: str, keep_alive_s: int, user: str | None, password: str | None, will_topic: str, will: bytes
) -> bytes:
    """Ask for the session kept under `client_id`, with a retained last will at QoS 1."""
    flags = 0x04 | 0x08 | 0x20
    body = _text(client_id) + _text(will_topic) + len(will).to_bytes(2, "big") + will
    if user is not None:
        flags |= 0x80
        body += _text(user)
        if password is not None:
            flags |= 0x40
            body += _text(password)
    return _packet(0x10, b"\x00\x04MQTT\x04" + bytes([flags]) + keep_alive_s.to_bytes(2, "big") + body)


def publish(topic: str, body: bytes, packet_id: int, retain: bool = False) -> bytes:
    """At QoS 1."""
    return _packet(0x32 | (1 if retain else 0), _text(topic) + packet_id.to_bytes(2, "big") + body)


def subscribe(topics: tuple[str, ...], packet_id: int) -> bytes:
    """At QoS 1."""
    return _packet(0x82, packet_id.to_bytes(2, "big") + b"".join([_text(topic) + b"\x01" for topic in topics]))


def puback(packet_id: int) -> bytes:
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def id_after(packet_id: int) -> int:
    """The next packet identifier: 1 to 65535, and 1 again; 0 would make the broker hang up."""
    return packet_id % LAST_ID + 1
