"""Rotas: who is on call is computed from rules, never stored."""

from backend.core.rota.coverage import Gap, OnCall, Shift, gaps, on_call, shifts, whole_shifts
from backend.core.rota.holidays import is_holiday
from backend.core.rota.local import instant_of
from backend.core.rota.shapes import BEGINNING, EVERY_DAY, Holidays, Hours, Layer, Leave, Override, Rota, Rotation
from backend.core.rota.turns import Turn, periods

__all__ = [
    "BEGINNING",
    "EVERY_DAY",
    "Gap",
    "Holidays",
    "Hours",
    "Layer",
    "Leave",
    "OnCall",
    "Override",
    "Rota",
    "Rotation",
    "Shift",
    "Turn",
    "gaps",
    "instant_of",
    "is_holiday",
    "on_call",
    "periods",
    "shifts",
    "whole_shifts",
]
