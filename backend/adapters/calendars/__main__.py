"""The process of its own: an order comes in, what was read goes out."""

import resource
import sys

import msgspec

from backend.adapters.calendars.apart import CPU_S, MEMORY_BYTES, Order
from backend.adapters.calendars.reading import read


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    sys.stdout.buffer.write(msgspec.json.encode(read(order.data, order.zone, order.since, order.until)))


if __name__ == "__main__":
    main()
