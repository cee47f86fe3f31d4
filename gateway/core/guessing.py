"""How often somebody may try a PIN: few at once, then so seldom that a short one outlasts a tenancy."""

OF_ONE = 5
OF_ONE_AGAIN_S = 15 * 60.0
OF_ALL = 20  # an address is cheap on a LAN, so that all of them together are limited too
OF_ALL_AGAIN_S = 3 * 60.0
MOST_ADDRESSES = 200


class Tries:
    """`at_once` of them, and one more each `again_s`."""

    def __init__(self, at_once: int, again_s: float) -> None:
        self._at_once, self._again_s = at_once, again_s
        self._spent_until = float("-inf")  # when all of them are there again

    def wait_s(self, now: float) -> float:
        """How long until the next one; 0: at once."""
        return max(0.0, self._spent_until - now - (self._at_once - 1) * self._again_s)

    def spend(self, now: float) -> None:
        self._spent_until = max(self._spent_until, now) + self._again_s

    def is_whole(self, now: float) -> bool:
        return self._spent_until <= now


class Guesses:
    """Wrong PINs, by the address they came from. `now` is any clock in seconds that does not run backwards."""

    def __init__(self) -> None:
        self._of_all = Tries(OF_ALL, OF_ALL_AGAIN_S)
        self._of_one: dict[str, Tries] = {}

    def wait_s(self, address: str, now: float) -> float:
        """How long this address must wait; 0: it may try."""
        one = self._of_one.get(address)
        return max(self._of_all.wait_s(now), 0.0 if one is None else one.wait_s(now))

    def wrong(self, address: str, now: float) -> None:
        self._of_all.spend(now)
        self._of_one.setdefault(address, Tries(OF_ONE, OF_ONE_AGAIN_S)).spend(now)
        if len(self._of_one) > MOST_ADDRESSES:
            self._of_one = {name: tries for name, tries in self._of_one.items() if not tries.is_whole(now)}
