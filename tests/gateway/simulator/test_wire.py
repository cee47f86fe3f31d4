import asyncio
import contextlib
import gc
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.simulator.wire import Wire
from tests.broker import free_port

PATIENCE_S = 30.0


def run(told: Coroutine[None, None, None]) -> None:
    """Run it in a thread of its own: the browser's tests keep an event loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, told).result()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(line)
        await writer.drain()
    writer.close()


async def reach(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    for _ in range(1000):
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
    raise AssertionError("the wire does not listen")


async def story(cut: Path) -> None:
    far = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = free_port()
    wire = asyncio.ensure_future(Wire(port, far.sockets[0].getsockname()[1], cut).run())
    reader, writer = await reach(port)
    writer.write(b"one\n")
    assert await asyncio.wait_for(reader.readline(), PATIENCE_S) == b"one\n"
    cut.touch()
    writer.write(b"two\n")
    late, late_writer = await reach(port)
    late_writer.write(b"three\n")
    heard = asyncio.ensure_future(reader.readline())
    await asyncio.sleep(0.3)
    assert not heard.done(), "a cut wire carried a line"
    cut.unlink()
    assert await asyncio.wait_for(heard, PATIENCE_S) == b"two\n"
    assert await asyncio.wait_for(late.readline(), PATIENCE_S) == b"three\n"
    writer.close()
    assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
    wire.cancel()
    far.close()


def test_a_cut_wire_holds_everything_and_a_mended_one_carries_on(tmp_path: Path):
    run(story(tmp_path / "cut"))


def test_a_far_end_that_is_away_is_a_connection_that_closes(tmp_path: Path):
    async def story() -> None:
        port = free_port()
        wire = asyncio.ensure_future(Wire(port, free_port(), tmp_path / "cut", patience_s=0.3).run())
        reader, _ = await reach(port)
        assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
        wire.cancel()

    run(story())


def test_a_far_end_that_is_starting_is_waited_for(tmp_path: Path):
    async def story() -> None:
        port, target = free_port(), free_port()
        wire = asyncio.ensure_future(Wire(port, target, tmp_path / "cut").run())
        reader, writer = await reach(port)
        writer.write(b"early\n")
        await asyncio.sleep(0.3)
        far = await asyncio.start_server(echo, "127.0.0.1", target)
        assert await asyncio.wait_for(reader.readline(), PATIENCE_S) == b"early\n"
        writer.close()
        wire.cancel()
        far.close()

    run(story())


def test_a_wire_that_ends_takes_its_connections_along(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """Whatever they are doing: carrying, waiting at the cut, or for a far end that does not come."""
    cut = tmp_path / "cut"

    async def story() -> None:
        far = await asyncio.start_server(echo, "127.0.0.1", 0)
        ports = free_port(), free_port()
        targets = far.sockets[0].getsockname()[1], free_port()
        wires = [asyncio.ensure_future(Wire(*ends, cut).run()) for ends in zip(ports, targets, strict=True)]
        carrying, writer = await reach(ports[0])
        writer.write(b"one\n")
        assert await asyncio.wait_for(carrying.readline(), 30) == b"one\n"
        waiting = [carrying, (await reach(ports[1]))[0]]
        cut.touch()
        waiting.append((await reach(ports[0]))[0])
        for wire in wires:
            wire.cancel()
        await asyncio.wait(wires)
        left = [task for task in asyncio.all_tasks() if "Wire." in str(task.get_coro())]
        assert not left
        for reader in waiting:
            with contextlib.suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 30) == b""
        far.close()

    run(story())
    gc.collect()
    assert not caplog.records
