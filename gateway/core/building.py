"""The gateway's whole knowledge of its building: a fold over the journal's inputs, without clock, disk or socket."""

from contract import reports

from gateway.core.decisions import Decision
from gateway.core.inputs import Input


class BuildingCore:
    """Decides what to send and to ask; the same inputs in the same order always decide the same.

    gateway_id goes into the ids of alerts, so that a decision made twice is the same alert.
    """

    def __init__(self, gateway_id: str) -> None:
        self._gateway_id = gateway_id

    def apply(self, entry: Input) -> list[Decision]:
        """Take one input in and return what is to be done. Never raises on what a node or a clock claims."""
        raise NotImplementedError

    def next_deadline(self) -> float | None:
        """When the core wants a `Ticked` if nothing else comes before; None while nothing is configured."""
        raise NotImplementedError

    def unassigned(self) -> list[str]:
        """Nodes heard that hang in no unit, at most 100, for the gateway's health report."""
        raise NotImplementedError

    def dump(self) -> bytes:
        """All state: `load` of it goes on exactly where this one stands."""
        raise NotImplementedError

    def load(self, body: bytes) -> None:
        """Become what `dump` wrote. Raises msgspec.ValidationError or msgspec.DecodeError."""
        raise NotImplementedError


def check(building: reports.Building) -> list[str]:
    """Every problem of a configuration, each in one line; an empty list when the core would accept it."""
    raise NotImplementedError
