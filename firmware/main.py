"""The node. `python firmware/main.py CONFIG`, or on MicroPython with MICROPYPATH=.frozen:firmware/lib:firmware."""

import asyncio
import sys


def _find_contract() -> None:
    """Let CPython see `contract`, which lies beside this file; a board has `lib` on its path already."""
    folder = __file__.rpartition("/")[0] or "."
    for path in (folder, folder + "/lib"):
        if path not in sys.path:
            sys.path.append(path)


_find_contract()

from hal.host import Bench, Board  # noqa: E402
from node import config  # noqa: E402
from node.program import Program  # noqa: E402


async def run(path: str) -> None:
    """Raises ConfigError or OSError when it cannot start; otherwise it goes on for ever."""
    settings = config.load(path)
    board = Board()
    program = Program(settings, board)
    port = settings.get("bench_port")
    if port is not None:
        await Bench(program).start(port, settings["data_dir"])
    await program.run()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: main.py CONFIG")
    try:
        asyncio.run(run(sys.argv[1]))
    except (config.ConfigError, OSError) as error:
        sys.exit(f"node: {error}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
