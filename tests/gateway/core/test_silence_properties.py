"""What holds of every silence in a home that is known, whatever else happens."""

from typing import Literal

from contract.reports import LONGEST_ABSENCE_S, Absence, AbsenceEnded, Answered, Closed, Receipt
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core import silence, supervision, unit
from gateway.core.inputs import Observed
from tests.gateway.core.house import HOUR
from tests.gateway.core.lived import ROOMS, Home, lived
from tests.scale import scaled

NODES = st.sampled_from(sorted(ROOMS))
HOME_MOST_S, EXIT_MOST_S = 12 * HOUR, 24 * HOUR
"""The stated maximum: of a silence at home, and of one that begins with the closing of the entrance door."""
SLACK_S = 900.0  # calls of four minutes, and the core's pulse


def noise(home: Home, since: float, data: st.DataObject) -> None:
    """Something that is no sign of life after `since`."""
    node, now = data.draw(NODES), home.now
    what = data.draw(st.sampled_from(["retained", "cached", "late", "nothing"]))
    if what == "retained":
        home.take(Observed(now, now, node, "motion", {"count": 1}, historical=True))
    elif what == "cached":
        home.sense("door", "door", "closed")
    elif what == "late":
        home.sense(node, "motion", {"count": 1}, at=since - HOUR, historical=True)


def happen(home: Home, data: st.DataObject) -> None:
    """Anything that moves the clock of a silence, forwards or not."""
    alert = ([found.alert for found in home.alerts("inactivity")] or ["none"])[-1]
    kind = data.draw(st.sampled_from(("away", "hospital", "visit")))
    kinds = ["sign"] * 3 + ["told"] * 3 + ["out", "late", "fine", "cut", "back", "absent", "ended"]
    what = data.draw(st.sampled_from(kinds))
    if what == "sign":
        home.move(data.draw(NODES))
    elif what == "out":
        home.leave()
    elif what == "late":
        at = home.now - data.draw(st.sampled_from([60.0, 2 * HOUR, 9 * HOUR, 30 * HOUR]))
        home.sense(data.draw(NODES), "motion", {"count": 1}, at=at, historical=True)
    elif what == "fine":
        home.sense("button", "fine", "pressed")
    elif what in ("cut", "back"):
        home.cut = {found.node for found in home.places} if what == "cut" else set()
    elif what == "told":
        verdict = data.draw(st.sampled_from(("false", "real", "unknown")))
        told = [Closed(alert, home.now, verdict), Answered(alert, home.now), Receipt(alert, "claimed")]
        home.tell(data.draw(st.sampled_from(told)))
    elif what == "absent":
        home.tell(Absence("101", kind, home.now, data.draw(st.none() | st.just(home.now + 5 * HOUR))))
    else:
        home.tell(AbsenceEnded("101", kind, home.now))


@settings(max_examples=scaled(200))
@given(st.data())
def test_a_deadline_never_lies_in_the_past_without_an_alarm(data: st.DataObject) -> None:
    home = lived()
    for _ in range(data.draw(st.integers(1, 25))):
        home.until(home.now + data.draw(st.sampled_from([1.0, 400.0, 2 * HOUR, 5 * HOUR, 11 * HOUR])))
        happen(home, data)
        home.until(home.now)
        deadline, due = home.unit.watch.deadline(), silence.due(home.unit)
        assert due is None or due > home.now, "what is due is done"
        if deadline is not None and deadline <= home.now and silence.running(home.unit) is None:
            rearmed = home.unit.state.rearm_at
            assert rearmed is not None, "nobody was told, and nobody has looked"
            assert home.now < rearmed <= home.now + EXIT_MOST_S


@settings(max_examples=scaled(100))
@given(st.data())
def test_the_same_place_and_hour_has_the_same_limit_whatever_the_order_of_arrival(data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.sampled_from([60.0, 299.0, 301.0, 1500.0, 5000.0]), min_size=2, max_size=60))
    in_order, mixed = lived(), lived()
    at, signs = in_order.now - 30 * HOUR, []
    for gap in gaps:
        at = min(at + gap, in_order.now)
        signs.append((at, data.draw(NODES)))
    for home, told in ((in_order, signs), (mixed, data.draw(st.permutations(signs)))):
        for sensed_at, node in told:
            home.sense(node, "motion", {"count": 1}, at=sensed_at, historical=True)
        home.until(home.now + unit.RELEARN_AFTER_S + unit.RELEARN_SPREAD_S + 1)
    taught = [list(home.unit.watch._rhythm.silences()) for home in (in_order, mixed)]
    assert taught[0] == taught[1], "to the second, where limits are of a quarter of an hour"
    assert mixed.unit.watch._learned(mixed.now) == in_order.unit.watch._learned(in_order.now)
    node, hours = data.draw(NODES), data.draw(st.sampled_from([0.5, 3.0, 14.0, 30.0]))
    for home in (in_order, mixed):
        home.until(home.now + hours * HOUR)
        home.move(node)
        home.until(home.now + 301)
        home.move(node)
    assert mixed.limit_h() == in_order.limit_h()
    assert mixed.unit.watch.deadline() == in_order.unit.watch.deadline()


Interruption = Literal["none", "away", "hospital", "visit", "lost", "outage"]
INTERRUPTIONS: st.SearchStrategy[Interruption] = st.sampled_from(
    ("none", "away", "hospital", "visit", "lost", "outage")
)


def interrupt(home: Home, what: Interruption, hours: float) -> None:
    """Let it begin, and pass."""
    until = home.now + hours * HOUR
    if what == "outage":
        home.now = home.health_at = until
        return
    if what == "lost":
        home.cut = {found.node for found in home.places}
    elif what != "none":
        home.tell(Absence("101", what, home.now, until))
    if what == "none":
        return
    lost_at = home.now + supervision.BATTERY_UNWATCHED_S
    while home.now < until - HOUR:
        home.until(home.now + HOUR)
        if what != "lost":
            assert home.live().watching == "paused", "an absence is visible"
        elif home.now > lost_at + SLACK_S:
            assert home.live().watching == "cannot_watch", "and so is that nobody watches"
            assert "open" in home.stages("monitoring_lost"), "which workers are told"
    home.until(until)
    home.cut, home.health_at = set(), home.now  # what was lost is heard at once
    home.until(home.now)


@settings(max_examples=scaled(60))
@given(st.data())
def test_a_silence_always_alarms_within_the_stated_maximum_but_for_what_is_visible_and_bounded(
    data: st.DataObject,
) -> None:
    home = lived()
    home.until(home.now + data.draw(st.floats(0, 3)) * HOUR)
    most_s = data.draw(st.sampled_from([HOME_MOST_S, EXIT_MOST_S]))
    if most_s == EXIT_MOST_S:
        home.leave()
    else:
        home.walk(*data.draw(st.lists(NODES, min_size=2, max_size=3)))
    since = home.now
    what, before_h = data.draw(INTERRUPTIONS), data.draw(st.floats(0, 8))
    home.until(home.now + before_h * HOUR)
    hours = data.draw(st.floats(0.5, 40))
    asked = bool(home.alerts("inactivity"))
    interrupt(home, what, hours)
    until = home.now + most_s + SLACK_S
    while home.now < until:
        home.until(home.now + HOUR)
        noise(home, since, data)
    assert "open" in home.stages("inactivity")
    assert not asked or home.stages("inactivity").count("asking") == 1, "an absence does not ask twice"


@settings(max_examples=scaled(30))
@given(st.sampled_from(sorted(LONGEST_ABSENCE_S)), st.booleans())
def test_an_absence_until_further_notice_ends_by_itself(
    kind: Literal["away", "hospital", "visit"], silent: bool
) -> None:
    home = lived()
    home.tell(Absence("101", kind, home.now - LONGEST_ABSENCE_S[kind] + 2 * HOUR))
    home.until(home.now + HOUR)
    assert home.live().watching == "paused"
    if not silent:
        home.tell(AbsenceEnded("101", kind, home.now))
    home.until(home.now + HOUR + 600)
    assert home.live().watching == "watching"
    home.until(home.now + HOME_MOST_S + SLACK_S)
    assert home.stages("inactivity") == ["asking", "open"]
