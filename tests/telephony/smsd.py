"""gammu-smsd with its dummy modem, or with one that stands at a terminal of ours; and the network behind the dummy."""

import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

SCHEMA = Path("/usr/share/doc/gammu-smsd/examples/sqlite.sql")


class Smsd:
    """A gammu-smsd that looks every second; `lines` go into its configuration after ours and win over them."""

    def __init__(self, folder: Path, *, model: str = "dummy", device: str = "", lines: Sequence[str] = ()) -> None:
        self.folder, self.modem = folder, folder / "modem"
        self.modem.mkdir()
        self.database = folder / "smsd.db"
        with closing(sqlite3.connect(self.database)) as database:
            database.executescript(SCHEMA.read_text(encoding="utf-8"))
        settings = [
            "[gammu]",
            *([f"model = {model}", "connection = none"] if model == "dummy" else ["connection = at115200"]),
            f"device = {device or self.modem}",
            "[smsd]",
            "service = sql",
            "driver = sqlite3",
            f"dbdir = {folder}/",
            "database = smsd.db",
            f"logfile = {folder / 'log'}",
            "debuglevel = 1",
            "commtimeout = 1",
            "receivefrequency = 1",
            "statusfrequency = 1",
            "checksecurity = 0",
            "deliveryreport = sms",
            "deliveryreportdelay = 100000",
            "maxretries = 0",
            "pid =",
            *lines,
        ]
        (folder / "smsdrc").write_text("\n".join(settings) + "\n", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Smsd":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        command = ["setpriv", "--pdeathsig", "KILL", "gammu-smsd", "-c", str(self.folder / "smsdrc")]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, cwd=self.folder)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database, timeout=10)) as database, database:
            return database.execute(query, values).fetchall()

    def is_ready(self) -> bool:
        return bool(self.rows("SELECT 1 FROM phones"))

    def sent_to(self, number: str) -> list[str]:
        """The texts that the modem has sent to a number."""
        return [
            str(text) for (text,) in self.rows("SELECT TextDecoded FROM sentitems WHERE DestinationNumber = ?", number)
        ]

    # --- the network behind the dummy -------------------------------------------------------------------------------

    def receives(self, number: str, text: str, *, sent_ago_s: float = 0.0) -> None:
        """Let an SMS come in, as a phone writes it, which the network has had for `sent_ago_s`."""
        self._put(number, text, "Deliver", sent_ago_s=sent_ago_s)

    def receives_in_parts(self, number: str, texts: Sequence[str], reference: int = 42) -> None:
        """Let a long SMS come in, the last part first."""
        for n in range(len(texts), 0, -1):
            self._put(number, texts[n - 1], "Deliver", [f"UDH = 050003{reference:02X}{len(texts):02X}{n:02X}"])

    def reports(self, number: str, status: str) -> None:
        """Let the network say what became of the SMS to a number: gammu's "Delivered" or "Failed"."""
        more = ["MessageReference = 255", 'SMSC = "123456"', f"SMSCUnicode = {_hex('123456')}"]  # the dummy's own
        self._put(number, status, "Status_Report", more)

    def _put(self, number: str, text: str, kind: str, more: Sequence[str] = (), sent_ago_s: float = 0.0) -> None:
        sent = datetime.now(UTC) - timedelta(seconds=sent_ago_s)  # what bears no zone is UTC to gammu
        lines = [
            "[SMSBackup000]",
            f"PDU = {kind}",
            f"DateTime = {sent:%Y%m%dT%H%M%S}",
            "State = UnRead",
            f'Number = "{number}"',
            f"NumberUnicode = {_hex(number)}",
            f"Text00 = {_hex(text)}",
            "Coding = Unicode_No_Compression",
            "Folder = 1",
            f"Length = {len(text)}",
            "Class = -1",
            *more,
        ]
        inbox = self.modem / "sms" / "1"
        written = self.folder / "incoming"
        written.write_text("\n".join(lines) + "\n", encoding="utf-8")
        taken = {path.name for path in inbox.iterdir()} if inbox.exists() else set()
        inbox.mkdir(parents=True, exist_ok=True)
        free = next(str(n) for n in range(1, 100) if str(n) not in taken)
        shutil.move(written, inbox / free)


def _hex(text: str) -> str:
    return text.encode("utf-16-be", "surrogatepass").hex().upper()
