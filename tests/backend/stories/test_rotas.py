"""Who is called because a rota says so: the product with a phone company around it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backend.adapters.store import StoreSession
from backend.adapters.store.schema import RotaLayer
from backend.core.clocks import instant
from backend.core.rota import EVERY_DAY, Hours
from backend.services import partners, rota_changes, rota_layers
from backend.services.actors import Actor
from backend.services.rota_checks import LeaveDraft, OverrideDraft
from backend.services.rota_layers import LayerDraft
from tests.phone_company.phone import Phone
from tests.phone_company.town import Step
from tests.phone_company.world import World

TOKYO = ZoneInfo("Asia/Tokyo")
NIGHT = "+815011112222"
BY_ROTA = (Step(("sms", "voice")), Step(("voice",), "bea"))
DAYTIME = (Hours(EVERY_DAY, time(9), time(17)),)
COORDINATOR = Actor("worker:3", 3, "coordinator", "web")


class Planned:
    """A world whose building follows a rota: Aoi from 9 to 17, and a night centre at all other times."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.night: Phone = world.phone("the night centre", NIGHT)
        with world.store.session(world.town.organisation_id) as session:
            rota = rota_layers.create(session, name="当番", now=self.now)
            self.rota_id = rota.id
            self.partner = partners.add(session, name="夜間見守りセンター", phone=NIGHT)
            rota_layers.follow(session, rota.id, [1])
            self.low = self._layer(session, "夜間", (f"partner:{self.partner.id}",)).ref
            self._layer(session, "日中", ("worker:1",), DAYTIME)

    def _layer(
        self, session: StoreSession, name: str, turn: tuple[str, ...], hours: tuple[Hours, ...] = ()
    ) -> RotaLayer:
        draft = LayerDraft(name, "Asia/Tokyo", 7, date(2026, 1, 5), time(9), (turn,), hours)
        return rota_layers.put(session, self.rota_id, COORDINATOR, draft, now=self.now)

    @property
    def now(self) -> datetime:
        return instant(self.world.clock.now())

    def at(self, hour: int, minute: int = 0) -> None:
        """Go on to that time of day in Tokyo."""
        today = self.now.astimezone(TOKYO)
        then = today.replace(hour=hour, minute=minute, second=0, microsecond=0)
        then += timedelta(days=1) * (then < today)
        self.world.clock.advance(seconds=(then.astimezone(UTC) - self.now).total_seconds())

    def override(self, person: str, hours: float = 1) -> None:
        with self.world.store.session(self.world.town.organisation_id) as session:
            draft = OverrideDraft(self.now, self.now + timedelta(hours=hours), (person,))
            rota_changes.override(session, self.rota_id, COORDINATOR, draft, now=self.now)

    def leave(self, person: str) -> None:
        with self.world.store.session(self.world.town.organisation_id) as session:
            rota_changes.leave(session, COORDINATOR, LeaveDraft(person, self.now, None), now=self.now)

    def without_nights(self) -> None:
        with self.world.store.session(self.world.town.organisation_id) as session:
            rota_layers.end(session, self.rota_id, self.low, now=self.now)


@pytest.fixture
def sqlite_url(empty_sqlite: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(empty_sqlite, tmp_path / 'world.db')}"


@pytest.fixture
def world(sqlite_url: str) -> Iterator[World]:
    with World(sqlite_url, steps=BY_ROTA) as world:
        yield world


@pytest.fixture
def planned(world: World) -> Planned:
    return Planned(world)


def test_the_first_to_be_called_is_whoever_the_rota_names(planned: Planned) -> None:
    planned.at(10)
    alert = planned.world.press_emergency()
    planned.world.aoi.expect_sms("緊急")
    planned.world.aoi.expect_call("緊急", "203号室").press(1).expect("受け付けました")
    assert planned.world.holder(alert) == "aoi"


def test_at_night_the_other_organisation_is_called_and_claims_in_its_own_name(planned: Planned) -> None:
    world = planned.world
    planned.at(20)
    alert = world.press_emergency()
    planned.night.expect_call("緊急", "203号室").press(1).expect("受け付けました")
    found = world.alert(alert)
    assert (found.state, found.claimed_by_id, found.claimed_by_partner_id) == ("claimed", None, planned.partner.id)
    assert planned.night.texts == []
    assert "夜間見守りセンター" in world.screen("bea").get("/")
    page = world.screen("bea").get(f"/alerts/{alert}/")
    assert "夜間見守りセンター" in page
    world.advance(minutes=20)
    assert planned.night.rang == 1


def test_in_the_morning_a_worker_goes_on_with_what_the_night_centre_has_claimed(planned: Planned) -> None:
    world = planned.world
    planned.at(8, 50)
    alert = world.press_emergency()
    planned.night.expect_call("緊急").press(1).expect("受け付けました")
    planned.at(9, 5)
    screen = world.screen("aoi")
    assert "向かっています" in screen.get(f"/alerts/{alert}/")
    screen.press(alert, "coming")
    assert world.holder(alert) == "aoi"
    assert world.alert(alert).claimed_by_partner_id is None
    screen.press(alert, "arrived")
    screen.press(alert, "close", outcome="helped")


def test_whoever_comes_second_hears_that_the_night_centre_was_first(planned: Planned) -> None:
    world = planned.world
    planned.at(20)
    alert = world.press_emergency()
    first = planned.night.expect_call("緊急")
    world.advance(minutes=1)
    second = world.bea.expect_call("緊急")
    world.chika.expect_sms("未対応")
    first.press(1).expect("受け付けました")
    second.press(1).expect("すでに")
    world.bea.expect_sms("夜間見守りセンターさんが引き受けました")
    world.chika.expect_sms("夜間見守りセンターさんが引き受けました")
    assert world.alert(alert).claimed_by_partner_id == planned.partner.id


def test_the_rota_is_asked_when_the_step_is_reached_and_not_before(planned: Planned) -> None:
    world = planned.world
    world.aoi.does_not_answer()
    for phone in (world.aoi, world.bea, world.chika):
        phone.takes_any_sms()
    planned.at(16, 59)
    alert = world.press_emergency()
    world.settle()
    assert (world.aoi.rang, planned.night.rang) == (1, 0)
    screen = world.screen("bea")
    screen.press(alert, "claim")
    planned.at(17, 1)
    screen.press(alert, "release")
    planned.night.expect_call("緊急").press(1).expect("受け付けました")
    assert world.aoi.rang == 1


def test_an_override_that_was_just_made_is_honoured(planned: Planned) -> None:
    planned.at(20)
    planned.override("worker:2")
    alert = planned.world.press_emergency()
    planned.world.bea.expect_sms("緊急")
    planned.world.bea.expect_call("緊急").press(1).expect("受け付けました")
    assert planned.world.holder(alert) == "bea"
    assert planned.night.rang == 0


def test_somebody_on_leave_is_not_rung_and_the_layer_below_is(planned: Planned) -> None:
    planned.at(10)
    planned.leave("worker:1")
    planned.world.press_emergency()
    planned.night.expect_call("緊急").press(1).expect("受け付けました")
    assert planned.world.aoi.calls == []


def test_where_nobody_is_on_call_the_next_step_is_taken_at_once_and_the_gap_is_shown(planned: Planned) -> None:
    world = planned.world
    planned.at(20)
    planned.without_nights()
    alert = world.press_emergency()
    world.bea.expect_call("緊急").press(1).expect("受け付けました")
    assert world.alert(alert).gaps == ["step 1"]
    assert "gap" in world.history(alert)


def test_a_building_that_follows_no_rota_goes_on_to_the_next_step_at_once(world: World) -> None:
    alert = world.press_emergency()
    world.bea.expect_call("緊急").press(1).expect("受け付けました")
    assert world.alert(alert).gaps == ["step 1"]


def test_a_night_centre_that_says_not_me_is_not_rung_again(planned: Planned) -> None:
    world = planned.world
    for phone, calls in ((world.bea, 2), (world.chika, 1), (world.fallback, 1)):
        phone.does_not_answer(calls=calls).takes_any_sms()
    planned.at(20)
    alert = world.press_emergency()
    planned.night.expect_call("緊急").press(9).expect("失礼")
    world.settle()
    assert world.bea.rang == 1
    screen = world.screen("bea")
    screen.press(alert, "claim")
    screen.press(alert, "release")
    world.advance(minutes=3)
    assert planned.night.rang == 1
    assert world.alert(alert).gaps == ["step 1"]
    screen.press(alert, "claim")


def test_a_night_centre_that_speaks_english_is_spoken_to_in_english(planned: Planned) -> None:
    world = planned.world
    with world.store.session(world.town.organisation_id) as session:
        session.merge(planned.partner).language = "en"
    planned.at(20)
    world.press_emergency()
    call = planned.night.expect_call("emergency")
    call.press(1)
    assert call.languages == {"en-US"}
