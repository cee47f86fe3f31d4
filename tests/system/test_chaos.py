"""Replicas on PostgreSQL die at boundaries and at random: `make chaos` in small."""

from pathlib import Path

from tests.chaos.play import play
from tests.postgres import Postgres
from tests.scale import SCALE, scaled

IS_FULL = SCALE == 1  # with fewer deaths than that, not every boundary can have its own


def test_killing_replicas_loses_no_alert_and_doubles_no_page_but_after_a_doubt(tmp_path: Path) -> None:
    """Beyond docs/alerts.md's bound on a double page the judge finds every further page unexplained."""
    with Postgres() as server:
        played = play(tmp_path, server.fresh(), alerts=scaled(400), kills=scaled(200), everywhere=IS_FULL)
    print(played.line, dict(played.kills))
    assert not played.verdict.lost
    assert not played.verdict.unexplained
    assert not IS_FULL or not played.spared
