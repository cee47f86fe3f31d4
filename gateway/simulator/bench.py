"""Moves the inputs of a real node program through its bench port: a command a line, a JSON object a line in answer."""

import json
import queue
import socket
import threading
import time
from typing import Any

_TIMEOUT_S = 3.0
_LOOKS_EVERY_S = 0.5


class NodeBench:
    """One node program on a bench. What is to be moved is moved in order, by a thread, so that nobody waits.

    A node that is away is tried again; what happened meanwhile at its inputs is lost, as it would be on a wall.
    """

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._commands: queue.Queue[str] = queue.Queue()
        self._moving = False
        self._lights: dict[str, Any] = {}
        self._cut = False
        threading.Thread(target=self._run, daemon=True).start()

    def motion(self) -> None:
        # A pulse takes a moment of real time: when domain time runs fast, several trips are one, as for a real sensor.
        if not self._moving:
            self._moving = True
            self._commands.put("motion")

    def door(self, state: str) -> None:
        self._commands.put(f"door {state}")

    def press(self) -> None:
        self._commands.put("emergency press")

    def release(self) -> None:
        self._commands.put("emergency release")

    def fine(self) -> None:
        self._commands.put("fine")

    def cut(self, cut: bool) -> None:
        """Take the node's network away, or give it back."""
        self._cut = cut
        self._commands.put("cut" if cut else "mend")

    def lights(self) -> dict[str, Any]:
        """What the node showed a moment ago, in its own words; empty while it is away."""
        return {"cut": self._cut} | self._lights

    def _run(self) -> None:
        while True:
            try:
                with socket.create_connection(self._address, timeout=_TIMEOUT_S) as line:
                    self._converse(line)
            except (OSError, ValueError, TypeError, RecursionError):  # closed, or not a node that answers
                self._lights = {}
                self._drop()
                time.sleep(_LOOKS_EVERY_S)

    def _converse(self, line: socket.socket) -> None:
        answers = line.makefile("rb")
        while True:
            try:
                command = self._commands.get(timeout=_LOOKS_EVERY_S)
            except queue.Empty:
                command = "state"
            line.sendall(f"{command}\n".encode())
            answer = answers.readline()
            if not answer:
                raise OSError("the node closed its bench")
            if command == "motion":
                self._moving = False
            elif command == "state":
                self._lights = dict(json.loads(answer))

    def _drop(self) -> None:
        while not self._commands.empty():
            self._commands.get_nowait()
        self._moving = False


def open_bench(address: str) -> NodeBench:
    """`address` is "host:port"; nothing need listen there yet."""
    host, _, port = address.rpartition(":")
    return NodeBench(host, int(port))
