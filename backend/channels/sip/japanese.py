"""Reads Japanese aloud: a text on standard input, a WAV on standard output.

A program of its own, run by speech.py: what it loads is large, and if it crashes it crashes alone.
"""

import io
import sys
import wave

import numpy
import pyopenjtalk


def read_aloud(text: str) -> bytes:
    samples, rate_hz = pyopenjtalk.tts(text)
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(int(rate_hz))
        file.writeframes(numpy.clip(samples, -32768, 32767).astype("<i2").tobytes())
    return written.getvalue()


if __name__ == "__main__":
    sys.stdout.buffer.write(read_aloud(sys.stdin.buffer.read().decode("utf-8")))
