"""The files in which others keep what a home's sensors reported, read as if they were recordings of ours.

HomeAssist (Inria) writes `time;sensor;value`, CASAS (Washington State University) `date time sensor value activity`
with blanks or tabs between, and where two names stand before the value the first is the place. Neither writes what its
clock was ahead of UTC, so the home's zone has to be known; what no node of ours would report (temperatures, items,
switches of appliances) is left out.
"""

import csv
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from datetime import datetime, tzinfo
from itertools import chain, islice

from gateway.errors import RecordingError

COLUMNS = ("time", "node", "room", "kind", "value")
Line = dict[str, str]

_LOOKS_AT = 20  # lines, for one that tells whose they are
_BACK_S = 60.0  # a clock that goes back by more was set, as in autumn
_ROOMS = {"b": "bedroom", "ba": "bathroom", "e": "entrance", "k": "kitchen", "l": "living", "s": "shower",
          "t": "toilet", "fridge": "kitchen", "cupboard": "kitchen", "coffeemaker": "kitchen"}  # fmt: skip
_HOMEASSIST = {"MotionD": "motion", "ContactS": "contact", "EMeter": "power"}
_HOMEASSIST_LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+;[^;]+;")
_CASAS = {"ON": ("motion", "1"), "OFF": ("motion", "0"), "OPEN": ("contact", "1"), "CLOSE": ("contact", "0"),
          "CLOSED": ("contact", "0")}  # fmt: skip
_CASAS_LINE = re.compile(r"\d{4}-\d\d-\d\d[ \t]+\d\d:\d\d:[\d.]+[ \t]+\S+")
_AT_THE_ENTRANCE = re.compile(r"front.?door|entr(y|ance)|main.?door", re.IGNORECASE)


def lines(text: Iterable[str], zone: tzinfo | None, entrance: Collection[str] = ()) -> Iterator[Line]:
    """The lines of a recording, whoever's: with `COLUMNS`, as they are written.

    zone: of the home, for files that do not say it. entrance: the sensors that hang there, beside those whose names say
    so. Raises RecordingError where it is no such file.
    """
    rest = iter(text)
    begin = list(islice(rest, _LOOKS_AT))
    looks = {read: sum(bool(pattern.match(line)) for line in begin) for read, pattern in _LOOKS.items()}
    read = max(looks, key=lambda one: looks[one])
    if not looks[read]:
        return _ours(chain(begin, rest))
    if zone is None:
        raise RecordingError("its times have no offset: say by --tz in which zone the home is, like Asia/Tokyo")
    return _theirs(chain(begin, rest), read, zone, frozenset(entrance))


def _ours(text: Iterable[str]) -> Iterator[Line]:
    table = csv.DictReader(text)
    missing = [column for column in COLUMNS if column not in (table.fieldnames or ())]
    if missing:
        raise RecordingError(f"has no column {', '.join(missing)}; a recording has {','.join(COLUMNS)}")
    return table


def _theirs(
    text: Iterable[str], read: Callable[[str], Line | None], zone: tzinfo, entrance: frozenset[str]
) -> Iterator[Line]:
    wall = _Wall(zone)
    for written in text:
        line = read(written)
        if line is None:
            continue
        if line["node"] in entrance or _AT_THE_ENTRANCE.search(line["node"]):
            line["room"] = "entrance"
        with suppress(ValueError):  # whoever parses the row counts it as unreadable
            line["time"] = wall.at(line["time"])
        yield line


class _Wall:
    """The clock on the home's wall. In the hour that an autumn night has twice, it is the second where it went back."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._last = 0.0

    def at(self, written: str) -> str:
        first = datetime.fromisoformat(written).replace(tzinfo=self._zone)
        second = first.replace(fold=1)
        when = second if first.timestamp() < self._last - _BACK_S and second.timestamp() >= self._last else first
        self._last = when.timestamp()
        return when.isoformat()


def _homeassist(written: str) -> Line | None:
    """`MotionD_K` and `ContactS_E` are a sensor and where it is; after a dot stands what the sensor says of itself."""
    parts = written.strip().split(";")
    if len(parts) != 3:
        return _unreadable(written)
    at, name, value = parts
    sensor, _, about = name.partition(".")
    what, _, where = sensor.partition("_")
    kind = _HOMEASSIST.get(what)
    if kind is None:
        return None
    if about == "BatteryLevel":
        kind = "battery"
    elif about == "CommFailure":
        kind, value = "link", "offline" if value == "1" else "online"
    elif about:
        return None
    return {"time": at, "node": sensor, "room": _room(where), "kind": kind, "value": value}


def _casas(written: str) -> Line | None:
    parts = written.split()
    if len(parts) < 4:
        return _unreadable(written) if parts else None
    date, clock, *names = parts
    for count in (1, 2):
        if len(names) > count and (found := _CASAS.get(names[count].upper())):
            kind, value = found
            node = names[count - 1]
            return {"time": f"{date}T{clock}", "node": node, "room": names[0].lower(), "kind": kind, "value": value}
    return None


def _unreadable(written: str) -> Line:
    return {"time": written[:40], "node": "", "room": "", "kind": "", "value": ""}


def _room(code: str) -> str:
    return _ROOMS.get(code.lower(), code.lower())


_LOOKS = {_homeassist: _HOMEASSIST_LINE, _casas: _CASAS_LINE}
