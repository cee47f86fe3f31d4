"""The frontier as a picture: what a shorter delay costs in needless checks, one line for each family of watches."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gateway.evaluation.score import Score, quantile
from gateway.evaluation.table import families
from gateway.evaluation.watches import Watch

_MARKS = "os^Dv"
_GOALS = {"median": (4.5, 0.25), "90 %": (7.5, 0.25)}
_WIDTH_IN, _HEIGHT_IN, _DPI = 11.0, 5.0, 120


def draw(title: str, scores: Mapping[Watch, Score], folder: Path) -> list[Path]:
    """Write `frontier.svg` and `frontier.png`: on the left the median delay, on the right the 90th percentile.

    Bars are the exact 95 % intervals. Raises OSError.
    """
    with mpl.rc_context({"svg.hashsalt": "tomoshibi", "svg.fonttype": "none"}):
        figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), dpi=_DPI, layout="constrained")
        figure.suptitle(title)
        left, right = figure.subplots(1, 2, sharey=True)
        _half(left, scores, "median", 0.5)
        _half(right, scores, "90 %", 0.9)
        left.set_ylabel("needless checks of residents at home, per 30 days")
        right.legend()
        paths = [folder / "frontier.svg", folder / "frontier.png"]
        for path in paths:
            figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    return paths


def _half(axes: Axes, scores: Mapping[Watch, Score], name: str, part: float) -> None:
    for number, members in enumerate(families(list(scores)).values()):
        _family(axes, {watch: scores[watch] for watch in members}, part, f"C{number}", number)
    axes.plot(*_GOALS[name], marker="*", markersize=16, color="black", linestyle="none", label="goal", zorder=3)
    axes.set_xlabel(f"hours from a collapse to the alarm, {name}")
    axes.set_yscale("symlog", linthresh=1.0)
    axes.set_ylim(bottom=-0.3)
    axes.grid(alpha=0.3)


def _family(axes: Axes, scores: Mapping[Watch, Score], part: float, colour: str, number: int) -> None:
    delays = [quantile(one.delays_h, part) for one in scores.values()]
    rates = [one.home_rate for one in scores.values()]
    spread = [[rate.per_30_days - rate.low for rate in rates], [rate.high - rate.per_30_days for rate in rates]]
    counts = [rate.per_30_days for rate in rates]
    axes.errorbar(delays, counts, yerr=spread, color=colour, linestyle="none", elinewidth=0.7, alpha=0.35)
    axes.plot(delays, counts, color=colour, marker=_MARKS[number], label=next(iter(scores)).family)
    for watch, delay, count in zip(scores, delays, counts, strict=True):
        axes.annotate(
            watch.dial,
            (delay, count),
            xytext=(0, 7 if number % 2 == 0 else -13),
            textcoords="offset points",
            ha="center",
            fontsize=8,
            color=colour,
        )
