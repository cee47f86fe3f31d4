"""Home, away, asleep or unknown."""

import pytest

from gateway.core.presence import Presence, presence_of
from gateway.core.signs import LEFT

NOON, NIGHT = 12 * 3600.0, 2 * 3600.0


@pytest.mark.parametrize(
    ("place", "silence_s", "local_s", "paused", "tells_outings", "expected"),
    [
        ("living", 60, NOON, None, True, Presence.HOME),
        ("living", 8 * 3600, NOON, None, True, Presence.HOME),
        (LEFT, 60, NOON, None, True, Presence.HOME),
        (LEFT, 3600, NOON, None, True, Presence.AWAY),
        ("bedroom", 3600, NIGHT, None, True, Presence.ASLEEP),
        ("bedroom", 60, NIGHT, None, True, Presence.HOME),
        ("bedroom", 3600, NOON, None, True, Presence.HOME),
        ("entrance", 2 * 3600, NOON, None, True, Presence.UNKNOWN),
        ("living", 60, NOON, None, False, Presence.HOME),
        ("living", 2 * 3600, NOON, None, False, Presence.UNKNOWN),
        ("living", 2 * 3600, NIGHT, None, False, Presence.UNKNOWN),
        ("bedroom", 3600, NIGHT, None, False, Presence.ASLEEP),
        (None, 60, NOON, None, True, Presence.UNKNOWN),
        ("living", 60, NOON, "away", True, Presence.AWAY),
        ("living", 60, NOON, "hospital", True, Presence.AWAY),
        ("living", 60, NOON, "outage", True, Presence.UNKNOWN),
        ("bedroom", 3600, NIGHT, "lost", True, Presence.UNKNOWN),
    ],
)
def test_presence_says_what_the_signs_tell_and_unknown_where_they_do_not(
    place: str | None, silence_s: float, local_s: float, paused: str | None, *, tells_outings: bool, expected: Presence
) -> None:
    assert presence_of(place, silence_s, local_s, paused, tells_outings) is expected
