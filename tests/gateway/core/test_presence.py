"""Home, away, asleep or unknown."""

import pytest

from gateway.core.presence import Presence, presence_of
from gateway.core.signs import LEFT

NOON, NIGHT = 12 * 3600.0, 2 * 3600.0


@pytest.mark.parametrize(
    ("place", "silence_s", "local_s", "paused", "expected"),
    [
        ("living", 60, NOON, None, Presence.HOME),
        ("living", 8 * 3600, NOON, None, Presence.HOME),
        (LEFT, 60, NOON, None, Presence.HOME),
        (LEFT, 3600, NOON, None, Presence.AWAY),
        ("bedroom", 3600, NIGHT, None, Presence.ASLEEP),
        ("bedroom", 60, NIGHT, None, Presence.HOME),
        ("bedroom", 3600, NOON, None, Presence.HOME),
        ("entrance", 2 * 3600, NOON, None, Presence.UNKNOWN),
        (None, 60, NOON, None, Presence.UNKNOWN),
        ("living", 60, NOON, "away", Presence.AWAY),
        ("living", 60, NOON, "hospital", Presence.AWAY),
        ("living", 60, NOON, "outage", Presence.UNKNOWN),
        ("bedroom", 3600, NIGHT, "lost", Presence.UNKNOWN),
    ],
)
def test_presence_says_what_the_signs_tell_and_unknown_where_they_do_not(
    place: str | None, silence_s: float, local_s: float, paused: str | None, expected: Presence
) -> None:
    assert presence_of(place, silence_s, local_s, paused) is expected
