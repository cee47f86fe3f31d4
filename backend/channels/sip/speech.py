"""What is said, as sound: sentence by sentence, recorded by a person or read aloud by a program, and kept.

Japanese is read by Open JTalk (japanese.py), since espeak-ng knows no kanji; English by espeak-ng. sox makes 8 kHz of
whatever they say. The texts go in on standard input: a command line is shown to every user of the machine.
"""

import hashlib
import re
import subprocess
import sys
import tempfile
import threading
import unicodedata
import wave
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

RATE_HZ = 8000  # of a telephone
BEFORE_S = 0.3  # the ear needs a moment after the click
BETWEEN_S = 0.25  # sentences
AFTER_S = 30.0  # silence behind the words: at a file's end baresip ends the call, and that is for us to decide
KEPT = 300  # sentences
PROGRAM_S = 40.0  # a busy machine is slow; a call that is picked up meanwhile is silent, but for less than SILENCE_S
ENDS = re.compile(r"(?<=[。！？])\s*|(?<=[.!?])\s+")
JAPANESE = (sys.executable, "-I", str(Path(__file__).with_name("japanese.py")))
ENGLISH = ("espeak-ng", "-v", "en", "-s", "150", "--stdin", "-w")
TO_TELEPHONE = ("-r", str(RATE_HZ), "-c", "1", "-b", "16", "-e", "signed-integer", "-t", "wav")


class Speechless(Exception):  # noqa: N818  (says what happened)
    """A sentence cannot be said: a program is missing, fails or hangs, or a file cannot be written."""


@contextmanager
def _writing() -> Iterator[None]:
    """Whoever has picked up must not wait in silence for a disk that is full: the next provider calls."""
    try:
        yield
    except OSError as error:
        raise Speechless(f"a file cannot be written: {error}") from error


class Clip(Struct, frozen=True):
    """Something to say, in a file; `words_s` is how long the words take, without the silence behind them."""

    path: Path
    words_s: float


class Speech:
    """Makes clips. Any thread may ask; what is being made is waited for and not made twice.

    `folder` holds what was made, residents' names among it, and must be nobody else's to read. In `recordings`, if
    there is such a folder, "ja/受け付けました.wav" is a person's own voice for that sentence.
    """

    def __init__(self, folder: Path, recordings: Path | None = None) -> None:
        self._folder = folder
        self._recorded = dict(_recorded(recordings)) if recordings else {}
        self._made: OrderedDict[tuple[str, str], Path] = OrderedDict()
        self._making = threading.Lock()

    @_writing()
    def prepare(self, language: str, text: str) -> None:
        """Make every sentence of a text ahead. Raises Speechless."""
        self._sounds(language, sentences_of(text))

    @_writing()
    def clip(self, language: str, texts: Sequence[str], path: Path) -> Clip:
        """Write the words of `texts` into `path`, one after the other. Raises Speechless."""
        sounds = self._sounds(language, [sentence for text in texts for sentence in sentences_of(text)])
        words = _silence(BEFORE_S) + b"".join(sounds)
        with path.open("wb") as written, wave.open(written, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(words + _silence(AFTER_S))
        return Clip(path, len(words) / 2 / RATE_HZ)

    def _sounds(self, language: str, sentences: Sequence[str]) -> list[bytes]:
        with self._making:
            missing = [sentence for sentence in dict.fromkeys(sentences) if (language, sentence) not in self._made]
            if missing:
                self._make(language, missing)
            for sentence in sentences:
                self._made.move_to_end((language, sentence))
            sounds = [_samples(self._made[language, sentence]) for sentence in sentences]
            while len(self._made) > KEPT:
                self._made.popitem(last=False)[1].unlink(missing_ok=True)
            return sounds

    def _make(self, language: str, sentences: Sequence[str]) -> None:
        with tempfile.TemporaryDirectory(dir=self._folder) as raw:
            own = {sentence: self._recorded.get((language, plain(sentence))) for sentence in sentences}
            read = [sentence for sentence in sentences if own[sentence] is None]
            _read_aloud(language, read, Path(raw))
            for sentence in sentences:
                source = own[sentence] or Path(raw, f"{read.index(sentence)}.wav")
                path = self._folder / (hashlib.sha256(f"{language}\n{sentence}".encode()).hexdigest()[:32] + ".wav")
                _run(("sox", str(source), *TO_TELEPHONE, str(path), "gain", "-n", "-3", "pad", "0", str(BETWEEN_S)))
                self._made[language, sentence] = path


def sentences_of(text: str) -> list[str]:
    """Cut a text behind its full stops."""
    return [" ".join(sentence.split()) for sentence in ENDS.split(text) if sentence.strip()]


def plain(sentence: str) -> str:
    """A sentence as a file may be named: without its full stop, the same in every way of writing its characters."""
    return unicodedata.normalize("NFKC", sentence).strip().rstrip("。.!?").replace("/", " ")


def _recorded(folder: Path) -> Iterator[tuple[tuple[str, str], Path]]:
    for path in sorted(folder.glob("*/*.wav")):
        yield (path.parent.name, plain(path.stem)), path


def _read_aloud(language: str, sentences: Sequence[str], folder: Path) -> None:
    if language == "ja" and sentences:
        _run((*JAPANESE, str(folder)), "\n".join(sentences))
    elif sentences:
        for n, sentence in enumerate(sentences):
            _run((*ENGLISH, str(folder / f"{n}.wav")), sentence)


def _run(command: Sequence[str], given: str = "") -> None:
    try:
        subprocess.run(command, input=given.encode(), capture_output=True, timeout=PROGRAM_S, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or b""
        raise Speechless(f"{error} {said[-300:].decode('utf-8', 'replace')}".strip()) from error


def _samples(path: Path) -> bytes:
    try:
        with wave.open(str(path), "rb") as file:
            return file.readframes(file.getnframes())
    except (OSError, wave.Error, EOFError) as error:
        raise Speechless(f"{path.name} cannot be read: {error}") from error


def _silence(seconds: float) -> bytes:
    return b"\0\0" * int(seconds * RATE_HZ)
