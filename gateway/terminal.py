"""`status --live`: the building on a technician's terminal, drawn again every two seconds."""

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

import click

from gateway.core.inspection import NodeSeen, UnitSeen
from gateway.status import Status

EVERY_S = 2.0
_COLOURS = {"ok": "green", "watching": "green", "learning": "cyan", "paused": "cyan", "battery_low": "yellow"}


def live(look: Callable[[], Status], now: Callable[[], float], zone: ZoneInfo) -> None:
    """Until interrupted; where the output is no terminal, once and without colours."""
    if not sys.stdout.isatty():
        click.echo(picture(look(), now(), zone))
        return
    with suppress(KeyboardInterrupt):
        while True:
            found = picture(look(), now(), zone)
            click.clear()
            click.echo(found)
            time.sleep(EVERY_S)


def picture(found: Status, now: float, zone: ZoneInfo) -> str:
    """The whole screen, as of domain time `now`."""
    until = "never" if found.running_until is None else f"{_age(now - found.running_until)} ago"
    oldest = "" if found.oldest_queued_at is None else f", the oldest for {_age(now - found.oldest_queued_at)}"
    clock = datetime.fromtimestamp(now, zone).isoformat(" ", "seconds")
    refused = ", ".join(f"{reason} {count}" for reason, count in sorted(found.refused.items()))
    unassigned = [printable(node) for node in found.unassigned]
    lines = [
        click.style(f"gateway {found.gateway}, version {found.version}", bold=True) + f"   {clock}",
        f"last commit: {until}",
        f"to be sent: {found.queued_alerts} alerts, {found.queued_routine} other reports{oldest};"
        f" put aside: {found.refused_reports}",
        f"refused: {refused or 'nothing'}",
        f"nodes that hang in no unit: {', '.join(unassigned) or 'none'}",
        *map(printable, found.skipped_commands),
    ]
    for unit in found.inspected:
        lines += ["", _unit_line(unit), *_table(unit.nodes, now)]
    return "\n".join(lines)


def printable(text: str) -> str:
    """What a stranger's node calls itself must not steer the terminal."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)


def _unit_line(unit: UnitSeen) -> str:
    state = unit.watching.replace("_", " ")
    if unit.watching == "learning":
        state += f", day {unit.learning_day} of {unit.learning_days}"
    if unit.why:
        state += f" ({', '.join(why.replace('_', ' ') for why in unit.why)})"
    return click.style(f"unit {unit.unit}: ", bold=True) + click.style(state, fg=_COLOURS.get(unit.watching, "red"))


def _table(nodes: list[NodeSeen], now: float) -> list[str]:
    rows: list[tuple[str, ...]] = [("node", "room", "state", "last seen", "radio", "battery", "firmware")]
    rows += [_row(node, now) for node in nodes]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row, state in zip(rows, [None, *(node.state for node in nodes)], strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        if state is not None:
            cells[2] = click.style(cells[2], fg=_COLOURS.get(state, "red"))
        lines.append("  " + "  ".join(cells).rstrip())
    return lines


def _row(node: NodeSeen, now: float) -> tuple[str, ...]:
    radio = [
        *([f"{node.rssi_dbm:.0f} dBm"] if node.rssi_dbm is not None else []),
        *([f"LQI {node.linkquality:.0f}"] if node.linkquality is not None else []),
        *(["weak"] if node.weak else []),
    ]
    battery = [
        *([f"{node.battery_pct:.0f} %"] if node.battery_pct is not None else []),
        *([f"{node.battery_v:.2f} V"] if node.battery_v is not None else []),
    ]
    seen = "never" if node.last_seen is None else f"{_age(now - node.last_seen)} ago"
    unknown = "unknown"
    return (printable(node.node), node.room, node.state, seen, " ".join(radio) or unknown, " ".join(battery) or unknown,
            node.firmware or unknown)  # fmt: skip


def _age(seconds: float) -> str:
    for size, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {name}"
    return f"{max(0.0, seconds):.0f} s"
