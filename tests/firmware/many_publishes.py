"""Publish COUNT numbered messages over the node's link, on either interpreter: many_publishes.py PORT COUNT.

Prints how many a second the broker has acknowledged.
"""

import asyncio
import sys
import time

from node.link import Link
from node.mqtt import LAST_ID


def milliseconds():
    ticks = getattr(time, "ticks_ms", None)
    return ticks() if ticks else time.monotonic_ns() // 1000000


async def publish_all(port, count):
    up = asyncio.Event()

    async def came_up():
        up.set()

    def ignore(topic, body):
        pass

    link = Link({"host": "127.0.0.1", "port": port}, "many", ("nothing",), ("will", b""), ignore, came_up)
    # However few are sent, half of them come after the identifier has wrapped.
    link._packet_id = max(0, LAST_ID - count // 2)
    running = asyncio.create_task(link.run())
    await up.wait()
    started = milliseconds()
    for number in range(count):
        await link.publish("many", str(number).encode())
    took_ms = milliseconds() - started
    running.cancel()
    assert link.connections == 1, link.last_fault
    print(count * 1000 // max(1, took_ms))


if __name__ == "__main__":
    asyncio.run(publish_all(int(sys.argv[1]), int(sys.argv[2])))
