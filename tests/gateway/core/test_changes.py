"""What has changed in a resident's days: once a week, said once, never an alarm."""

from collections.abc import Callable
from datetime import date

import msgspec
import pytest
from contract.reports import Absence, Change, UnitLive

from gateway.core import change_words, changes, daybook
from gateway.core.building import BuildingCore
from gateway.core.decisions import Send
from gateway.core.inputs import Observed
from gateway.core.measures import MEASURES
from gateway.core.unit import Unit
from tests.gateway.core.house import HOUR, House, place

DAY = 24 * HOUR
PLACES = (
    place("bed", "101", "bedroom", "motion", "health", mains=False),
    place("wc", "101", "toilet", "motion", "health", mains=False),
    place("sofa", "101", "living", "motion", "health", mains=False),
)


def usual(day: int) -> int:
    return day * 5 % 7 // 3


def worse(day: int) -> int:
    return usual(day) + 2


class Home:
    """A unit with a resident whose days are written into its book, or lived."""

    def __init__(self) -> None:
        self.house = House(*PLACES)
        self.house.sense("sofa", "motion", {"count": 1})

    @property
    def unit(self) -> Unit:
        return self.house.core.units["101"]

    @property
    def book(self) -> daybook.Daybook:
        return self.unit.state.daybook

    def pass_days(self, days: int, ups: Callable[[int], int]) -> list[Change]:
        """So many days that count; `ups` says of each by its number how often its night was broken."""
        for _ in range(days):
            day = self.book.closed + 1
            self.book.open.pop(day, None)
            daybook.add(self.book, day, {"night_rising": ups(day), "rising": 222, "toilet_night": 0, "outings": 0})
            due = changes.due(self.unit)
            assert due is not None
            self.unit.wake(due)
        return self.said()

    def live(self, days: int, ups: int) -> None:
        """Days as the sensors see them: to bed at half past ten, up at seven."""
        for _ in range(days):
            noon = self.house.now
            firings = [(n / 2, "sofa") for n in range(1, 21)] + [(10.5, "bed")] + [(13.0 + n, "wc") for n in range(ups)]
            firings += [(n / 2, "sofa") for n in range(38, 48)]
            for hours, node in sorted(firings + [(2.0 * n, "") for n in range(12)]):
                self.house.idle(max(0.0, noon + hours * HOUR - self.house.now))
                for name in (node,) if node else ("bed", "wc", "sofa"):
                    self.house.sense(name, *(("motion", {"count": 1}) if node else ("health", {"uptime_s": 1})))
            self.house.idle(noon + DAY - self.house.now)

    def said(self) -> list[Change]:
        """What was reported since this was last asked."""
        found, self.house.decided = [*self.house.decided, *self.unit.house.out], []
        self.unit.house.out.clear()
        sent = [d for d in found if isinstance(d, Send) and isinstance(d.report, Change)]
        assert all(d.lane == "routine" for d in sent), "never an alarm"
        return [d.report for d in sent if isinstance(d.report, Change)]


@pytest.fixture
def home() -> Home:
    """One that is known for six weeks."""
    home = Home()
    assert home.pass_days(42, usual) == []
    return home


def test_restless_nights_are_told_once_with_since_when_and_their_days(home: Home) -> None:
    began = home.book.closed + 1
    (change,) = home.pass_days(28, worse)
    assert change.words.ja.startswith("夜中に起きる回数が増えています：週に5回→19回（1月4日ごろから）。")
    assert change.words.en == "Getting up at night happens more often: 5 → 19 a week (since about 4 January)."
    assert change.since == daybook.noon(began, home.unit.house.zone)
    assert (change.what, change.before) == ("night_rising", pytest.approx(0.71, abs=0.01))
    assert change.now == pytest.approx(2.71, abs=0.3)
    assert 49 <= len(change.days) <= 56
    assert change.days[0].day < change.days[-1].day < "2027-02"


def test_nothing_is_said_while_nothing_changes(home: Home) -> None:
    assert home.pass_days(140, usual) == []


def test_it_is_said_again_when_it_goes_on_and_when_it_has_gone_back(home: Home) -> None:
    (first,) = home.pass_days(14, worse)
    (more,) = home.pass_days(28, lambda day: usual(day) + 5)
    (back,) = home.pass_days(28, worse)
    assert first.words.ja.startswith("夜中に起きる回数が増えています：")
    assert more.words.ja.startswith("夜中に起きる回数がさらに増えています：週に19回→40回")
    assert back.words.ja.startswith("夜中に起きる回数がもとに戻りました：週に40回→19回")
    assert home.pass_days(140, worse) == [], "and what has lasted for long is usual"


def test_a_habit_that_ends_may_be_a_sensor_that_is_dead() -> None:
    words = change_words.sentence("outings", "new", 0.8, 0.0, date(2026, 10, 12))
    assert words.ja.endswith("0回（10月12日ごろから）。一度も反応がないため、センサーの故障かもしれません。")
    assert words.en.endswith("6 → 0 a week (since about 12 October). Nothing at all was sensed: it may be the sensor.")


@pytest.mark.parametrize(
    ("name", "before", "now", "ja"),
    [
        ("rising", 6.7, 8.15, "起きる時刻が遅くなっています：6時40分→8時10分（"),
        ("bedtime", 22.5, 24.75, "寝る時刻が遅くなっています：22時30分→0時50分（"),
        ("active_day", 6.5, 4.0, "日中に家の中で動いている時間が短くなっています：1日に6時間30分→4時間0分（"),
        ("toilet_day", 5.0, 8.2, "昼間のトイレの回数が増えています：1日に5回→8回（"),
        ("outings", 5 / 7, 2 / 7, "外出の回数が減っています：週に5回→2回（"),
    ],
)
def test_every_change_is_said_in_plain_words(name: str, before: float, now: float, ja: str) -> None:
    assert change_words.sentence(name, "new", before, now, date(2026, 10, 12)).ja.startswith(ja)
    assert set(change_words._NAMES) == set(MEASURES)


def test_what_the_sensors_see_becomes_the_numbers_of_the_day() -> None:
    home = Home()
    home.live(2, 2)
    assert home.book.days == [home.book.closed], "the second is not over"
    assert {name: column[-1] for name, column in home.book.values.items()} == {
        "night_rising": 2,
        "toilet_night": 2,
        "toilet_day": 0,
        "bathroom_night": 0,
        "bathroom_day": 0,
        "outings": 0,
        "bedtime": 127,
        "rising": 228,
        "active_day": 32,
    }


def test_a_gateway_that_was_off_on_monday_makes_up_for_it(home: Home) -> None:
    while home.book.closed % 7 != 5:  # until Saturday is reckoned
        home.pass_days(1, usual)
    before = home.book.compared_at
    home.house.now = (changes.due(home.unit) or 0.0) + 2 * DAY
    home.unit.wake(home.house.now)
    assert home.book.compared_at == home.house.now != before
    assert home.house.now < (changes.due(home.unit) or 0.0) <= home.house.now + DAY


def test_days_of_a_visit_of_an_outage_and_of_a_lost_sensor_do_not_count() -> None:
    home = Home()
    today = home.book.closed + 1
    home.live(1, 0)
    home.house.tell(Absence("101", "visit", home.house.now + HOUR, home.house.now + 2 * HOUR))
    home.live(1, 0)
    home.house.now += HOUR
    home.live(1, 0)
    daybook.doubt(home.book, home.house.now, home.house.now + HOUR, "wc")
    home.live(1, 0)
    home.house.idle(3 * HOUR)
    assert home.book.closed == today + 3
    assert home.book.days == [today]


def test_what_other_sensors_saw_is_not_compared(home: Home) -> None:
    assert len(home.book.days) == 42
    unit = home.unit
    unit.place([*unit.places[:2], msgspec.structs.replace(unit.places[2], room="kitchen")], home.house.now)
    assert (home.book.days, home.book.compared) == ([], [])
    assert changes.comparing(unit).days == 0


def test_the_screen_is_told_how_far_the_comparison_has_come(home: Home) -> None:
    home.house.idle(2 * HOUR)
    live = [d.report for d in home.house.decided if isinstance(d, Send) and isinstance(d.report, UnitLive)][-1]
    assert live.comparing is not None
    assert (live.comparing.days, live.comparing.needs) == (28, 28)
    assert live.comparing.at is not None
    assert live.comparing.compared == ["night_rising", "toilet_night", "rising"], "there is no sensor on the door"


def test_a_snapshot_from_before_has_no_days_and_is_read_all_the_same(home: Home) -> None:
    body = msgspec.msgpack.decode(home.house.core.dump())
    del body["units"]["101"][0]["daybook"]
    core = BuildingCore("gw1")
    core.load(msgspec.msgpack.encode(body))
    assert core.units["101"].state.daybook == daybook.Daybook()
    assert changes.due(core.units["101"]) is None


def test_what_is_kept_is_small_and_bounded(home: Home) -> None:
    home.pass_days(200, usual)
    assert len(home.book.days) == daybook.MOST_DAYS
    assert {len(column) for column in home.book.values.values()} == {daybook.MOST_DAYS}
    assert len(msgspec.msgpack.encode(home.book)) < 4000


def test_a_clock_that_was_ahead_takes_its_days_back(home: Home) -> None:
    home.house.now -= 20 * DAY
    home.house.take(Observed(home.house.now, home.house.now, "sofa", "motion", {"count": 1}, False, "b1", 999_999))
    today, _ = daybook.day_and_second(home.house.now, home.unit.house.zone)
    assert all(day < today for day in home.book.days)
    assert home.book.closed < today
    assert (changes.due(home.unit) or 0.0) < home.house.now + 2 * DAY
