"""The machine: clock, memory, heat, power and the card that all is kept on."""

import ctypes
import os
from pathlib import Path

from gateway.doctor.findings import Finding, Patient, notice, ok, unknown, wrong

SET_BACK_S = 120.0
EARLIEST = 1_767_225_600.0  # 2026: before this program
LEAST_MB = 64.0
HOT_C = 80.0  # from here a Raspberry Pi slows itself down
_UNSYNCHRONISED = 5  # TIME_ERROR of adjtimex(2)
_TIMEX_BYTES = 512  # more than the kernel writes
_UNDERVOLTAGE_NOW, _UNDERVOLTAGE_BEFORE = 1 << 0, 1 << 16
_WORN_OUT = 0x0B  # of an eMMC's own estimate, in tenths of its life


def clock(patient: Patient) -> Finding:
    todo = "時刻同期を直してください (timedatectl)", "mend the synchronisation of the clock (timedatectl)"
    until = None if patient.notes is None else patient.notes.running_until
    if patient.real < EARLIEST:
        return wrong("時計が過去を指しています", "the clock stands in the past", *todo)
    if until is not None and until > patient.now + SET_BACK_S:
        hours = (until - patient.now) / 3600
        return wrong(
            f"時計が最後の記録より{hours:.1f}時間前です", f"the clock is {hours:.1f} h before the last commit", *todo
        )
    state = _synchronised()
    if state is None:
        return unknown("時刻同期の状態が分かりません", "nobody can say whether the clock is synchronised")
    if not state:
        return notice("時計が同期されていません", "the clock is not synchronised", *todo)
    return ok("時計は同期されています", "the clock is synchronised")


def _synchronised() -> bool | None:
    """What the kernel was told by whoever keeps its clock: timesyncd, chrony or ntpd."""
    try:
        state = int(ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES)))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else state != _UNSYNCHRONISED


def memory(patient: Patient) -> Finding:
    try:
        lines = (patient.root / "proc/meminfo").read_text(encoding="ascii").splitlines()
        free_mb = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) / 1000
    except (OSError, ValueError, StopIteration, IndexError):
        return unknown("メモリーの空きが分かりません", "not known how much memory is left")
    said = f"使えるメモリーは {free_mb:.0f} MB です", f"{free_mb:.0f} MB of memory are left"
    if free_mb < LEAST_MB:
        return wrong(
            *said, "ほかのプログラムを止めるか、再起動してください", "stop other programs, or start the machine again"
        )
    return ok(*said)


def heat(patient: Patient) -> Finding:
    found = [_number(zone / "temp") for zone in (patient.root / "sys/class/thermal").glob("thermal_zone*")]
    known = [milli / 1000 for milli in found if milli is not None]
    if not known:
        return unknown("温度を測れません", "this machine tells no temperature")
    said = f"本体の温度は {max(known):.0f} ℃ です", f"the machine is at {max(known):.0f} °C"
    if max(known) >= HOT_C:
        return wrong(*said, "風通しのよい、日の当たらない場所に移してください", "give it air, and shade from the sun")
    return ok(*said)


def power(patient: Patient) -> Finding:
    try:
        text = (patient.root / "sys/devices/platform/soc/soc:firmware/get_throttled").read_text(encoding="ascii")
        bits = int(text, 16)
    except (OSError, ValueError):
        return unknown(
            "電源電圧を知らせる機械ではありません", "this machine does not tell its voltage (a Raspberry Pi does)"
        )
    todo = "電源アダプターとケーブルを純正品に替えてください", "use the maker's power supply and a short cable"
    if bits & _UNDERVOLTAGE_NOW:
        return wrong("電源電圧が足りません", "the voltage is too low", *todo)
    if bits & _UNDERVOLTAGE_BEFORE:
        return notice(
            "起動してから電源電圧が足りないことがありました", "the voltage was too low since the start", *todo
        )
    return ok("電源電圧は足りています", "the voltage is enough")


def card(patient: Patient) -> Finding:
    """Whether the disk fails or is worn. SD cards do not tell how worn they are; eMMC does."""
    todo = "カード(ディスク)を早めに交換してください", "replace the card or disk soon"
    read_only = _read_only(patient)
    if read_only:
        return wrong(f"{read_only} が書き込み禁止になりました", f"{read_only} has become read-only", *todo)
    errors = sum(_number(one) or 0 for one in (patient.root / "sys/fs/ext4").glob("*/errors_count"))
    if errors:
        return wrong(
            f"ファイルシステムの誤りが{errors}件あります", f"the file system has counted {errors} errors", *todo
        )
    worn = [_worn(one) for one in (patient.root / "sys/block").glob("mmcblk*/device/life_time")]
    if not worn:
        return unknown("誤りはありません。消耗の度合いは分かりません", "no errors; how worn it is it does not tell")
    tenths = max(worn)
    said = f"記憶素子の消耗は{tenths * 10}%ほどです", f"its memory is worn by some {tenths * 10} %"
    if tenths >= _WORN_OUT:
        return wrong(*said, *todo)
    return notice(*said, *todo) if tenths >= _WORN_OUT - 2 else ok(*said)


def _read_only(patient: Patient) -> str | None:
    """Where data_dir lies, if that cannot be written to."""
    if patient.config is None:
        return None
    try:
        flags = os.statvfs(patient.config.data_dir).f_flag
    except OSError:
        return None
    return patient.config.data_dir if flags & os.ST_RDONLY else None


def _worn(path: Path) -> int:
    """The worse of the two halves of an eMMC, in tenths; 0: it does not say."""
    try:
        return max(int(half, 16) for half in path.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return 0


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
