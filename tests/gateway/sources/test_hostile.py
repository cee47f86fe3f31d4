"""A million messages that nobody should believe, through every source into the core: it stands, and believes none."""

import time
from pathlib import Path

import pytest
from contract.reports import Building, Configure, NodePlace, UnitSettings

from gateway.config import load_config
from gateway.core.building import BuildingCore
from gateway.core.floods import Floods
from gateway.core.inputs import Flooded, Observed, Told, decode, encode
from gateway.sources import Sources, Unreadable, open_sources
from tests.gateway.sources.examples import CONFIGURED, NOW, TABLES
from tests.gateway.sources.hostile import messages
from tests.scale import scaled

REASONS = {"topic", "size", "json", "type", "range", "version", "kind"}
KINDS = ["motion", "presence", "door", "water", "smoke", "leak", "emergency", "climate", "power", "tamper", "health"]
MOST_GROWN_MB = 24.0
MOST_FILTERS = 2100


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 1e6


def nodes_of(sources: Sources) -> list[str]:
    """All nodes that the examples speak of."""
    found: dict[str, None] = {}
    for table in TABLES.values():
        for one in table:
            try:
                readings = sources.read(one.topic, one.body.encode(), NOW, True)
            except Unreadable as error:
                readings = error.rest
            found |= dict.fromkeys(reading.node for reading in readings)
    return list(found)


@pytest.mark.timeout(3600)  # a million take some minutes of a core to itself, and far longer beside others
def test_no_message_stops_anything_or_is_a_sign_of_life_or_stays_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(CONFIGURED, encoding="utf-8")
    sources, floods, core = open_sources(load_config(path)), Floods(), BuildingCore("g")
    nodes = nodes_of(sources)
    assert len(nodes) >= 25
    home = {node: f"{101 + n // 4}" for n, node in enumerate(nodes)}
    places = [NodePlace(node, unit, "living", 0.0, source="zigbee2mqtt", kinds=KINDS) for node, unit in home.items()]
    units = [UnitSettings(unit) for unit in sorted(set(home.values()))]
    core.apply(Told(NOW, Configure(Building("Asia/Tokyo", units, places))))
    count, refused, taken, held_mb, now = scaled(1_000_000, least=20_000), 0, 0, 0.0, NOW
    began = time.monotonic()
    for n, (topic, body, retained) in enumerate(messages(count)):
        now += 0.5
        try:
            readings = sources.read(topic, body, now, retained)
        except Unreadable as error:
            refused += 1
            assert error.reason in REASONS and len(str(error)) < 2000
            readings = error.rest
        for reading in readings:
            if floods.admits(reading, now, core.hangs(reading.node)):
                taken += 1
                if n % 50 == 0:
                    assert decode(encode(reading)) == reading
                core.apply(reading)
        for entry in floods.news(now):
            core.apply(entry)
        touched = {home[reading.node] for reading in readings if reading.node in home}
        if any(core.units[unit].state.signs for unit in touched):
            raise AssertionError(f"a false sign of life: {topic} {body[:200]!r} retained={retained} -> {readings}")
        if n == count // 4:
            held_mb = memory_mb()
    assert not any(unit.state.signs for unit in core.units.values())
    grown_mb = memory_mb() - held_mb
    print(f"{count} messages, {refused} refused, {taken} readings taken, {grown_mb:.1f} MB in three quarters,"
          f" {time.monotonic() - began:.0f} s")  # fmt: skip
    assert 0.2 * count < refused < 0.9 * count
    assert taken > 0.2 * count
    assert grown_mb < MOST_GROWN_MB
    assert len(sources.filters) < MOST_FILTERS
    assert len(core.unassigned()) <= 100


def test_a_real_change_among_them_is_a_sign_of_life(tmp_path: Path) -> None:
    """So that the silence above says something."""
    path = tmp_path / "gateway.toml"
    path.write_text(CONFIGURED, encoding="utf-8")
    sources, core = open_sources(load_config(path)), BuildingCore("g")
    place = NodePlace("tasmota/hall", "101", "hall", 0.0, source="tasmota", kinds=["presence"])
    core.apply(Told(NOW, Configure(Building("Asia/Tokyo", [UnitSettings("101")], [place]))))
    for n, setting in enumerate(("OFF", "ON")):
        body = b'{"Time":"2026-11-23T02:14:00","Switch1":"' + setting.encode() + b'"}'
        for reading in sources.read("tele/hall/SENSOR", body, NOW + n, False):
            core.apply(reading)
    assert [sign.room for sign in core.units["101"].state.signs] == ["hall"]


def test_a_node_that_floods_is_limited_and_disbelieved_and_its_neighbour_is_not() -> None:
    core, floods = BuildingCore("g"), Floods()
    places = [NodePlace(node, node, "hall", 0.0, source="tasmota", kinds=["motion"]) for node in ("loud", "quiet")]
    core.apply(Told(NOW, Configure(Building("Asia/Tokyo", [UnitSettings("loud"), UnitSettings("quiet")], places))))
    now, taken, faults = NOW, 0, []
    for n in range(20_000):
        now += 0.001
        loud = Observed(now, now, "loud", "motion", {"count": 1})
        found = [loud] if floods.admits(loud, now, True) else []
        taken += len(found)
        if n % 1000 == 0:
            quiet = Observed(now, now, "quiet", "motion", {"count": 1})
            assert floods.admits(quiet, now, True)
            found.append(quiet)
        for entry in [*found, *floods.news(now)]:
            faults += [
                one for one in core.apply(entry) if getattr(getattr(one, "report", None), "kind", "") == "sensor_fault"
            ]
    assert taken < 5_300
    assert sum(floods.dropped().values()) == 20_000 - taken
    assert len(faults) == 1
    assert core.chattering() == ["loud"]
    assert core.units["quiet"].state.signs[-1].at > now - 2
    assert core.units["loud"].state.signs[-1].at < now - 10
    press = Observed(now, now, "loud", "emergency", "pressed")
    assert floods.admits(press, now, True), "a call for help always passes"
    ended = floods.news(now + 1000)
    assert ended[-1] == Flooded(now + 1000, "loud", False)
    for entry in ended:
        core.apply(entry)
    assert core.chattering() == []


def test_a_flood_that_ended_while_the_gateway_was_away_is_over() -> None:
    floods = Floods(["loud"], NOW)
    assert floods.news(NOW + 1) == []
    assert floods.news(NOW + 300) == [Flooded(NOW + 300, "loud", False)]


def test_a_level_that_was_not_taken_in_a_flood_is_taken_at_its_end() -> None:
    floods, now = Floods(), NOW
    for n in range(6_000):
        floods.admits(Observed(now, now, "door", "door", "open" if n % 2 else "closed"), now, True)
    assert floods.news(now) == [Flooded(now, "door", True)]
    assert floods.news(now + 300) == [
        Observed(now, now + 300, "door", "door", "open"),
        Flooded(now + 300, "door", False),
    ]


def test_strangers_share_one_bucket_and_take_nothing_from_those_who_hang_somewhere() -> None:
    floods = Floods()
    taken = sum(
        floods.admits(Observed(NOW, NOW, f"n{n}", "motion", {"count": 1}), NOW, hangs=False) for n in range(50_000)
    )
    assert taken == 20_000
    assert floods.admits(Observed(NOW, NOW, "hall", "motion", {"count": 1}), NOW, hangs=True)
    assert floods.news(NOW) == [], "nobody knows whose fault it would be"
    assert floods.dropped() == {"": 30_000}
