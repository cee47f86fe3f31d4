"""Who belongs to a building: its units, its nodes, which hangs where, and what is kept of those that have left."""

from zoneinfo import ZoneInfo

from contract.reports import Absence, AbsenceEnded, Answered, Building, Closed, NodePlace, Receipt, UnitSettings

from gateway.core import moved_out, numbering, supervision
from gateway.core.learned import Learned
from gateway.core.state import House
from gateway.core.strays import Strays
from gateway.core.unit import Unit
from gateway.core.watches import Watches
from gateway.core.whereabouts import Whereabouts

AboutUnit = Absence | AbsenceEnded | Receipt | Answered | Closed


class Roster:
    """`units` by name; `settings` as configured; `where` nodes hang; `strays` that hang nowhere; `moved_out` units."""

    def __init__(self, gateway: str, watches: Watches) -> None:
        self.watches = watches
        self.house = House(gateway, Building("UTC", [], []), ZoneInfo("UTC"))
        self.units: dict[str, Unit] = {}
        self.settings: dict[str, UnitSettings] = {}
        self.where = Whereabouts()
        self.strays = Strays()
        self.moved_out: dict[str, Learned] = {}

    def unit_of(self, command: AboutUnit) -> Unit | None:
        """The unit a command is about; None for one that is not ours, or an alert long forgotten."""
        if isinstance(command, (Absence, AbsenceEnded)):
            return self.units.get(command.unit)
        return next((unit for unit in self.units.values() if command.alert in unit.state.cases), None)

    def configure(self, building: Building, now: float) -> None:
        """The building is as this says, and all that is known of what stays is kept."""
        old, before, zone = self.units, self.settings, ZoneInfo(building.zone)
        same_zone = zone == self.house.zone
        self.house.building, self.house.zone = building, zone
        self.settings = {unit.unit: unit for unit in building.units}
        self.units = {}
        for settings in building.units:
            known = old.get(settings.unit)
            if known is None:
                watch, state = moved_out.come_back(self.moved_out, self.watches, settings, zone, now)
                known = Unit(settings.unit, self.house, watch, state)
            elif settings != before[settings.unit] or not same_zone:
                watch = self.watches.load(known.watch.dump(), settings, zone)
                watch.settings_changed()
                known.watch = watch
            self.units[settings.unit] = known
        for name, unit in old.items():
            if name not in self.units:
                unit.given_up(now)
                moved_out.keep(self.moved_out, unit, now)
        self.where = Whereabouts(building.nodes)
        self.house.nodes = self.strays.take_home(self.house.nodes, self.where)
        self.place_nodes(now)

    def place_nodes(self, now: float) -> None:
        """Hang every node where it hangs now."""
        here: dict[str, list[NodePlace]] = {name: [] for name in self.units}
        for place in self.where.at(now):
            here[place.unit].append(place)
            supervision.await_from(self.house.nodes[place.node], now)
        for name, unit in self.units.items():
            unit.place(here[name], now)

    def raise_kept_calls(self, now: float) -> None:
        """Those of nodes of which somebody has said by now where they hang."""
        for kind, seen, place in self.strays.calls.take_placed(self.where.of):
            if not seen.boot or numbering.is_new(self.house.nodes[seen.node].seen, seen.boot, seen.seq):
                self.units[place.unit].called(kind, seen, place, seen.at, now)
