"""The watch on real recordings, which are not the project's: `make test-recordings LOGS=folder`.

The folder holds the recordings and their outings; the scorer that judges them lies in `eval` beside it.
"""

import csv
import gzip
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.evaluation import frontier, table
from gateway.evaluation.choice import held_out
from gateway.evaluation.home import read
from gateway.evaluation.run import judge
from gateway.evaluation.score import Score, pooled, quantile
from gateway.evaluation.watches import compared
from gateway.replay import replay

pytestmark = pytest.mark.recordings

HOMES = [
    ("home1-dev", "Europe/Paris", "2017-05-31T12:00+02:00"),
    ("casas-al", "America/Los_Angeles", "2011-06-29T22:25-07:00"),
]


@pytest.fixture(scope="module")
def logs() -> Path:
    """The folder of recordings; without it these tests fail, for they would prove nothing."""
    folder = Path(os.environ.get("LOGS", ""))
    if not os.environ.get("LOGS") or not (folder / "home1-dev.csv.gz").is_file():
        pytest.fail("no recordings: run `make test-recordings LOGS=folder` with the folder that holds home1-dev.csv.gz")
    return folder


def score(logs: Path, home: str, since: str, deadlines: Path, cuts: int = 4000) -> dict[str, float]:
    """What the scorer says, as figures, of so many instants drawn at random; its own lines are printed."""
    command = [sys.executable, str(logs.parent / "eval" / "score.py"), str(logs / f"{home}.csv.gz")]
    command += [str(logs / f"{home}.outings.csv"), str(deadlines), "--from", since, "--cuts", str(cuts)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    print(home, deadlines.stem, printed, sep="\n")
    found = re.search(
        r"home (\d+) .* away (\d+) .*\ndelay h: median ([\d.]+)  p90 ([\d.]+) .*median ([\d.]+)  p90 ([\d.]+)", printed
    )
    assert found is not None, printed
    return dict(
        zip(("home", "away", "median", "p90", "day_median", "day_p90"), map(float, found.groups()), strict=True)
    )


def fixed_limit(log: Path, deadlines: Path, hours: float) -> None:
    """The deadlines of a watch that always waits for `hours`."""
    with gzip.open(log, "rt") as source, deadlines.open("w", newline="") as target:
        said = csv.writer(target)
        said.writerow(("time", "deadline"))
        for row in csv.DictReader(source):
            if row["kind"] == "contact" or (row["kind"] == "motion" and row["value"] == "1"):
                due = datetime.fromisoformat(row["time"]) + timedelta(hours=hours)
                said.writerow((row["time"], due.isoformat()))


@pytest.mark.parametrize(("home", "zone", "since"), HOMES)
def test_the_watch_beats_a_fixed_limit_of_eight_hours(
    logs: Path, tmp_path: Path, home: str, zone: str, since: str
) -> None:
    log = logs / f"{home}.csv.gz"
    replay(log, tmp_path / "watch.csv", None, ZoneInfo(zone))
    fixed_limit(log, tmp_path / "fixed.csv", 8.0)
    watch = score(logs, home, since, tmp_path / "watch.csv")
    fixed = score(logs, home, since, tmp_path / "fixed.csv")
    assert watch["home"] <= fixed["home"]
    assert watch["away"] <= fixed["away"]
    for delay in ("median", "p90", "day_median", "day_p90"):
        assert watch[delay] < fixed[delay]


@pytest.mark.timeout(900)
def test_nothing_else_is_quicker_at_as_few_needless_checks(logs: Path, tmp_path: Path) -> None:
    """Judged by our own scorer, which must agree with the other. The tables are printed, the strangers' included."""
    homes = [
        read(logs / f"{home}.csv.gz", ZoneInfo(zone), datetime.fromisoformat(since).timestamp())
        for home, zone, since in HOMES
    ]
    watches = compared()
    scores = judge(homes, watches, lambda: None)
    together = {watch: pooled([one[watch] for one in scores]) for watch in watches}
    for title, found in [*zip([home.name for home in homes], scores, strict=True), ("together", together),
                         ("each by the dial that the others chose", held_out(scores))]:  # fmt: skip
        print("", *table.lines(title, found), sep="\n")
    assert all(path.stat().st_size > 10_000 for path in frontier.draw("two homes", together, tmp_path))

    ours = next(watch for watch in watches if watch.name == "Tomoshibi, needless checks 0.25")
    for home, one in zip(homes, scores, strict=True):
        replay(home.log, tmp_path / "watch.csv", None, home.zone)
        since = datetime.fromtimestamp(home.judged_from, home.zone).isoformat()
        other = score(logs, home.name, since, tmp_path / "watch.csv", cuts=20_000)  # 4,000 are off by 0.1 h by chance
        assert (one[ours].at_home, one[ours].away) == (other["home"], other["away"])
        assert quantile(one[ours].delays_h, 0.5) == pytest.approx(other["median"], abs=0.15)
        assert quantile(one[ours].delays_h, 0.9) == pytest.approx(other["p90"], abs=0.15)

    def checks(one: Score) -> int:
        return one.at_home + one.away

    for watch, one in together.items():
        if not watch.family.startswith("Tomoshibi") and checks(one) <= checks(together[ours]):
            assert quantile(one.delays_h, 0.5) > quantile(together[ours].delays_h, 0.5), watch.name
