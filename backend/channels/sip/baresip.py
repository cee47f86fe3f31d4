"""A baresip of our own: its configuration, its start and its end."""

import logging
import shutil
import socket
import subprocess
import time
import wave
from collections.abc import Callable
from pathlib import Path

from backend.channels.sip.control import Control, ControlLost, Event
from backend.channels.sip.speech import RATE_HZ
from backend.config import Sip, SipAccount

MODULES = "/usr/lib/baresip/modules"  # Debian's
START_S = 10.0
GOODBYE_S = 1.0
REGISTER_S = 60  # how soon a line that is down is noticed
SILENCE_S = 60  # what a call says before we give it words; a file that ends would end the call

log = logging.getLogger(__name__)


class Baresip:
    """Runs from here until `close`, with one account and room for one call; it dies with the thread that made it.

    `folder` is its own and is emptied first. Raises ControlLost when it does not start.
    """

    def __init__(self, folder: Path, sip: Sip, account: SipAccount, happened: Callable[[Event | None], None]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        silence = folder / "silence.wav"
        write_silence(silence)
        port = free_port()
        (folder / "config").write_text(configuration(sip, port, silence), encoding="utf-8")
        (folder / "accounts").touch()
        # Whatever kills us takes it along: a call that nobody listens to must not go on.
        command = ["setpriv", "--pdeathsig", "KILL", "baresip", "-f", str(folder)]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder
            )
        except OSError as error:
            raise ControlLost(f"baresip cannot be started: {error}") from error
        try:
            self._control = self._connect(port, happened)
            # Only now, so that we hear whether it was let in; and no password lies in a file.
            self._command("uanew", account_line(sip, account))
        except BaseException:
            self._kill()
            raise

    def _connect(self, port: int, happened: Callable[[Event | None], None]) -> Control:
        until = time.monotonic() + START_S
        while self._process.poll() is None and time.monotonic() < until:
            try:
                control = Control(port, happened)
            except OSError:
                time.sleep(0.02)
                continue
            control.command("reginfo")  # whoever listens there must be baresip
            return control
        raise ControlLost(f"baresip does not start (exit status {self._process.poll()})")

    def dial(self, uri: str) -> None:
        """Begin a call. Raises ValueError when baresip refuses, ControlLost."""
        self._control.command("dial", uri)

    def play(self, path: Path) -> None:
        """Say what is in a file from now on. Raises ControlLost."""
        self._command("ausrc", f"aufile,{path}")

    def pick_up(self) -> None:
        """Take the call that comes in. Raises ControlLost."""
        self._command("accept")

    def hang_up(self) -> None:
        """End the call, or refuse the one that comes in. Raises ControlLost."""
        self._command("hangup")

    def _command(self, name: str, params: str = "") -> None:
        try:
            self._control.command(name, params)
        except ValueError as error:
            raise ControlLost(str(error)) from error

    def close(self) -> None:
        """Let it say goodbye to the telephone system, but not for long."""
        self._process.terminate()
        try:
            self._process.wait(timeout=GOODBYE_S)
        except subprocess.TimeoutExpired:
            log.debug("baresip does not end by itself")
        self._kill()
        self._control.close()

    def _kill(self) -> None:
        self._process.kill()
        self._process.wait()


def configuration(sip: Sip, control_port: int, silence: Path) -> str:
    """baresip's config file: no sound card, no keyboard, one call."""
    return "\n".join(
        [
            "poll_method epoll",
            f"sip_listen {sip.listen_host}:0",
            f"call_local_timeout {sip.ring_s * 4}",  # ours is shorter
            "call_max_calls 1",
            f"audio_source aufile,{silence}",
            "audio_alert none",
            f"ausrc_srate {RATE_HZ}",
            f"auplay_srate {RATE_HZ}",
            "rtp_ports 10000-20000",
            "statmode_default off",
            f"module_path {MODULES}",
            "module g711.so",
            "module aufile.so",
            "module_tmp account.so",
            "module_app menu.so",
            "module_app ctrl_tcp.so",
            f"ctrl_tcp_listen 127.0.0.1:{control_port}",
            "",
        ]
    )


def account_line(sip: Sip, account: SipAccount) -> str:
    """An account as baresip writes it. The configuration has let through nothing that could end it early."""
    parts = [f"<sip:{account.user}@{sip.server};transport={sip.transport}>"]
    parts.append(f"regint={REGISTER_S if sip.register else 0}")
    parts.append("answermode=manual")
    parts.append("audio_codecs=PCMU/8000/1,PCMA/8000/1")
    if account.password:
        parts += [f"auth_user={account.auth_user or account.user}", f"auth_pass={account.password}"]
    return ";".join(parts)


def write_silence(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(b"\0\0" * RATE_HZ * SILENCE_S)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
