"""The machine that the workers of one run share: its tests go side by side, and one that measures runs alone."""

import fcntl
from pathlib import Path


class Machine:
    """Room for many or for one. Who waits to be alone holds the gate, so that nobody comes in meanwhile."""

    def __init__(self, folder: Path) -> None:
        self._gate = (folder / "gate").open("w")
        self._room = (folder / "room").open("w")

    def enter(self, *, alone: bool) -> None:
        """Wait until there is room; who is alone already stays so."""
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        fcntl.flock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        if not alone:
            fcntl.flock(self._gate, fcntl.LOCK_UN)

    def leave(self) -> None:
        fcntl.flock(self._room, fcntl.LOCK_UN)
        fcntl.flock(self._gate, fcntl.LOCK_UN)
