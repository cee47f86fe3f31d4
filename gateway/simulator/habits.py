"""What one resident is used to, and how they are drawn from a seed."""

from random import Random

from msgspec import Struct


class Habits(Struct, frozen=True, omit_defaults=True):
    """What one resident does. Hours are of the local day and may pass 24; days of the week count from Monday = 0.

    Chances are of a day, and of one on which nobody is ill.
    """

    wake_h: float = 6.5
    bed_h: float = 22.0
    sunday_lie_in_h: float = 0.5
    winter_later_h: float = 0.5  # rises so much later in midwinter than in midsummer
    chores_min: float = 60.0
    lunch_h: float = 12.2
    supper_h: float = 18.2
    bath_h: float = 20.3
    toilet_every_h: float = 2.5
    nights_up: float = 1.0  # visits to the toilet in an average night
    still_min: float = 13.0  # the median time without a movement in front of the television
    sleep_min: float = 75.0  # the same asleep
    nap: float = 0.3  # chance of one after lunch
    summer_nap: float = 0.3  # so much more in midsummer
    nap_min: float = 50.0
    walk: float = 0.4  # chance of one in the afternoon
    shopping_days: tuple[int, ...] = (1, 4)
    shopping_h: float = 10.0
    letterbox: float = 0.3
    day_out: float = 0.04
    visit_days: tuple[int, ...] = ()  # somebody comes on these
    visit_h: float = 10.5
    visit_min: float = 60.0
    pet_trips: float = 0.0  # a day, of a motion sensor, by an animal


def draw_habits(seed: str) -> Habits:
    """Somebody with habits of their own, without an animal; the same for ever from the same seed."""
    draw = Random(f"{seed}|habits")
    rises = draw.gauss(6.7, 0.7)
    helped = draw.random() < 0.5
    return Habits(
        wake_h=rises,
        bed_h=min(24.0, rises + draw.gauss(15.8, 0.5)),
        sunday_lie_in_h=draw.uniform(0, 1),
        winter_later_h=draw.uniform(0.2, 0.9),
        chores_min=draw.uniform(45, 110),
        lunch_h=draw.gauss(12.1, 0.4),
        supper_h=draw.gauss(18.2, 0.5),
        bath_h=draw.gauss(20.0, 0.6),
        toilet_every_h=draw.uniform(1.8, 3.2),
        nights_up=draw.uniform(0.4, 2.4),
        still_min=13.0 * draw.lognormvariate(0, 0.15),
        sleep_min=75.0 * draw.lognormvariate(0, 0.15),
        nap=draw.uniform(0.05, 0.6),
        summer_nap=draw.uniform(0.1, 0.4),
        nap_min=draw.uniform(35, 90),
        walk=draw.uniform(0.2, 0.9),
        shopping_days=tuple(sorted(draw.sample(range(7), draw.randint(2, 5)))),
        shopping_h=draw.choice((9.8, 10.3, 14.2, 15.5)),
        letterbox=draw.uniform(0.1, 0.6),
        day_out=draw.uniform(0.03, 0.15),
        visit_days=tuple(sorted(draw.sample(range(5), draw.randint(1, 2)))) if helped else (),
        visit_h=draw.choice((9.5, 10.5, 14.0)),
        visit_min=draw.uniform(40, 80),
    )
