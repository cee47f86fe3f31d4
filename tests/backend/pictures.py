"""Pictures of nobody, as small as they can be."""

import struct
import zlib


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


GREY_PIXEL = zlib.compress(b"\x00\x80")  # one row: no filter, then the pixel
PNG = b"\x89PNG\r\n\x1a\n" + b"".join(
    _chunk(kind, data)
    for kind, data in (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", GREY_PIXEL),
        (b"IEND", b""),
    )
)
JPEG = bytes.fromhex("ffd8 ffe0 0010 4a464946 00 0101 00 0001 0001 0000 ffd9")  # its frame alone
