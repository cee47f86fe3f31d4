"""The far end: a telephone exchange in whose place one real baresip answers for every number."""

import json
import socket
import subprocess
import threading
import time
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from backend.channels.sip.baresip import MODULES, free_port, write_silence
from backend.channels.sip.control import Netstrings, netstring
from backend.channels.sip.speech import Clip
from tests.telephony.waiting import eventually

NOBODY = "127.0.0.9"  # everybody in these tests is at 127.0.0.1
LOUD = 100.0  # of 32767; the silence of a telephone is below 10
PIECE = 2000  # samples: a quarter of a second
Samples = numpy.ndarray[tuple[int], numpy.dtype[numpy.float64]]


@dataclass
class Happened:
    """An event of the exchange's baresip, and to whose phone."""

    type: str
    number: str
    direction: str
    seen: bool = False


class Exchange:
    """Answers for `numbers` (as they are dialled) at `server`; it rings until the test says what people do."""

    def __init__(self, folder: Path, numbers: Sequence[str]) -> None:
        self.happened: list[Happened] = []
        self.folder = folder
        folder.mkdir()
        write_silence(folder / "silence.wav")
        self._numbers = numbers
        self._control = eventually(self._start, what="the start of the exchange")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _start(self) -> socket.socket | None:
        """Start it on ports that are free; somebody else may be faster, and then on others."""
        self.sip_port, self.control_port = free_udp_port(), free_port()
        self.server = f"127.0.0.1:{self.sip_port}"
        (self.folder / "config").write_text(self._config(), encoding="utf-8")
        accounts = [f"<sip:{number}@{self.server}>;regint=0;answermode=manual\n" for number in self._numbers]
        (self.folder / "accounts").write_text("".join(accounts), encoding="utf-8")
        command = ["setpriv", "--pdeathsig", "KILL", "baresip", "-s", "-f", str(self.folder)]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        self.pid = self._process.pid
        while self._process.poll() is None:
            try:
                return socket.create_connection(("127.0.0.1", self.control_port))
            except OSError:
                time.sleep(0.01)
        return None

    def __enter__(self) -> "Exchange":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._control.close()
        surprises = [one.number for one in self.happened if one.type == "CALL_INCOMING" and not one.seen]
        assert kind is not None or not surprises, f"unexpected calls to {surprises}"

    def rang(self, number: str) -> int:
        """How often that phone has rung so far."""
        return len([one for one in list(self.happened) if one.type == "CALL_INCOMING" and one.number == number])

    def is_over(self) -> bool:
        """Whether every call so far has ended."""
        types = [one.type for one in list(self.happened) if one.direction == "incoming"]
        return types.count("CALL_INCOMING") == types.count("CALL_CLOSED")

    def was_refused(self) -> bool:
        """Whether a call of its own has ended."""
        return any((one.type, one.direction) == ("CALL_CLOSED", "outgoing") for one in list(self.happened))

    def trace(self) -> str:
        """Every SIP message so far."""
        return (self.folder / "log").read_text(errors="replace")

    def takes(self, kind: str, number: str) -> bool:
        """Whether such an event has come; each is taken once."""
        for one in list(self.happened):
            if (one.type, one.number, one.seen) == (kind, number, False):
                one.seen = True
                return True
        return False

    def answer(self) -> None:
        self._command("accept")

    def decline(self) -> None:
        self._command("hangup")

    hang_up = decline

    def press(self, key: str) -> None:
        self._command("sndcode", key)

    def call(self, uri: str) -> None:
        """Call somebody, from the first of its numbers."""
        self._command("dial", uri)

    def heard_s(self) -> float:
        """How much of the call that is going on has been heard, from the first sound."""
        heard = self.heard()
        loud = numpy.flatnonzero(numpy.abs(heard) > LOUD)
        return (len(heard) - loud[0]) / 8000 if len(loud) else 0.0

    def heard(self) -> Samples:
        """What was heard in the last call, recorded at the ear of whoever answered."""
        recordings = sorted(self.folder.glob("dump-*-dec.wav"), key=lambda path: path.stat().st_mtime)
        return samples(recordings[-1]) if recordings else numpy.zeros(0)

    def _config(self) -> str:
        lines = [
            f"sip_listen {self.server}",
            "call_max_calls 1",
            f"audio_source aufile,{self.folder / 'silence.wav'}",
            "audio_alert none",
            "ausrc_srate 8000",
            "auplay_srate 8000",
            f"module_path {MODULES}",
            "module g711.so",
            "module aufile.so",
            "module sndfile.so",
            f"snd_path {self.folder}",
            "module_tmp account.so",
            "module_app menu.so",
            "module_app ctrl_tcp.so",
            f"ctrl_tcp_listen 127.0.0.1:{self.control_port}",
        ]
        return "\n".join(lines) + "\n"

    def _command(self, name: str, params: str = "") -> None:
        self._control.sendall(netstring(json.dumps({"command": name, "params": params}).encode()))

    def _read(self) -> None:
        netstrings = Netstrings()
        while received := self._control.recv(65536):
            for body in netstrings.feed(received):
                said = json.loads(body)
                if said.get("event"):
                    number = str(said.get("accountaor", "")).removeprefix("sip:").partition("@")[0]
                    self.happened.append(Happened(str(said["type"]), number, str(said.get("direction", ""))))


def samples(path: Path) -> Samples:
    """A WAV of 16 bits as numbers, also while it is being written and its header says nothing yet."""
    sound = path.read_bytes()[44:]
    return numpy.frombuffer(sound[: len(sound) // 2 * 2], dtype="<i2").astype(numpy.float64)


def share_heard(heard: Samples, said: Samples) -> float:
    """How much of what was said is found in what was heard: the share of its quarter seconds that are, wherever.

    Piece by piece, since a busy machine may swallow a packet here and there.
    """
    pieces = [said[at : at + PIECE] for at in range(0, len(said) - PIECE + 1, PIECE)]
    loud = [piece for piece in pieces if numpy.max(numpy.abs(piece)) > LOUD]
    return sum(_likeness(heard, piece) > 0.95 for piece in loud) / len(loud)


def _likeness(heard: Samples, said: Samples) -> float:
    """1.0: the same sound begins somewhere in `heard`, louder or softer; about 0.0: nothing of it is there."""
    places = len(heard) - len(said) + 1
    if places < 1:
        return 0.0
    size = 1 << len(heard).bit_length() + 1
    products = numpy.fft.irfft(numpy.fft.rfft(heard, size) * numpy.conj(numpy.fft.rfft(said, size)), size)[:places]
    energy = numpy.concatenate(([0.0], numpy.cumsum(heard**2)))
    there = energy[len(said) :] - energy[: -len(said)]
    return float(numpy.max(products / numpy.sqrt(numpy.maximum(there, 1.0) * (said @ said))))


def words_of(clip: Clip) -> Samples:
    """The words in a clip, without the silence behind them."""
    with wave.open(str(clip.path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
    return samples(clip.path)[: int(clip.words_s * 8000)]


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
