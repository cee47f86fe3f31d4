"""Which step comes next."""

from backend.core.escalation import EXHAUSTED, LAST_RESORT, Plan, Position, Step, following, quiet_plan, wait_s

STEP = Step("worker", ("sms", "voice"), 60.0, worker_id=1)
PLAN = Plan((STEP, STEP), rounds=2, exhausted_every_s=300.0)


def walk(plan: Plan, count: int) -> list[Position]:
    found: list[Position] = []
    for _ in range(count):
        found.append(following(plan, found[-1].step, found[-1].round) if found else following(plan, None, 0))
    return found


def test_steps_are_repeated_in_rounds_and_then_there_is_no_end() -> None:
    assert walk(PLAN, 7) == [
        Position(0, 0),
        Position(0, 1),
        Position(1, 0),
        Position(1, 1),
        Position(2, EXHAUSTED),
        Position(3, EXHAUSTED),
        Position(4, EXHAUSTED),
    ]


def test_no_position_comes_twice_even_when_the_policy_shrinks_on_the_way() -> None:
    positions = walk(PLAN, 3)
    shorter = Plan((STEP,), rounds=2, exhausted_every_s=300.0)
    at = positions[-1]
    for _ in range(5):
        at = following(shorter, at.step, at.round)
        assert at not in positions
        positions.append(at)


def test_an_organisation_without_a_policy_goes_straight_to_the_last_resort() -> None:
    assert walk(LAST_RESORT, 2) == [Position(0, EXHAUSTED), Position(1, EXHAUSTED)]


def test_only_waits_for_people_who_are_called_are_shortened() -> None:
    assert wait_s(PLAN, Position(0, 0), "P1", 20.0) == 20.0
    assert wait_s(PLAN, Position(0, 0), "P1", None) == 60.0
    assert wait_s(PLAN, Position(2, EXHAUSTED), "P2", None) == 300.0
    assert wait_s(quiet_plan(14400.0), Position(0, 0), "T", 20.0) == 14400.0
