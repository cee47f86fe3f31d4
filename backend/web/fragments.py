"""What the fragments in open pages were made of: a page that says which one it has is sent what has changed since."""

import threading
from collections.abc import Mapping

MOST_REMEMBERED = 256


class Fragments:
    """Remembers the latest fragments of this process by name: digests of their pieces, nothing of what is in them.

    Forgetting one costs a whole fragment, never shows anything wrong.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._pieces: dict[str, dict[str, str]] = {}  # the longest unused first
        self._lock = threading.Lock()

    def kept(self, seen: str, pieces: Mapping[str, str]) -> frozenset[str]:
        """Which of the pieces (element id → digest) the fragment `seen` has as they are; none where it is unknown."""
        with self._lock:
            shown = self._pieces.get(seen, {})
        return frozenset(name for name, is_now in pieces.items() if shown.get(name) == is_now)

    def remember(self, seen: str, pieces: Mapping[str, str]) -> None:
        with self._lock:
            self._pieces.pop(seen, None)
            self._pieces[seen] = dict(pieces)
            while len(self._pieces) > self._most:
                del self._pieces[next(iter(self._pieces))]
