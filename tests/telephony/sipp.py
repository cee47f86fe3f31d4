"""Telephone systems that behave badly, played by SIPp."""

import subprocess
import time
from pathlib import Path
from types import TracebackType

from tests.telephony.exchange import free_udp_port
from tests.telephony.waiting import eventually

_ANSWER = """<send><![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]x[call_number]
[last_Call-ID:]
{cseq}
{more}

{body}]]></send>"""
_SOUND = """v=0
o=peer 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio [media_port] RTP/AVP 0 101
a=rtpmap:0 PCMU/8000
a=rtpmap:101 telephone-event/8000
"""
USER, PASSWORD = "tomoshibi", "a-password"


def answer(status: str, more: str = "Content-Length: 0", body: str = "", cseq: str = "[last_CSeq:]") -> str:
    return _ANSWER.format(status=status, more=more, body=body, cseq=cseq)


def receive(request: str) -> str:
    return f'<recv request="{request}"/>'


def refuses(status: str) -> str:
    """Ends every call with that status at once."""
    return receive("INVITE") + answer(status) + receive("ACK")


def rings_only() -> str:
    """Rings until the caller gives up."""
    given_up = answer("487 Request Terminated", cseq="CSeq: 1 INVITE")
    return receive("INVITE") + answer("180 Ringing") + receive("CANCEL") + answer("200 OK") + given_up


def says_nothing() -> str:
    """Takes the call, and is never heard of again."""
    sound = "Contact: <sip:[local_ip]:[local_port]>\nContent-Type: application/sdp\nContent-Length: [len]"
    return receive("INVITE") + answer("200 OK", sound, _SOUND) + receive("ACK") + '<pause milliseconds="600000"/>'


def registers(secret: str = PASSWORD) -> str:
    """Lets in who knows the password."""
    challenge = 'WWW-Authenticate: Digest realm="exchange", nonce="47ebe028cda119c35d4877b383027d28", algorithm=MD5'
    checked = (
        '<recv request="REGISTER"><action>'
        f'<verifyauth assign_to="right" username="{USER}" password="{secret}"/></action></recv>'
        '<nop hide="true" test="right" next="welcome"/>'
    )
    welcome = answer("200 OK", "[last_Contact:]\nExpires: 60\nContent-Length: 0")
    return (
        receive("REGISTER")
        + answer("401 Unauthorized", challenge + "\nContent-Length: 0")
        + checked
        + answer("403 Forbidden")
        + '<nop next="end"/><label id="welcome"/>'
        + welcome
        + '<label id="end"/>'
    )


class Peer:
    """SIPp at `server`, playing one scenario in every call."""

    def __init__(self, folder: Path, scenario: str) -> None:
        self._folder = folder
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="peer">{scenario}</scenario>\n'
        (folder / "scenario.xml").write_text(text, encoding="utf-8")
        self._process = eventually(self._start, what="the start of SIPp")
        self.server = f"127.0.0.1:{self._port}"

    def _start(self) -> "subprocess.Popen[bytes] | None":
        """Start it on a port that is free; somebody else may be faster, and then on another."""
        self._port = free_udp_port()
        command = ["sipp", "-sf", "scenario.xml", "-i", "127.0.0.1", "-p", str(self._port), "-nostdin", "-nd"]
        with (self._folder / "sipp.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        while process.poll() is None:
            if self._listens():
                return process
            time.sleep(0.01)
        return None

    def __enter__(self) -> "Peer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    def _listens(self) -> bool:
        ports = [line.split()[1].rpartition(":")[2] for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
        return f"{self._port:04X}" in ports
