"""Temperature and humidity that come apart, joined as the contract has them: humidity alone is no climate."""

from gateway.sources.bodies import Said, is_number

FRESH_S = 900.0
_MOST_NODES = 2000


class Climates:
    """The last figures of each node, for as long as they are fresh."""

    def __init__(self) -> None:
        self._temperature: dict[str, tuple[float, object]] = {}
        self._humidity: dict[str, tuple[float, object]] = {}

    def warm(self, node: str, temperature_c: object, at: float) -> Said:
        """The climate that a temperature makes, with a humidity heard shortly before."""
        _note(self._temperature, node, temperature_c, at)
        return "climate", {"temperature_c": temperature_c, "humidity_pct": _fresh(self._humidity, node, at)}

    def humid(self, node: str, humidity_pct: object, at: float) -> Said | None:
        """The climate that a humidity makes, if a temperature was heard shortly before."""
        _note(self._humidity, node, humidity_pct, at)
        temperature = _fresh(self._temperature, node, at)
        return (
            None if temperature is None else ("climate", {"temperature_c": temperature, "humidity_pct": humidity_pct})
        )


def celsius(figure: object, unit: str) -> object:
    """A temperature in °C from one in C, F or K, with or without the sign for degrees; what is no number stays."""
    if not is_number(figure):
        return figure
    value: float = figure  # type: ignore[assignment]  # is_number has looked
    if unit.endswith("F"):
        return round((value - 32) / 1.8, 2)
    return round(value - 273.15, 2) if unit.endswith("K") else value


def _note(known: dict[str, tuple[float, object]], node: str, figure: object, at: float) -> None:
    if not is_number(figure) or figure != figure:  # it is refused, and must not spoil what comes after it
        return
    known[node] = (at, figure)
    if len(known) > _MOST_NODES:
        del known[next(iter(known))]


def _fresh(known: dict[str, tuple[float, object]], node: str, at: float) -> object:
    found = known.get(node)
    return found[1] if found is not None and abs(at - found[0]) <= FRESH_S else None
