"""Play every watch on every home, on all cores."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from gateway.evaluation.home import Home
from gateway.evaluation.score import Score, score
from gateway.evaluation.watches import Watch


def judge(homes: Sequence[Home], watches: Sequence[Watch], progress: Callable[[], None]) -> list[dict[Watch, Score]]:
    """Return for each home what every watch came to, in the order given. `progress` is told of each that is done."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        waiting = [[pool.submit(_judge, home, watch) for watch in watches] for home in homes]
        for _ in as_completed([one for row in waiting for one in row]):
            progress()
        return [dict(zip(watches, [one.result() for one in row], strict=True)) for row in waiting]


def _judge(home: Home, watch: Watch) -> Score:
    return score(home, watch.says(home))
