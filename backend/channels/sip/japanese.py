"""Reads Japanese aloud: sentences on standard input, one a line, into 0.wav, 1.wav … in the folder that is named.

A program of its own, run by speech.py: what it loads is large, and if it crashes it crashes alone.
"""

import sys
import wave
from pathlib import Path

import numpy
import pyopenjtalk


def read_aloud(sentence: str, path: Path) -> None:
    samples, rate_hz = pyopenjtalk.tts(sentence)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(int(rate_hz))
        file.writeframes(numpy.clip(samples, -32768, 32767).astype("<i2").tobytes())


if __name__ == "__main__":
    for n, line in enumerate(sys.stdin.buffer.read().decode("utf-8").splitlines()):
        read_aloud(line, Path(sys.argv[1], f"{n}.wav"))
