"""A whole Debian of its own: made from Debian's packages, started by its own systemd, with nobody else on its network.

What is installed in it are the packages named; it reaches nobody, so what it installs must come with it.
"""

import itertools
import os
import subprocess
import time
from pathlib import Path
from types import TracebackType

PATIENCE_S = 180.0
PYTHONS = {"bookworm": "3.11", "trixie": "3.13"}
_BARE = ("systemd", "systemd-sysv", "dbus", "iproute2")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_numbers = itertools.count()


class Debian:
    """`suite` in the folder `root`; runs from `start` to `stop`, and keeps its files between."""

    def __init__(self, root: Path, suite: str, packages: tuple[str, ...]) -> None:
        self.root = root
        self.suite = suite
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0
        _checked([*_as_root(), "mmdebstrap", "--quiet", "--variant=minbase",
                  f"--include={','.join(_BARE + packages)}", suite, str(root), _mirror()])  # fmt: skip

    def __enter__(self) -> "Debian":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        _checked([*_as_root(), "rm", "-rf", "--one-file-system", str(self.root)])

    def start(self) -> None:
        """Boot it, and wait until systemd has started everything."""
        name = f"tomoshibi-{os.getpid()}-{next(_numbers)}"
        self._process = subprocess.Popen(
            [*_as_root(), "systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network", "--boot",
             f"--machine={name}", f"--directory={self.root}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            assert self._process.poll() is None, "systemd-nspawn could not start; this test needs root or sudo"
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
            self._leader = int(children[-1]) if children else 0
            if self._leader and "running" in self.run("systemctl is-system-running", check=False):
                return
            time.sleep(0.3)
        raise TimeoutError(f"{self.suite} did not start: {self.run('systemctl --failed --no-pager', check=False)}")

    def stop(self) -> None:
        """Shut it down as `poweroff` does."""
        if self._process is not None:
            self.run("systemctl poweroff", check=False)
            self._process.wait(timeout=PATIENCE_S)
            self._process = None

    def cut_power(self) -> None:
        """End it at once, whatever it is doing."""
        assert self._process is not None
        _checked([*_as_root(), "kill", "-KILL", str(self._leader)])
        self._process.wait(timeout=PATIENCE_S)
        self._process = None

    def enter(self, *, network_only: bool = False) -> list[str]:
        """What to put before a command so that it runs in here; network_only: with the files of this machine."""
        spaces = ["-n"] if network_only else ["-m", "-u", "-i", "-n", "-p"]
        return [*_as_root(), "nsenter", "-t", str(self._leader), *spaces, "--"]

    def run(self, script: str, *, check: bool = True) -> str:
        """What a script prints, both streams; fails when it does, unless `check` is false."""
        clean = ["env", "-i", f"PATH={_PATH}", "HOME=/root", "LANG=C.UTF-8"]
        done = subprocess.run(
            [*self.enter(), *clean, "bash", "-c", script],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{script}\n{done.stdout}"
        return done.stdout


def _as_root() -> list[str]:
    return [] if os.geteuid() == 0 else ["sudo", "-n"]


def _mirror() -> str:
    """Where this machine has its own packages from."""
    told = _checked(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages"])
    main = [repository for repository, suite in map(str.split, told.splitlines()) if "-" not in suite]
    assert main, f"this machine's apt knows no Debian to copy:\n{told}"
    return main[0]


def _checked(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command[:4]}: {done.stderr[-2000:]}"
    return done.stdout
