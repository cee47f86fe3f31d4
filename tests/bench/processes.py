"""What processes cost, as the kernel counts it: less at the mercy of what else runs on the machine than a clock is."""

import os
from pathlib import Path


def cpu_s(pid: int) -> float:
    """Seconds of CPU the process has used so far, its children that have ended not included."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def group_cpu_s(leader: int) -> float:
    """The same of a process and all that live in its process group, such as gunicorn's worker."""
    return sum(cpu_s(pid) for pid in _pids() if _group(pid) == leader)


def memory_mb(pid: int) -> float:
    """The most memory the process has ever held, in MB."""
    return _status_mb(pid, "VmHWM")


def held_mb(pid: int) -> float:
    """The memory the process holds now, in MB."""
    return _status_mb(pid, "VmRSS")


def _status_mb(pid: int, field: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def _group(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return None
