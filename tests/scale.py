"""How large the heavy counts are: `make test` divides them by SCALE, `make test-long` runs them whole."""

import os

SCALE = int(os.environ.get("SCALE", "10"))


def scaled(count: int, *, least: int = 1) -> int:
    """Return `count` divided by SCALE, but never less than `least`."""
    return max(least, count // SCALE)
