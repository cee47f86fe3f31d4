"""The self-test goes the whole way: over HTTP to the web process, through the engine, to the phone company and back."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from backend.adapters.store.schema import SelfTest
from backend.services import self_tests
from tests.broker import free_port
from tests.phone_company.faults import Fault
from tests.phone_company.phone import Phone
from tests.phone_company.world import World, now_of

NUMBER = "+819011117777"


def sets_up(world: World) -> Phone:
    """The self-test is in half an hour; returns the test phone."""
    now = now_of(world.clock)
    at = (now.astimezone(ZoneInfo("Asia/Tokyo")) + timedelta(minutes=30)).strftime("%H:%M")
    with world.store.session(world.town.organisation_id) as session:
        self_tests.set_up(session, at=at, phone=NUMBER, calls="never", now=now)
    return world.phone("the test phone", NUMBER)


def runs(world: World) -> list[tuple[str, str]]:
    with world.store.session(world.town.organisation_id) as session:
        found = session.scalars(select(SelfTest).order_by(SelfTest.id))
        return [(run.result, run.problem) for run in found]


def test_it_passes_when_the_company_says_that_the_message_arrived(either_world: World) -> None:
    phone = sets_up(either_world)
    either_world.advance(minutes=31)
    phone.expect_sms("自己点検", "異変ではありません")
    either_world.settle()
    assert runs(either_world) == [("passed", "")]
    either_world.advance(hours=1)  # and nobody else's phone makes a sound
    assert runs(either_world) == [("passed", "")]


def test_a_message_that_the_company_loses_fails_it_and_the_coordinators_hear_of_it_in_time(world: World) -> None:
    phone = sets_up(world)
    world.company.manners.held = True
    world.advance(minutes=31)
    phone.expect_sms("自己点検")
    world.advance(minutes=9)
    assert runs(world) == [("", "")]
    world.advance(minutes=2)
    assert runs(world) == [("failed", "no_report")]
    world.company.manners.held = False
    world.advance(hours=4, minutes=1)
    world.chika.expect_sms("自己点検に失敗")


def test_a_number_that_the_company_cannot_reach_fails_it_at_once(world: World) -> None:
    phone = sets_up(world)
    phone.sms_error = 30003
    world.advance(minutes=31)
    phone.expect_sms("自己点検")
    world.settle()
    assert runs(world) == [("failed", "refused")]


def test_a_company_that_refuses_the_order_fails_it(world: World) -> None:
    sets_up(world)
    world.company.order(Fault.REFUSE, status=400, code=21211, only="Messages")
    world.advance(minutes=31)
    assert runs(world) == [("failed", "refused")]


def test_a_web_process_that_is_away_fails_it(world: World) -> None:
    sets_up(world)
    world.reach_itself_at(f"http://127.0.0.1:{free_port()}")
    world.advance(minutes=31)
    assert runs(world) == [("", "")]
    world.advance(minutes=11)
    assert runs(world) == [("failed", "not_taken")]


def test_it_runs_in_the_workers_own_loop(world: World) -> None:
    phone = sets_up(world)
    with world.worker_running():
        world.clock.advance(minutes=31)
        phone.expect_sms("自己点検")
        world.company.wait_until(lambda: runs(world) == [("passed", "")])


@pytest.mark.parametrize("key", ["1", None])
def test_a_number_that_takes_no_sms_is_called_and_picking_up_is_enough(world: World, key: str | None) -> None:
    now = now_of(world.clock)
    with world.store.session(world.town.organisation_id) as session:
        self_tests.set_up(session, at="", phone="+81312345678", now=now)
        self_tests.run_now(session, self_tests.providers_of(world.channels), now)
    world.settle()
    call = world.phone("the test phone", "+81312345678").expect_call("試験")
    if key:
        call.press(int(key)).expect("試験は終わりです")
    else:
        call.says_nothing()
    world.settle()
    assert runs(world) == [("passed", "")]
