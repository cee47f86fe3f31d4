"""Side by side or alone: what a test that measures real time relies on."""

import threading
from collections.abc import Callable
from pathlib import Path

from tests.machine import Machine


def under_way(enter: Callable[[], None]) -> threading.Event:
    """Begin to enter; the event says that it has happened."""
    inside = threading.Event()
    threading.Thread(target=lambda: (enter(), inside.set()), daemon=True).start()
    return inside


def test_who_measures_waits_for_the_others_and_they_wait_until_it_has_ended(tmp_path: Path) -> None:
    one, other, measures = (Machine(tmp_path) for _ in range(3))
    one.enter(alone=False)
    other.enter(alone=False)
    other.leave()
    measuring = under_way(lambda: measures.enter(alone=True))
    assert not measuring.wait(0.2)
    behind = under_way(lambda: other.enter(alone=False))
    assert not behind.wait(0.2), "nobody goes past who waits to be alone, or it would wait for ever"
    one.leave()
    assert measuring.wait(60)
    measures.enter(alone=True)  # the next one that measures
    assert not behind.wait(0.2)
    measures.leave()
    assert behind.wait(60)
