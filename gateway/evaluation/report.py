"""The whole comparison: homes in, lines and pictures out."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.evaluation import frontier, home, table
from gateway.evaluation.choice import held_out
from gateway.evaluation.run import judge
from gateway.evaluation.score import pooled
from gateway.evaluation.watches import compared

Progress = Callable[[int], AbstractContextManager[Callable[[], None]]]


def evaluate(
    logs: Sequence[Path],
    zone: ZoneInfo | None,
    judged_from: float | None,
    entrance: Collection[str],
    pictures: Path | None,
    progress: Progress,
) -> Iterator[str]:
    """Yield what is to be shown. `progress` opens a bar of so many steps. Raises RecordingError, OSError."""
    homes = [home.read(log, zone, judged_from, entrance) for log in logs]
    watches = compared(entrance)
    with progress(len(homes) * len(watches)) as step:
        scores = judge(homes, watches, step)
    for one, found in zip(homes, scores, strict=True):
        yield from table.lines(one.name + ("" if one.outings is not None else " (outings unknown)"), found)
        yield ""
    together = {watch: pooled([found[watch] for found in scores]) for watch in watches}
    title = homes[0].name
    if len(homes) > 1:
        title = f"{len(homes)} homes together"
        yield from table.lines(title, together)
        yield ""
        yield from table.lines("each home judged by the dial that the others chose", held_out(scores))
        yield ""
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
        for path in frontier.draw(title, together, pictures):
            yield f"written: {path}"
