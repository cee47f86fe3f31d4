"""Somebody on the LAN guesses the PIN."""

from gateway.core.guessing import MOST_ADDRESSES, OF_ALL, OF_ALL_AGAIN_S, OF_ONE, OF_ONE_AGAIN_S, Guesses


def test_a_few_slips_are_free_and_then_one_address_waits() -> None:
    guesses = Guesses()
    for _ in range(OF_ONE):
        assert guesses.wait_s("a", 100.0) == 0
        guesses.wrong("a", 100.0)
    assert guesses.wait_s("a", 100.0) == OF_ONE_AGAIN_S
    assert guesses.wait_s("b", 100.0) == 0
    assert guesses.wait_s("a", 100.0 + OF_ONE_AGAIN_S) == 0


def test_many_addresses_together_are_one_guesser() -> None:
    guesses = Guesses()
    for n in range(OF_ALL):
        guesses.wrong(f"address {n}", 0.0)
    assert guesses.wait_s("a new one", 0.0) == OF_ALL_AGAIN_S


def test_a_year_of_guessing_finds_hardly_any_pin_of_six_digits() -> None:
    guesses, now, tried = Guesses(), 0.0, 0
    while now < 365 * 86_400:
        address = f"address {tried}"
        now += guesses.wait_s(address, now)
        guesses.wrong(address, now)
        tried += 1
    assert tried / 1_000_000 < 0.18


def test_what_is_kept_of_addresses_is_bounded() -> None:
    guesses = Guesses()
    for n in range(5 * MOST_ADDRESSES):
        guesses.wrong(f"address {n}", n * OF_ALL_AGAIN_S)
    assert len(guesses._of_one) <= MOST_ADDRESSES
