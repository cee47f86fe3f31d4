"""Replicas on PostgreSQL die at every boundary: `make chaos` in small."""

from pathlib import Path

from tests.chaos.play import play
from tests.postgres import Postgres
from tests.scale import scaled


def test_killing_replicas_at_every_boundary_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with Postgres() as server:
        played = play(tmp_path, server.fresh(), alerts=scaled(400), kills=scaled(200))
    print(played.line, dict(played.kills))
    assert not played.verdict.lost
    assert not played.verdict.unexplained
