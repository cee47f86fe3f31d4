"""Heat in a room: the wet-bulb globe temperature from what a cheap sensor measures.

Formula: M. Ono and M. Tonouchi, Japanese Journal of Biometeorology 50(4), 147-157 (2014), which the Ministry of the
Environment's heat service also uses:

    WBGT = 0.735 Ta + 0.0374 RH + 0.00292 Ta RH + 7.619 SR - 4.557 SR^2 - 0.0572 WS - 4.064

with Ta in °C, RH in %, SR (sunshine) in kW/m2 and WS (wind) in m/s. Indoors, out of the sun and without a fan, SR and
WS are 0. It was fitted to Japanese summers, within 1 °C in 98 % of hours, and needs nothing a node does not measure;
0.7 times Stull's wet bulb plus 0.3 times the air temperature agrees with it within 1 °C between 24 and 38 °C and 30
and 90 %. A room whose walls radiate (top floor, west side) is hotter than it says.

Bands (Japanese Society of Biometeorology, daily life): 25 warning, 28 severe warning, 31 danger: there an older person
falls ill at rest too.
"""

WARNING_C, SEVERE_C, DANGER_C = 25.0, 28.0, 31.0
FRESH_S = 2 * 3600.0  # what the air was longer ago says nothing about now


def wbgt_c(temperature_c: float, humidity_pct: float) -> float:
    """The WBGT in °C of shaded, still air at `temperature_c` (°C) and `humidity_pct` (relative humidity, %)."""
    return 0.735 * temperature_c + 0.0374 * humidity_pct + 0.00292 * temperature_c * humidity_pct - 4.064


def band(wbgt: float) -> str:
    """ "safe", "warning", "severe" or "danger" for a WBGT in °C."""
    if wbgt >= DANGER_C:
        return "danger"
    if wbgt >= SEVERE_C:
        return "severe"
    return "warning" if wbgt >= WARNING_C else "safe"
