"""`tomoshibi-gateway simulate`: recordings of residents who do not exist."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
import msgspec
from click.core import ParameterSource
from msgspec import structs

from gateway.errors import GatewayError
from gateway.simulator import plan
from gateway.simulator.faults import SHARES, USUAL, Faults
from gateway.simulator.life import DAY_S, Collapse, Decline, Life, Span, apart, draw_life
from gateway.simulator.residents import HOMES, ROOMS, Resident, draw_resident, in_town, record

_ALL = "all"
_YEARS = range(1980, 2200)  # in which every zone and every day of a simulated life can be reckoned


def _named_faults(_context: object, _option: object, given: Iterable[str]) -> Faults:
    """`name` at its usual rate or `name=rate`; `all` is every one at its usual rate."""
    usual, rates = structs.asdict(USUAL), dict.fromkeys(structs.asdict(USUAL), 0.0)
    for one in given:
        name, _, rate = one.partition("=")
        if name != _ALL and name not in usual:
            raise click.BadParameter(f"{name} is none of {', '.join(usual)}, all")
        if name == _ALL:
            rates = dict(usual)
            continue
        try:
            rates[name] = float(rate) if rate else usual[name]
        except ValueError:
            rates[name] = -1.0
        if not 0 <= rates[name] <= (1 if name in SHARES else 1000):
            raise click.BadParameter(f"{one}: say a rate like {name}={usual[name]}")
    return Faults(**rates)


def _zone(_context: object, _option: object, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of zones, like Asia
        raise click.BadParameter(f"{name} is no IANA zone like Asia/Tokyo") from None


_FAULTS = ", ".join(f"{name} ({rate:g})" for name, rate in structs.asdict(USUAL).items())


@click.command(name="simulate")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", default="1", show_default=True, help="The same seed lives the same lives, byte for byte.")
@click.option("--persons", type=click.IntRange(1, 1000), default=1, show_default=True)
@click.option("--days", type=click.IntRange(1, 3660), default=60, show_default=True)
@click.option("--start", metavar="TIME", default="2026-01-01", show_default=True)
@click.option("--zone", callback=_zone, default="Asia/Tokyo", show_default=True, help="IANA zone of the homes.")
@click.option(
    "--home", type=click.Choice(list(HOMES)), default="flat", show_default=True,
    help="quick: motion sensors that are ready again at once; studio: one room with one of them; metered: water too.",
)  # fmt: skip
@click.option("--collapse", metavar="TIME", help="From then on they lie still.")
@click.option("--collapse-in", type=click.Choice(ROOMS), default="living", show_default=True, help="Where they lie.")
@click.option("--away", multiple=True, metavar="FROM/UNTIL", help="On a journey or in hospital; may be repeated.")
@click.option("--ill", multiple=True, metavar="FROM/UNTIL", help="More in bed, and more often up; may be repeated.")
@click.option(
    "--decline", type=click.FloatRange(0, 1), default=0.0, metavar="SHARE",
    help="Of their strength, lost each month: 0.1 is a tenth.",
)  # fmt: skip
@click.option("--pet", type=click.FloatRange(0, 1000), default=0.0, metavar="TRIPS", help="Of an animal, a day.")
@click.option("--even", is_flag=True, help="No illness and no absence but those named here.")
@click.option(
    "--fault", "faults", multiple=True, callback=_named_faults, metavar="NAME[=RATE]",
    help=f"May be repeated; all is each at its usual rate: {_FAULTS}. docs/simulator.md says what they do.",
)  # fmt: skip
@click.option("--plain", is_flag=True, help="Write .csv instead of .csv.gz.")
@click.option(
    "--town", "town_path", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="TOWN.json",
    help="The units of a town and the days before its start, in place of persons drawn from the seed.",
)  # fmt: skip
@click.pass_context
def simulate(
    context: click.Context,
    /,
    folder: Path,
    days: int,
    faults: Faults,
    plain: bool,
    town_path: Path | None,
    **drawn: Any,
) -> None:
    """Write recordings of residents who do not exist into FOLDER, one NAME.csv.gz for each.

    Beside each lie NAME.outings.csv (left,returned), which `evaluate` reads, and NAME.truth.csv (what,start,end,where).
    Times are ISO 8601, with offset or in the homes' own time. What is written here is no evidence for the watch.
    """
    if town_path is None:
        residents, span, zone = _drawn(days, **drawn)
    else:
        given = sorted(name for name in drawn if context.get_parameter_source(name) is not ParameterSource.DEFAULT)
        if given:
            raise click.UsageError(f"--town says who lives there; leave out {', '.join(map(_option, given))}")
        residents, span, zone = _in_town(days, town_path)
    folder.mkdir(parents=True, exist_ok=True)
    for resident in residents:
        path = folder / f"{resident.name}.csv{'' if plain else '.gz'}"
        click.echo(f"{resident.name}: {record(resident, span, zone, faults, path)} rows")


Written = tuple[list[Resident], Span, str]
"""Who is written of, when, and in which zone."""


def _in_town(days: int, path: Path) -> Written:
    try:
        town = plan.read(path)
    except (OSError, msgspec.MsgspecError) as error:
        raise GatewayError(f"{path}: is no town: {error}") from None
    residents = [in_town(household) for household in town.households if household.recording is None]
    return residents, Span(town.start - days * DAY_S, town.start), town.zone


def _drawn(
    days: int, seed: str, persons: int, start: str, zone: ZoneInfo, home: str, collapse: str | None, collapse_in: str,
    away: Sequence[str], ill: Sequence[str], decline: float, pet: float, even: bool,
) -> Written:  # fmt: skip
    begin = _instant(start, zone)
    span = Span(begin, begin + days * DAY_S)
    falls = None if collapse is None else Collapse(_instant(collapse, zone), collapse_in)
    if falls is not None and not span.holds(falls.at):
        raise click.UsageError(f"--collapse {collapse} is outside the {days} days from {start}")
    residents = []
    for number in range(1, persons + 1):
        name = f"{seed}-{number}"
        befalls = Life() if even else draw_life(name, span.start, span.end, zone)
        life = Life(
            ill=befalls.ill + tuple(_span(one, zone) for one in ill),
            away=apart([*(_span(one, zone) for one in away), *befalls.away]),
            decline=Decline(begin, decline) if decline else None,
            collapse=falls,
        )
        residents.append(draw_resident(f"person-{number:03}", name, home, life, pet))
    return residents, span, zone.key


def _instant(written: str, zone: ZoneInfo) -> float:
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        when = None
    if when is None or when.year not in _YEARS:
        raise click.UsageError(f"{written} is no time like 2026-02-03T08:30 or 2026-02-03T08:30+09:00")
    return (when if when.tzinfo else when.replace(tzinfo=zone)).timestamp()


def _span(written: str, zone: ZoneInfo) -> Span:
    start, _, end = written.partition("/")
    found = Span(_instant(start, zone), _instant(end, zone))
    if found.end <= found.start:
        raise click.UsageError(f"{written} ends before it begins")
    return found


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
