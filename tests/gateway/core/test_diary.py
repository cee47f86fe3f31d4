"""A watch that is written down seldom, and told again what it heard since."""

import pytest

from gateway.core.diary import Diary, Kept
from gateway.core.signs import Sign
from gateway.core.watch import UnitWatch
from tests.gateway.core.test_watch import SETTINGS, TOKYO, at, lived, motion


@pytest.mark.parametrize("days", [20, 62])
def test_a_watch_told_again_has_learned_the_same_whenever_it_was_asked_before(days: int) -> None:
    watch = lived(days)
    diary = Diary(watch, Kept(watch.dump()))
    # The door is silent for days, and comes back on a day that was learned before it came: asked late, all differs.
    signs = [motion(at(days + day, 6.5 + n / 4), "kitchen") for day in range(5) for n in range(60)]
    signs += [Sign(at(days + 4, 22), "entrance", "door", "open", "door-1")]
    for sign in signs:
        diary.saw(sign)
        watch.deadline()
    diary.saw(motion(at(days + 1, 3), "toilet"))
    stale = watch.deadline()
    diary.learn_anew()
    assert watch.deadline() != stale, "what came late was not for nothing"
    kept = diary.keep()
    again = UnitWatch.load(kept.base, TOKYO, SETTINGS)
    Diary(again, kept)
    assert len(kept.entries) > 100
    assert again.deadline() == watch.deadline()
    assert again.dump() == watch.dump()
