"""`make chaos`: the full run, with its figures by fail point."""

import sys
import tempfile
from pathlib import Path

from tests.chaos.play import play
from tests.chaos.points import POINTS
from tests.postgres import Postgres

ALERTS, KILLS = 2_000, 500


def main() -> int:
    with tempfile.TemporaryDirectory() as home, Postgres() as server:
        played = play(Path(home), server.fresh(), alerts=ALERTS, kills=KILLS, everywhere=True)
    for point, count in sorted(played.kills.items()):
        print(f"{count:5} {point}")
    print(f"callbacks lost at dead processes: {played.lost_callbacks}")
    for case in (*played.verdict.lost, *played.verdict.doubled, *played.verdict.unexplained):
        print(case)
    never = sorted(POINTS.keys() - played.kills.keys())
    if never:
        print(f"nobody died at: {', '.join(never)}")
    print(played.line)
    return bool(played.verdict.lost or played.verdict.unexplained or never)


if __name__ == "__main__":
    sys.exit(main())
