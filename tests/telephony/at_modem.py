"""A modem at a terminal of ours: it speaks the AT commands that gammu wants, and refuses to send."""

import os
import re
import select
import threading
import tty
from types import TracebackType


class RefusingModem:
    """Answers every command, and every SMS with the network's refusal; `device` is what gammu is given."""

    def __init__(self, refusal: str = "+CMS ERROR: 38") -> None:  # 38: network out of order
        self.refused = 0
        self._refusal = refusal
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.device = os.ttyname(self._theirs)
        self._end, self._ended = os.pipe()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "RefusingModem":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.write(self._ended, b"x")
        self._thread.join()
        for descriptor in (self._ours, self._theirs, self._end, self._ended):
            os.close(descriptor)

    def _serve(self) -> None:
        kept = b""
        while self._end not in select.select([self._ours, self._end], [], [])[0]:
            kept += os.read(self._ours, 4096)
            while found := re.match(rb"[^\r\x1a\x1b]*[\r\x1a\x1b]", kept):
                kept = kept[found.end() :]
                self._answer(found.group())

    def _answer(self, said: bytes) -> None:
        command = said[:-1].decode("ascii", "replace").strip()
        if said.endswith(b"\x1b") or not command:
            return
        if said.endswith(b"\x1a"):
            self.refused += 1
            self._say(command, self._refusal)
        elif command.startswith("AT+CMGS="):
            os.write(self._ours, f"{command}\r\r\n> ".encode())
        elif command in ANSWERS or command.startswith(DONE):
            self._say(command, *ANSWERS.get(command, ()), "OK")
        else:
            self._say(command, "ERROR")  # a maker's own command

    def _say(self, command: str, *lines: str) -> None:
        answer = "".join(f"\r\n{line}\r\n" for line in lines)
        os.write(self._ours, f"{command}\r{answer}".encode())


DONE = (
    "ATE",
    "ATZ",
    "AT+CMEE=",
    "AT+CMGF=",
    "AT+CSCS=",
    "AT+CNMI=",
    "AT+CREG=",
    "AT+CGREG=",
    "AT+CMGL",
    "AT+CSMP=",
    "AT+CFUN=",
)
ANSWERS: dict[str, tuple[str, ...]] = {
    "AT": (),
    "AT+CGMI": ("Tests",),
    "AT+CGMM": ("Modem of tests",),
    "AT+CGMR": ("1",),
    "AT+CGSN": ("490154203237518",),
    "AT+CIMI": ("440100000000001",),
    "AT+CPIN?": ("+CPIN: READY",),
    "AT+CSQ": ("+CSQ: 20,99",),
    "AT+CBC": ("+CBC: 0,100",),
    "AT+CREG?": ('+CREG: 2,1,"0001","0001"',),
    "AT+CGREG?": ('+CGREG: 2,1,"0001","0001"',),
    "AT+COPS?": ('+COPS: 0,2,"44010"',),
    "AT+CSCS=?": ('+CSCS: ("GSM","UCS2","HEX")',),
    "AT+CSCS?": ('+CSCS: "GSM"',),
    "AT+CSCA?": ('+CSCA: "+81903101652",145',),
    "AT+CMGF=?": ("+CMGF: (0,1)",),
    "AT+CPMS=?": ('+CPMS: ("SM"),("SM"),("SM")',),
    "AT+CPMS?": ('+CPMS: "SM",0,20,"SM",0,20,"SM",0,20',),
    'AT+CPMS="SM","SM"': ("+CPMS: 0,20,0,20,0,20",),
    'AT+CPMS="SM"': ("+CPMS: 0,20,0,20,0,20",),
    "AT+CNMI=?": ("+CNMI: (0-2),(0-3),(0,2),(0-1),(0,1)",),
    "AT+CSMS?": ("+CSMS: 0,1,1,1",),
}
