"""What is told of each hour when it is over."""

import pytest
from contract.reports import UnitHour

from tests.gateway.core.house import HOUR, START, House


def test_the_hour_is_reported_when_it_is_over() -> None:
    house = House()
    house.wait(1800)
    house.move()
    house.move()
    house.wait(1800)
    (hour,) = house.sent(UnitHour)
    assert (hour.hour, hour.counts) == (START, {"living": 2})
    assert 58 <= hour.observed_min <= 60
    assert sum(hour.presence.values()) == pytest.approx(60, abs=0.1)


def test_an_hour_says_how_warm_and_damp_it_was_on_average() -> None:
    house = House()
    house.sense("button", "climate", {"temperature_c": 20.0, "humidity_pct": 40.0})
    house.wait(1200)
    house.sense("button", "climate", {"temperature_c": 23.0, "humidity_pct": 50.0})
    house.wait(1200)
    house.sense("button", "climate", {"temperature_c": 21.5}, historical=True, at=house.now - 60)
    house.sense("button", "climate", {"temperature_c": -10.0}, historical=True, at=house.now - 2 * HOUR)
    house.wait(1200 + HOUR)
    first, second = house.sent(UnitHour)
    assert (first.temperature_c, first.humidity_pct) == (21.5, 45.0)
    assert (second.temperature_c, second.humidity_pct) == (None, None)


def test_a_sensor_of_temperature_alone_is_in_the_hours() -> None:
    house = House()
    house.sense("button", "climate", {"temperature_c": 20.25})
    house.wait(HOUR)
    (hour,) = house.sent(UnitHour)
    assert (hour.temperature_c, hour.humidity_pct) == (20.2, None)
    assert house.live().climate is None, "without the humidity nobody knows the WBGT"


def test_an_hour_is_reported_beside_what_is_usual_at_that_time_of_day() -> None:
    house = House()
    house.wait(1800)
    for day in range(9):
        for _ in range(3 if day else 90):
            house.move()
        house.wait(24 * HOUR)
    noons = [hour for hour in house.sent(UnitHour) if (hour.hour - START) % (24 * HOUR) == 0]
    assert [(hour.usual_low, hour.usual_high) for hour in noons[:7]] == [(None, None)] * 7
    assert [sum(hour.counts.values()) for hour in noons[:3]] == [90, 3, 3]
    assert (noons[8].usual_low, noons[8].usual_high) == (3.0, 90.0)
    nights = [hour for hour in house.sent(UnitHour) if (hour.hour - START) % (24 * HOUR) == 12 * HOUR]
    assert (nights[8].usual_low, nights[8].usual_high) == (0.0, 0.0)
