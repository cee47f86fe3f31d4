"""Whether the resident is at home, out or asleep, as far as the signs tell."""

from enum import Enum

from gateway.core.signs import ENTRANCE, LEFT


class Presence(Enum):
    """What a worker is told; `UNKNOWN` is shown as unknown and never as safe."""

    HOME = "home"
    AWAY = "away"
    ASLEEP = "asleep"
    UNKNOWN = "unknown"


AWAY_AFTER_S = 600.0
"""Who came in is seen inside within minutes; a closed door and then nothing means gone."""
ASLEEP_AFTER_S = 1800.0
DOUBT_AFTER_S = 3600.0
"""A silence this long that began at the entrance, or anywhere where no contact tells an outing, may be one."""
NIGHT_FROM_S = 21 * 3600.0
NIGHT_TO_S = 9 * 3600.0


def presence_of(
    place: str | None, silence_s: float, local_second: float, paused: str | None, tells_outings: bool
) -> Presence:
    """From where the silence began (None: not known), how long it is, the local time, and why the watch is paused.

    tells_outings: whether the contact of the entrance door can be relied on.
    """
    if paused is not None:
        return Presence.AWAY if paused in ("away", "hospital") else Presence.UNKNOWN
    if place is None:
        return Presence.UNKNOWN
    if place == LEFT:
        return Presence.AWAY if silence_s >= AWAY_AFTER_S else Presence.HOME
    at_night = local_second >= NIGHT_FROM_S or local_second < NIGHT_TO_S
    if place == "bedroom" and at_night and silence_s >= ASLEEP_AFTER_S:
        return Presence.ASLEEP
    if silence_s >= DOUBT_AFTER_S and (place == ENTRANCE or not tells_outings):
        return Presence.UNKNOWN
    return Presence.HOME
