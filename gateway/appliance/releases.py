"""Going over to another release and, when that does not do, back. The machine may lose its power at any moment of it.

A release is on trial from the moment `current` names it until it has run well for a minute. If it fails on trial, the
one before comes back: from `upgrade` itself, or from the unit tomoshibi-comeback after the gateway failed five times.
"""

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from gateway.appliance.layout import (
    CURRENT,
    GATEWAY,
    PREVIOUS,
    PROGRAMS,
    RELEASES,
    STATE,
    TRIAL,
    USER,
    point,
    run,
    write,
)
from gateway.errors import GatewayError

_LOOK_EVERY_S = 2.0
_LONGEST_TRIAL_S = 86_400.0
_KEPT = STATE / "before"
_JOURNAL = "journal.sqlite*"

Say = Callable[[str], None]


def version_of(release: Path) -> str:
    return release.resolve().name


def upgrade(bundle: Path, watched_s: float, say: Say) -> None:
    """Run what is in `bundle` from now on. Raises GatewayError; then the release before runs again."""
    with tempfile.TemporaryDirectory(dir=PROGRAMS, prefix="incoming-") as folder:
        say(f"unpacking {bundle.name}")
        inside = _unpacked(bundle, Path(folder))
        version = (inside / "VERSION").read_text(encoding="utf-8").strip()
        if version == version_of(CURRENT):
            raise GatewayError(f"version {version} runs already")
        run(str(inside / "install.sh"), "--release-only")
    go_over(RELEASES / version, watched_s, say)
    _forget_all_but(version_of(CURRENT), version_of(PREVIOUS))


def rollback(watched_s: float, say: Say) -> None:
    """Run the release that ran before this one. Raises GatewayError; then this one runs again."""
    if not PREVIOUS.exists() or PREVIOUS.resolve() == CURRENT.resolve():
        raise GatewayError("there is no release to go back to: what ran before is gone, or never was")
    go_over(PREVIOUS.resolve(), watched_s, say)


def go_over(to: Path, watched_s: float, say: Say) -> None:
    """Put `to` on trial, and keep it if it does well. Raises GatewayError when it does not and is gone again."""
    before = _condition()
    here = CURRENT.resolve()
    say(f"version {to.name} takes the place of {here.name}")
    run("systemctl", "stop", GATEWAY)
    try:
        _keep_journal()
        write(TRIAL, json.dumps({"from": here.name, "to": to.name, "since": time.time()}))
        point(PREVIOUS, here)
        point(CURRENT, to)
    except (OSError, GatewayError) as error:  # nothing has been tried yet, and nobody watches
        TRIAL.unlink(missing_ok=True)
        _start()
        raise GatewayError(f"version {to.name} was not tried, and {here.name} runs again: {error}") from error
    problem = _trial(to, before, watched_s, say)
    if problem is None:
        TRIAL.unlink()
        say(f"version {to.name} runs well")
        return
    comeback(say)
    raise GatewayError(f"version {to.name} did not do ({problem}); version {here.name} runs again")


def comeback(say: Say) -> bool:
    """Give way to the release before, if the present one is on trial; whether it was.

    A trial that lost its power goes on for a day: what fails later than that fails for another reason.
    """
    if not TRIAL.exists():
        return False
    trial = json.loads(TRIAL.read_text(encoding="utf-8"))
    if not 0 <= time.time() - trial["since"] < _LONGEST_TRIAL_S:
        TRIAL.unlink()
        return False
    back = RELEASES / trial["from"]
    subprocess.run(["systemctl", "stop", GATEWAY], check=False)
    point(CURRENT, back)
    point(PREVIOUS, back)
    try:
        _lay(back)
        if not _can_read_journal(back):
            _put_journal_back(trial["to"])
            tried = f"version {trial['to']} had changed the journal"
            say(f"{tried}: the one of before is back, the changed one lies beside it")
    finally:  # with the other's settings it watches better than not at all
        TRIAL.unlink()
        _start()
    return True


def has_failed() -> bool:
    """Whether the gateway is down, and not only about to be started again."""
    return _shown()["ActiveState"] in ("failed", "inactive")


def _start() -> None:
    """What was started and stopped on purpose before counts as no failure."""
    subprocess.run(["systemctl", "reset-failed", GATEWAY], capture_output=True, check=False)
    run("systemctl", "start", GATEWAY)


def _unpacked(bundle: Path, into: Path) -> Path:
    # Not tarfile: the one of Debian 12 knows no filter against names that lead elsewhere.
    run("tar", "--extract", "--no-same-owner", "--file", str(bundle), "--directory", str(into))
    found = [one.parent for one in into.glob("*/VERSION")]
    if len(found) != 1:
        raise GatewayError(f"{bundle}: is no bundle of a release (it has no VERSION)")
    return found[0]


def _lay(release: Path) -> None:
    run(str(release / "bin/tomoshibi-gateway"), "lay-services")


def _trial(to: Path, before: set[str], watched_s: float, say: Say) -> str | None:
    """What is wrong with the release that `current` names; None when it has run well for so long."""
    try:
        _lay(to)
        _start()
    except GatewayError as error:
        return str(error)
    say(f"it has started, and is watched for {watched_s:.0f} s")
    until = time.monotonic() + watched_s
    while time.monotonic() < until:
        time.sleep(_LOOK_EVERY_S)
        shown = _shown()
        if shown["ActiveState"] != "active" or shown["NRestarts"] != "0":
            return "it ended by itself; see journalctl -u tomoshibi-gateway"
    worse = before - _condition()
    return f"no longer {', '.join(sorted(worse))}" if worse else None


def _shown() -> dict[str, str]:
    lines = run("systemctl", "show", GATEWAY, "-p", "ActiveState,NRestarts,StatusText").splitlines()
    return dict(line.split("=", 1) for line in lines)


def _condition() -> set[str]:
    """What the gateway says is well, as "broker ok"."""
    return {part for part in _shown().get("StatusText", "").split(", ") if part.endswith(" ok")}


def _keep_journal() -> None:
    """A copy of what the release before can read, made while nothing runs."""
    files = list(STATE.glob(_JOURNAL))
    needed = sum(file.stat().st_size for file in files)
    free = shutil.disk_usage(STATE).free
    if free < needed * 1.2:
        run("systemctl", "start", GATEWAY)
        raise GatewayError(
            f"no room to keep the journal ({needed >> 20} MB, {free >> 20} MB are free); make room first"
        )
    shutil.rmtree(_KEPT, ignore_errors=True)
    _KEPT.mkdir(mode=0o700)
    for file in files:
        shutil.copy2(file, _KEPT)


def _can_read_journal(release: Path) -> bool:
    told = subprocess.run([release / "bin/tomoshibi-gateway", "status", "--json"], capture_output=True, check=False)
    return told.returncode == 0


def _put_journal_back(tried: str) -> None:
    aside = STATE / f"changed-by-{tried}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    for file in STATE.glob(_JOURNAL):
        file.rename(aside / file.name)
    for file in _KEPT.glob(_JOURNAL):
        shutil.copy2(file, STATE)
        shutil.chown(STATE / file.name, USER, USER)


def _forget_all_but(*kept: str) -> None:
    for release in RELEASES.iterdir():
        if release.name not in kept:
            shutil.rmtree(release)
