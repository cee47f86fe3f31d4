"""When to try again, as arithmetic: the shell brings the random number and the waiting."""

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0  # an emergency must not wait longer than this for a link that has come back


def wait_s(failures: int, jitter: float) -> float:
    """Seconds to wait after `failures` (≥ 1) failures in a row; `jitter` in [0, 1) spreads gateways that failed
    together.

    Doubles from a second to a minute; between half and all of it is waited, so that no retry comes at once.
    """
    longest = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(failures - 1, 16))
    return longest * (0.5 + 0.5 * jitter)
