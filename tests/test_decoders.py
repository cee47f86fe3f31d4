"""Every place at which bytes from outside are read: each takes any bytes, or refuses them with the error it promises.

What comes over HTTP is in tests/backend/web/test_doors.py, what comes by MQTT in tests/gateway/sources, what the
contract reads in tests/contract.
"""

import asyncio
import gzip
import json
import sqlite3
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from unittest.mock import patch
from zoneinfo import ZoneInfo

import httpx
import pytest
from contract.clock import SharedClock
from contract.reports import Batch, Restore
from hypothesis import given, settings
from node import config as node_config
from node import link as node_link
from node.store import Store

from backend.adapters.own_api import OwnApi
from backend.channels.line import LineApi
from backend.channels.modem.parts import Row, joined
from backend.channels.modem.spool import Spool
from backend.channels.twilio.client import OneShotHttp, TwilioAccount
from backend.channels.webpush import VapidKey, are_keys, is_service
from backend.config import Line, Twilio, load
from backend.errors import Ambiguous, ConfigError, DeliveryError
from gateway.adapters.backups import Backups
from gateway.adapters.durable import unit_of
from gateway.adapters.enrolment import asked_in
from gateway.adapters.recovery import RecoveryKey, key_in, set_key
from gateway.adapters.uplink import Backend
from gateway.cli import read_building
from gateway.config import BackendConfig, load_config
from gateway.core.watch import UnitWatch, WatchSettings
from gateway.core.watch_state import unpack
from gateway.errors import BackupError, GatewayError, RecordingError, UplinkError
from gateway.errors import ConfigError as GatewayConfigError
from gateway.learning import teach
from gateway.pairing import line_of
from gateway.recordings import report
from gateway.replay import replay
from gateway.simulator import recording
from tests.gateway.core.house import House
from tests.nasty import NASTY, bodies
from tests.scale import scaled

NOW = 1795400000.0

Read = Callable[[bytes, Path], object]


class Decoder(NamedTuple):
    """`read` is given the bytes and a folder; `refusals` are what it may raise; `good` is what it takes."""

    read: Read
    refusals: tuple[type[Exception], ...]
    good: bytes


def from_file(name: str, load: Callable[[Path], object]) -> Read:
    def read(body: bytes, folder: Path) -> object:
        path = folder / name
        path.write_bytes(body)
        return load(path)

    return read


def from_answer(ask: Callable[[], object], status: int = 200) -> Read:
    """What a server answers to `ask`, over httpx."""

    def read(body: bytes, _folder: Path) -> object:
        def answer(_transport: object, request: httpx.Request) -> httpx.Response:
            return httpx.Response(status, content=body, request=request)

        # Reading the machine's authorities anew each time would take longer than all else.
        with patch("httpx.HTTPTransport.handle_request", answer), patch("ssl.create_default_context"):
            return ask()

    return read


# --- the node ---------------------------------------------------------------------------------------------------------


class _Sink:
    def write(self, _packet: bytes) -> None:
        pass

    async def drain(self) -> None:
        pass


def _node_hears(body: bytes, _folder: Path) -> None:
    """The reader ends with the connection, whatever came, and says why."""

    async def hear() -> None:
        link = node_link.Link({}, "n", (), ("", b""), lambda _topic, _body: None, None)
        link._reader, link._writer = asyncio.StreamReader(), _Sink()
        link._reader.feed_data(body)
        link._reader.feed_eof()
        await link._read_all()
        assert link.last_fault

    with ThreadPoolExecutor(1) as thread:  # a browser's loop may still run in this one
        thread.submit(asyncio.run, hear()).result()


def _node_keeps(path: Path) -> None:
    again = Store(str(path))
    assert len(Store(str(path))) == len(again), "what was put aside is gone"


# --- the gateway ------------------------------------------------------------------------------------------------------

BACKEND = BackendConfig("http://127.0.0.1", "g.secret")


def _replayed(path: Path) -> None:
    replay(path, path.with_name("deadlines"), path.with_name("alarms"), None)


def _asked(path: Path) -> None:
    asked = asked_in(path.parent)
    assert asked is None or line_of(asked, ZoneInfo("Asia/Tokyo"))


def _paired(path: Path) -> None:
    written = path.with_name("gateway.toml")
    written.write_text('data_dir = "."\n[backend]\nurl = "http://127.0.0.1"\n')
    assert load_config(written).is_paired


def _opened(body: bytes, folder: Path) -> None:
    set_key(folder, RecoveryKey(bytes(16)))
    Backups("gw5", folder).open(Restore("101", body.decode("utf-8", "replace")))


def _sealed() -> bytes:
    with TemporaryDirectory() as folder:
        set_key(Path(folder), RecoveryKey(bytes(16)))
        return Backups("gw5", Path(folder)).seal("101", b"learned").sealed.encode()


def _taught(path: Path) -> None:
    teach(unit_of(House().core, "101"), path, NOW)


def _played(path: Path) -> None:
    lines = list(recording.rows(path))
    recording.sensors(lines)
    recording.choose_span(lines, None, None)
    recording.write_past(path.with_name("past.gz"), lines, NOW)
    for line in lines:
        report(line)


# --- the backend ------------------------------------------------------------------------------------------------------


def _twilio() -> None:
    account = TwilioAccount.of(Twilio("AC1", "token", "+815011110000"), "https://watch.example")
    OneShotHttp(account).request("GET", "https://api.twilio.com/x")


def _line() -> None:
    LineApi(Line("token", "secret")).probe()


def _modem_joins(body: bytes, _folder: Path) -> None:
    text = body.decode("utf-8", "replace")
    headers = text[:280], body[:140].hex()  # no SMS has a longer one
    joined([Row(n, "+819011110001", text, "", float(n), -float(n), header) for n, header in enumerate(headers)])


def _modem_reads(body: bytes, folder: Path) -> None:
    """Rows whose every column, whatever its type should be, holds the bytes, as a blob and as text."""
    path, body = folder / "smsd.db", body[:1000]  # no row is longer
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute("CREATE TABLE inbox (ID INTEGER PRIMARY KEY, SenderNumber, TextDecoded, ReceivingDateTime,"
                         " UpdatedInDB, UDH, RecipientID, Processed DEFAULT 'false')")  # fmt: skip
        for value in (body, body.decode("utf-8", "replace"), None):
            database.execute("INSERT INTO inbox VALUES (NULL, ?, ?, ?, ?, ?, ?, 'false')", (value,) * 6)
        database.commit()
    arrived = Spool(path, "").unread()
    assert sum(len(one.ids) for one in arrived) == 3
    assert not any(one.waits for one in arrived)


def _push(body: bytes, _folder: Path) -> None:
    text = body.decode("utf-8", "surrogateescape")
    is_service(text, ("https://push.example", "https://*.push.example"))
    are_keys(text, text)


CSV = b"time,node,room,kind,value\n" + b"".join(
    b"2026-11-%02dT%02d:00:00+09:00,pir-1,kitchen,%b,1\n" % (day, hour, kind)
    for day, hour, kind in ((1, 7, b"motion"), (2, 7, b"contact"), (2, 9, b"power"), (3, 8, b"motion"))
)
NODE = json.dumps(
    {
        "node": "n-101-hall",
        "broker": {"host": "127.0.0.1", "port": 1883, "tls": {"ca": "ca", "name": "n"}},
        "inputs": ["motion"],
        "mains": True,
        "data_dir": "/d",
    }
).encode()
GATEWAY = b"""
gateway = "g"
data_dir = "data"
zone = "Asia/Tokyo"
[broker]
host = "127.0.0.1"
port = 1883
[backend]
url = "http://127.0.0.1:8000"
credential = "g.secret"
[zigbee2mqtt]
emergency_buttons = ["sos"]
[tasmota.inputs]
"hall/Switch1" = "door"
[esphome.entities]
"bath/radar" = "presence"
[echonet]
[homeassistant]
announce = true
"""
BUILDING = b"""{"zone":"Asia/Tokyo","units":[{"unit":"101"}],
"nodes":[{"node":"hall","unit":"101","room":"hall","since":1,"mains":true,"kinds":["motion"]}]}"""
INSTALLATION = b"""
database_url = "sqlite:///x.db"
secret_key = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
port = 8080
[sip]
server = "127.0.0.1"
lines = [{user = "a", number = "+815011110000"}]
recordings = "/"
[email]
host = "mail.example"
sender = "a@watch.example"
[operator]
email = "it@watch.example"
[limits]
gateway_red_s = 90.0
"""

DECODERS = {
    "a node's MQTT": Decoder(_node_hears, (), b"\x32\x0b\x00\x03a/b\x00\x01body\x40\x02\x00\x01\xd0\x00"),
    "a node's store": Decoder(
        from_file("unsent.jsonl", _node_keeps), (), b'["a",1,"door","open",1795400000000]\n["a",2,"smoke",true,null]\n'
    ),
    "a node's configuration": Decoder(
        from_file("node.json", lambda path: node_config.load(str(path))), (node_config.ConfigError,), NODE
    ),
    "the shared clock": Decoder(
        from_file("clock.json", lambda path: SharedClock(str(path)).now()),
        (ValueError,),
        b'{"real": 1795400000.0, "domain": 1795400000.0, "rate": 60.0}',
    ),
    "the gateway's configuration": Decoder(from_file("gateway.toml", load_config), (GatewayConfigError,), GATEWAY),
    "a building": Decoder(from_file("building.json", read_building), (GatewayConfigError,), BUILDING),
    "the reply to reports": Decoder(
        from_answer(lambda: Backend(BACKEND).send(Batch("j", NOW, []))),
        (UplinkError,),
        b'{"results":[{"seq":1,"result":"stored"}]}',
    ),
    "the reports' refusal": Decoder(
        from_answer(lambda: Backend(BACKEND).send(Batch("j", NOW, [])), 422), (UplinkError,), b'{"title":"no"}'
    ),
    "the commands": Decoder(
        from_answer(lambda: Backend(BACKEND).commands(0, 0.0)),
        (UplinkError,),
        b'{"commands":[{"n":1,"command":{"type":"configure","building":' + BUILDING + b"}}]}",
    ),
    "the answer to a gateway that asks to be taken in": Decoder(
        from_answer(lambda: Backend(BACKEND).enrol("0" * 64)),
        (UplinkError,),
        b'{"enrolment":"a1","code":"AAAABBBB","expires_in_s":900.0}',
    ),
    "what became of it": Decoder(
        from_answer(lambda: Backend(BACKEND).enrolment("a1")), (UplinkError,), b'{"state":"paired","gateway":"gw5"}'
    ),
    "the answer to who wants what was learned": Decoder(
        from_answer(lambda: Backend(BACKEND).want_restores("k")), (UplinkError,), b'{"units":2,"opened_by_key":1}'
    ),
    "what a gateway has asked for": Decoder(
        from_file("enrolment.json", _asked),
        (),
        b'{"secret":"s","enrolment":"a1","code":"AAAABBBB","expires_at":1795400000.0,"problem":""}',
    ),
    "a gateway's credential": Decoder(from_file("credential", _paired), (GatewayConfigError,), b"gw5.a-secret\n"),
    "a recovery key": Decoder(
        from_file("recovery.key", lambda path: key_in(path.parent)),
        (BackupError,),
        RecoveryKey(bytes(16)).written().encode(),
    ),
    "what comes back of what was learned": Decoder(_opened, (BackupError,), _sealed()),
    "a recording to replay": Decoder(from_file("log.csv", _replayed), (RecordingError,), CSV),
    "a packed recording": Decoder(from_file("log.csv.gz", _replayed), (RecordingError,), gzip.compress(CSV)),
    "a recording to learn from": Decoder(from_file("log.csv", _taught), (GatewayError,), CSV),
    "a packed recording to learn from": Decoder(from_file("log.csv.gz", _taught), (GatewayError,), gzip.compress(CSV)),
    "a recording to play": Decoder(from_file("log.csv", _played), (RecordingError, OSError), CSV),
    "a packed recording to play": Decoder(
        from_file("log.csv.gz", _played), (RecordingError, OSError), gzip.compress(CSV)
    ),
    "what a watch had learned": Decoder(
        lambda body, _folder: unpack(zlib.compress(body, 1), 56),
        (ValueError,),
        zlib.decompress(UnitWatch(ZoneInfo("Asia/Tokyo"), WatchSettings()).dump()),
    ),
    "the installation's configuration": Decoder(
        from_file("backend.toml", lambda path: load(str(path), {})), (ConfigError,), INSTALLATION
    ),
    "the self-test's answer": Decoder(
        from_answer(lambda: OwnApi("http://127.0.0.1").report("g.secret", Batch("j", NOW, []))),
        (DeliveryError,),
        b'{"results":[]}',
    ),
    "Twilio's answer": Decoder(from_answer(_twilio), (DeliveryError, Ambiguous), b'{"sid":"SM1"}'),
    "LINE's refusal": Decoder(from_answer(_line, 400), (DeliveryError, Ambiguous), b'{"message":"no"}'),
    "the parts of an SMS": Decoder(_modem_joins, (), b"050003A10201"),
    "the modem's inbox": Decoder(_modem_reads, (), b"2026-11-23 12:00:00"),
    "a push subscription": Decoder(_push, (), b"https://a.push.example:443/send/1"),
    "a push key": Decoder(lambda body, _folder: VapidKey(body.decode("latin-1")), (ConfigError,), b"k" * 43),
}


@pytest.mark.parametrize("name", DECODERS)
def test_what_is_good_is_taken(name: str, tmp_path: Path) -> None:
    if not name.endswith("refusal"):
        DECODERS[name].read(DECODERS[name].good, tmp_path)


@pytest.mark.parametrize("name", DECODERS)
def test_nasty_bodies_are_taken_or_refused(name: str, tmp_path: Path) -> None:
    for body in NASTY.values():
        _try(DECODERS[name], body, tmp_path)


@pytest.mark.parametrize("name", DECODERS)
def test_any_bytes_are_taken_or_refused(name: str, tmp_path: Path) -> None:
    decoder = DECODERS[name]

    @settings(max_examples=scaled(500, least=30))
    @given(bodies(decoder.good))
    def check(body: bytes) -> None:
        _try(decoder, body, tmp_path)

    check()


def _try(decoder: Decoder, body: bytes, folder: Path) -> None:
    try:
        decoder.read(body, folder)
    except decoder.refusals as error:
        assert str(error)
