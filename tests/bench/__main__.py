"""`make bench`: every figure of the project, measured now, on this machine, beside a peer's in the same run.

`python -m tests.bench paging storm` measures only these.
"""

import importlib
import sys

from tests.bench.goals import Judged

BENCHES = ("gateway", "broker", "browser", "paging", "storm", "heartbeats", "watch")


def main(names: list[str]) -> None:
    unknown = sorted(set(names) - set(BENCHES))
    if unknown:
        sys.exit(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    judged: list[Judged] = []
    for name in names or BENCHES:
        found: list[Judged] = importlib.import_module(f"tests.bench.{name}").main()
        for one in found:
            print(one.text, flush=True)
        judged += found
    print(f"bench: goals reached {sum(one.reached for one in judged)} of {len(judged)}")


if __name__ == "__main__":
    main(sys.argv[1:])
