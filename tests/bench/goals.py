"""What is wanted of a figure, and whether a run reached it."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Comparison = Literal["<", "≤", "≥"]
_HOLDS: Mapping[Comparison, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "≤": operator.le,
    "≥": operator.ge,
}


@dataclass(frozen=True)
class Judged:
    text: str
    reached: bool


@dataclass(frozen=True)
class Goal:
    """`what` is measured in `unit`, and wanted to be less than, at most or at least `limit`."""

    what: str
    comparison: Comparison
    limit: float
    unit: str

    def judge(self, measured: float) -> Judged:
        reached = _HOLDS[self.comparison](measured, self.limit)
        told = f"{self.what}: wanted {self.comparison} {self.limit:,g} {self.unit}, measured {measured:,.2f}"
        return Judged(f"goal {'reached' if reached else 'MISSED'}: {told}", reached)
