"""One gateway with 1,000 units: messages per second decoded, watched and committed, through a real mosquitto.

Beside it, in the same run, a peer that only receives and stores: paho with manual acknowledgement and the same group
commit into SQLite, without decoding or watching. What is between the two is what watching costs.
"""

import queue
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import paho.mqtt.client as paho
from contract import reports, topics
from contract.observations import Event
from paho.mqtt.enums import CallbackAPIVersion

from gateway.adapters.database import FILE
from tests.bench.goals import Goal, Judged
from tests.bench.processes import cpu_s, memory_mb
from tests.broker import Broker
from tests.scale import scaled

UNITS = 1000
MESSAGES = scaled(200_000)
# The messages wait in the broker before they are measured, and with the tests' persistence it would write all of them
# out again for each one.
BROKER_CONFIG = "max_queued_messages 0\nmax_inflight_messages 1000\nautosave_on_changes false\nautosave_interval 3600"
RATE = Goal("gateway, two messages per unit and minute", "≥", UNITS / 30, "/s")
_GATEWAY_ID, _PEER_ID = "tomoshibi-gateway-g1", "peer"
_EVENTS = f"{topics.ROOT}/+/event"


def main() -> list[Judged]:
    """Print one line."""
    with tempfile.TemporaryDirectory() as folder, Broker(BROKER_CONFIG) as broker:
        home = Path(folder)
        _configure(home, broker)
        for client_id in (_GATEWAY_ID, _PEER_ID):
            _make_session(broker, client_id)
        _publish(broker)
        peer = _measure(
            [sys.executable, "-m", "tests.bench.gateway", str(broker.port), str(home / "peer.sqlite")],
            lambda: _count(home / "peer.sqlite", "SELECT count(*) FROM message"),
        )
        ours = _measure(
            [sys.executable, "-m", "gateway", "run", "--config", str(home / "gateway.toml"), "--log-level", "warning"],
            lambda: _count(home / "data" / FILE, "SELECT count(*) FROM input WHERE boot IS NOT NULL"),
        )
    print(
        f"gateway, {UNITS} units: {ours[0]:,.0f} messages/s decoded, watched and committed, {ours[1]:.0f} µs CPU each, "
        f"{ours[2]:.0f} MB; peer that only stores: {peer[0]:,.0f}/s, {peer[1]:.0f} µs, {peer[2]:.0f} MB; "
        f"ratio {ours[0] / peer[0]:.2f} ({MESSAGES:,} messages)"
    )
    return [RATE.judge(ours[0])]


def _node(number: int) -> str:
    return f"pir-{number:04}"


def _configure(home: Path, broker: Broker) -> None:
    (home / "gateway.toml").write_text(
        f'gateway = "g1"\ndata_dir = "data"\n[broker]\nport = {broker.port}\n'
        '[backend]\nurl = "http://127.0.0.1:9"\ncredential = "g1.s"\n',
        encoding="utf-8",
    )
    units = [reports.UnitSettings(f"{number:04}") for number in range(UNITS)]
    nodes = [
        reports.NodePlace(_node(number), f"{number:04}", "hall", 0.0, mains=True, kinds=["motion"])
        for number in range(UNITS)
    ]
    (home / "building.json").write_bytes(msgspec.json.encode(reports.Building("Asia/Tokyo", units, nodes)))
    command = [sys.executable, "-m", "gateway", "configure", str(home / "building.json")]
    subprocess.run([*command, "--config", str(home / "gateway.toml")], check=True, stdout=subprocess.DEVNULL)


def _make_session(broker: Broker, client_id: str) -> None:
    """A session in which the broker keeps what is published from now on."""
    subscribed: queue.SimpleQueue[bool] = queue.SimpleQueue()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)
    client.on_connect = lambda *_: client.subscribe(_EVENTS, 1)
    client.on_subscribe = lambda *_: subscribed.put(True)
    client.connect(broker.host, broker.port)
    client.loop_start()
    subscribed.get(timeout=10)
    client.disconnect()
    client.loop_stop()


def _publish(broker: Broker) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    client.connect(broker.host, broker.port)
    client.loop_start()
    at = time.time() - MESSAGES / 1000
    for seq in range(MESSAGES):
        event = Event("bench", seq, "motion", {"count": 1}, at=round(at + seq / 1000, 3))
        last = client.publish(topics.event(_node(seq % UNITS)), event.encode(), 1)
        if seq % 1000 == 999:
            last.wait_for_publish(30)
    last.wait_for_publish(30)
    client.disconnect()
    client.loop_stop()


def _measure(command: list[str], done: Callable[[], int]) -> tuple[float, float, float]:
    """(messages per second, µs of CPU each, MB of memory) from the first committed message to the last."""
    process = subprocess.Popen(command)
    try:
        began, cpu, first = time.perf_counter(), cpu_s(process.pid), 0
        while done() == 0:  # it is only starting
            began, cpu = time.perf_counter(), cpu_s(process.pid)
            time.sleep(0.005)
        last = _wait(process, done, MESSAGES)
        elapsed, cpu = time.perf_counter() - began, cpu_s(process.pid) - cpu
        memory = memory_mb(process.pid)
    finally:
        process.terminate()
        process.wait(60)
    return (last - first) / elapsed, cpu / (last - first) * 1e6, memory


def _wait(process: "subprocess.Popen[bytes]", done: Callable[[], int], count: int) -> int:
    until = time.monotonic() + 300
    while (found := done()) < count:
        if process.poll() is not None or time.monotonic() > until:
            raise SystemExit(f"only {found} of {MESSAGES} messages were committed")
        time.sleep(0.02)
    return found


def _count(path: Path, query: str) -> int:
    if not path.exists():
        return 0
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return int(db.execute(query).fetchone()[0])
    except sqlite3.OperationalError:  # its tables are just being made
        return 0
    finally:
        db.close()


def peer(port: int, path: Path) -> None:
    """Receive, store, acknowledge; until told to stop."""
    arrived: queue.SimpleQueue[paho.MQTTMessage] = queue.SimpleQueue()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE message (id INTEGER PRIMARY KEY, topic TEXT, body BLOB)")
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=_PEER_ID, clean_session=False, manual_ack=True)
    client.on_message = lambda _client, _data, message: arrived.put(message)
    client.connect("127.0.0.1", port)
    client.loop_start()
    while True:
        batch = [arrived.get()]
        while len(batch) < 500 and not arrived.empty():
            batch.append(arrived.get())
        db.execute("BEGIN")
        db.executemany("INSERT INTO message (topic, body) VALUES (?, ?)", [(one.topic, one.payload) for one in batch])
        db.execute("COMMIT")
        for message in batch:
            client.ack(message.mid, message.qos)


if __name__ == "__main__":
    peer(int(sys.argv[1]), Path(sys.argv[2]))
