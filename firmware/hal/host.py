"""A board that is a process on a computer: its pins are worked over TCP by whoever plays the resident.

Bench: one command a line, one JSON object a line in answer. `motion` (one trip), `door open`, `door closed`,
`emergency press`, `emergency release`, `fine`, `cut` and `mend` (the network), `state`.
"""

import asyncio
import gc
import json
import os
import sys
import time

try:
    from typing import Any
except ImportError:  # MicroPython, which never looks at annotations
    pass

PULSE_S = 0.1
LEVELS = {
    "door open": ("door", True),
    "door closed": ("door", False),
    "emergency press": ("emergency", True),
    "emergency release": ("emergency", False),
}
PULSES = ("motion", "fine")


class Board:
    """The host's pins, light, buzzer, time and memory."""

    def __init__(self) -> None:
        self.led = "off"
        self.buzzer = "off"
        self._started = _ticks_ms()

    def now(self) -> int:
        """Milliseconds since boot; it never wraps and never goes back."""
        return _ticks_ms() - self._started

    def boot_id(self) -> str:
        """Another one at each start."""
        return "".join(f"{byte:02x}" for byte in os.urandom(4))

    def health(self) -> "dict[str, float | int | str]":
        """As the contract's "health"; what a computer cannot measure is left out."""
        found: dict[str, float | int | str] = {"uptime_s": self.now() // 1000, "reset_cause": "power"}
        if sys.implementation.name == "micropython":
            gc.collect()
            found["free_heap_b"] = gc.mem_free()  # type: ignore[attr-defined]  # MicroPython's
        return found

    def show(self, led: str, buzzer: str) -> None:
        self.led = led
        self.buzzer = buzzer


def _ticks_ms() -> int:
    if sys.implementation.name == "micropython":
        return time.ticks_ms()  # type: ignore[attr-defined,no-any-return]  # 62 bits on a computer: it does not wrap
    return time.monotonic_ns() // 1000000


class Bench:
    """The line-oriented TCP server on loopback. program: has pin(name, level), cut(flag) and state()."""

    def __init__(self, program: "Any") -> None:
        self._program = program

    async def start(self, port: int, data_dir: str) -> int:
        """Listen, on a free port when `port` is 0, and leave the port's number in data_dir/bench.port."""
        while True:
            # MicroPython cannot ask a socket which port it was given, so draw one until it is free.
            chosen = port or 20000 + int.from_bytes(os.urandom(2), "big") % 40000
            try:
                await asyncio.start_server(self._serve, "127.0.0.1", chosen)
                break
            except OSError:
                if port:
                    raise
        part = data_dir + "/bench.port.part"
        with open(part, "w") as file:
            file.write(str(chosen))
        os.rename(part, data_dir + "/bench.port")
        return chosen

    async def _serve(self, reader: "Any", writer: "Any") -> None:
        try:
            while True:
                line = await reader.readline()
                if not line:
                    break
                answer = await self._obey(line.decode().strip())
                writer.write((json.dumps(answer) + "\n").encode())
                await writer.drain()
        except (OSError, ValueError):  # whoever plays the resident has gone, or sends no text
            pass
        writer.close()

    async def _obey(self, command: str) -> "dict[str, object]":
        if command == "state":
            return self._program.state()  # type: ignore[no-any-return]
        if command in ("cut", "mend"):
            self._program.cut(command == "cut")
        elif command in PULSES:
            await self._pulse(command)
        elif command in LEVELS:
            self._program.pin(*LEVELS[command])
            await asyncio.sleep(PULSE_S)
        else:
            return {"ok": False, "error": "unknown command"}
        return {"ok": True}

    async def _pulse(self, name: str) -> None:
        """Up, down, and long enough at each for a contact to settle, so that each command counts once."""
        for level in (True, False):
            self._program.pin(name, level)
            await asyncio.sleep(PULSE_S)
