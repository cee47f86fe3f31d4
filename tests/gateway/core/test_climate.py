"""Heat as the formula and its bands say."""

import math

import pytest

from gateway.core.climate import band, wbgt_c


def stulls_wet_bulb_c(t: float, rh: float) -> float:
    """R. Stull, J. Appl. Meteor. Climatol. 50, 2267 (2011): an independent way to the same quantity."""
    return float(
        t * math.atan(0.151977 * math.sqrt(rh + 8.313659))
        + math.atan(t + rh)
        - math.atan(rh - 1.676331)
        + 0.00391838 * rh**1.5 * math.atan(0.023101 * rh)
        - 4.686035
    )


@pytest.mark.parametrize("temperature_c", [24, 28, 31, 35, 38])
@pytest.mark.parametrize("humidity_pct", [30, 50, 70, 90])
def test_the_formula_agrees_with_the_wet_bulb_within_a_degree(temperature_c: float, humidity_pct: float) -> None:
    indoors = 0.7 * stulls_wet_bulb_c(temperature_c, humidity_pct) + 0.3 * temperature_c
    assert wbgt_c(temperature_c, humidity_pct) == pytest.approx(indoors, abs=1.0)


@pytest.mark.parametrize(
    ("wbgt", "name"), [(24.9, "safe"), (25, "warning"), (28, "severe"), (30.9, "severe"), (31, "danger")]
)
def test_the_bands_begin_at_25_28_and_31(wbgt: float, name: str) -> None:
    assert band(wbgt) == name


def test_a_hot_room_is_hotter_the_wetter_it_is() -> None:
    assert wbgt_c(34, 80) > wbgt_c(34, 40)
    assert wbgt_c(36, 70) >= 31 > wbgt_c(30, 50)
