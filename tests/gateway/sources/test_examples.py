"""Every source reads its table of messages as the table says, and docs/sources.md shows the same tables."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from gateway.config import load_config
from gateway.core.inputs import NodeStatus, Observed
from gateway.sources import Reading, Sources, Unreadable, open_sources
from tests.gateway.sources.examples import CONFIGURED, NOW, TABLES, Example

DOCUMENT = Path(__file__).parents[3] / "docs" / "sources.md"


def said_by(readings: Sequence[Reading]) -> str:
    said = []
    for reading in readings:
        if isinstance(reading, Observed):
            if (reading.kind, reading.value) != ("health", {}):
                said.append(f"{reading.kind} {msgspec.json.encode(reading.value).decode()}")
        elif isinstance(reading, NodeStatus):
            said.append(f"status {reading.state}" + (", by hearsay" if reading.hearsay else ""))
    return " · ".join(said)


def read(sources: Sources, example: Example, *, retained: bool = False) -> str:
    try:
        return said_by(sources.read(example.topic, example.body.encode(), NOW, retained))
    except Unreadable as error:
        return f"refused: {error.reason}"


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    path = tmp_path / "gateway.toml"
    path.write_text(CONFIGURED, encoding="utf-8")
    return open_sources(load_config(path))


@pytest.mark.parametrize("name", TABLES)
def test_a_source_reads_what_its_makers_devices_send(name: str, sources: Sources) -> None:
    assert [(one.topic, one.body, read(sources, one)) for one in TABLES[name]] == TABLES[name]


@pytest.mark.parametrize("name", TABLES)
def test_what_a_broker_kept_is_no_news_of_any_device(name: str, sources: Sources) -> None:
    for one in TABLES[name]:
        try:
            readings = sources.read(one.topic, one.body.encode(), NOW, True)
        except Unreadable as error:
            readings = error.rest
        assert all(reading.historical for reading in readings if isinstance(reading, Observed))
        assert all(reading.hearsay for reading in readings if isinstance(reading, NodeStatus) and name != "Zigbee2MQTT")


def test_the_document_shows_these_tables() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, table in TABLES.items():
        lines = [f"| `{one.topic}` | `{one.body}` | {one.read or '–'} |" for one in table]
        shown = "\n".join([f"### {name}", "", "| topic | body | read as |", "|---|---|---|", *lines])
        assert shown in text, f"docs/sources.md should have:\n{shown}"
