"""The operator is told that the worker is silent, and that it beats again: once each, however many web processes."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete

from backend.adapters.store.schema import Heartbeat
from backend.config import Limits
from backend.errors import Ambiguous, DeliveryError
from backend.services import heartbeats, operator
from backend.services.operator import Notice, Way
from tests.backend.town import Town


class Mailbox:
    """A way to the operator, which fails as often as `problems` say."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.problems: list[Exception] = []

    def __call__(self, notice: Notice) -> None:
        if self.problems:
            raise self.problems.pop(0)
        self.notices.append(notice)

    @property
    def told(self) -> list[str]:
        return [notice.what for notice in self.notices]


def beats(town: Town) -> None:
    with town.store.system_session() as session:
        heartbeats.beat(session, "worker", now=town.now, real_now=town.real_now, limits=Limits())


def look(town: Town, ways: dict[str, Way], since: datetime | None = None) -> None:
    began = since or town.real_now - timedelta(days=1)
    operator.look(town.store, ways, looking_since=began, real_now=town.real_now)


def test_nobody_is_told_before_the_worker_has_been_silent_for_two_minutes(town: Town) -> None:
    box = Mailbox()
    beats(town)
    look(town, {"email": box})
    town.real.advance(seconds=119)
    look(town, {"email": box})
    assert box.told == []
    town.real.advance(seconds=1)
    look(town, {"email": box})
    assert box.notices == [Notice("silent", town.real_now - timedelta(seconds=120))]


def test_each_way_is_used_once_and_once_more_when_it_beats_again(town: Town) -> None:
    mail, hook = Mailbox(), Mailbox()
    ways: dict[str, Way] = {"email": mail, "webhook": hook}
    for _ in range(2):
        beats(town)
        town.real.advance(seconds=200)
        for _ in range(30):
            look(town, ways)
            town.real.advance(seconds=5)
        beats(town)
        for _ in range(3):
            look(town, ways)
    assert mail.told == hook.told == ["silent", "beating", "silent", "beating"]


def test_two_web_processes_at_once_tell_it_once(town: Town) -> None:
    box = Mailbox()
    beats(town)
    town.real.advance(seconds=200)
    start = threading.Barrier(4)

    def one(_: int) -> None:
        start.wait(60)
        look(town, {"email": box})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))
    assert box.told == ["silent"]


def test_a_way_that_fails_is_tried_again_and_keeps_no_other_from_being_used(town: Town) -> None:
    mail, hook = Mailbox(), Mailbox()
    mail.problems = [DeliveryError("refused", permanent=True), Ambiguous("the line broke")]
    beats(town)
    town.real.advance(seconds=200)
    for _ in range(200):
        look(town, {"email": mail, "webhook": hook})
        town.real.advance(seconds=5)
    assert (mail.told, hook.told) == (["silent"], ["silent"])
    assert mail.problems == []


def test_a_process_that_died_with_the_message_in_its_hand_leaves_it_to_another(town: Town) -> None:
    box, dying = Mailbox(), Mailbox()
    dying.problems = [KeyboardInterrupt()]  # type: ignore[list-item]
    beats(town)
    town.real.advance(seconds=200)
    with pytest.raises(KeyboardInterrupt):
        look(town, {"email": dying})
    look(town, {"email": box})
    assert box.told == [], "it may still be at it"
    town.real.advance(seconds=61)
    look(town, {"email": box})
    assert box.told == ["silent"]


def test_a_worker_that_never_came_is_missed_from_the_start_of_the_web_process_on(town: Town) -> None:
    with town.store.system_session() as session:
        session.execute(delete(Heartbeat))
    box, began = Mailbox(), town.real_now
    look(town, {"email": box}, began)
    assert box.told == []
    town.real.advance(seconds=121)
    look(town, {"email": box}, began)
    assert box.notices == [Notice("silent", None)]
    beats(town)
    look(town, {"email": box}, began)
    assert box.told == ["silent", "beating"]


def test_after_a_start_of_the_whole_machine_the_worker_has_its_two_minutes(town: Town) -> None:
    box = Mailbox()
    beats(town)
    town.real.advance(hours=3)
    look(town, {"email": box}, town.real_now)
    assert box.told == []


def test_nobody_hears_of_a_new_beat_who_did_not_hear_of_the_silence(town: Town) -> None:
    box = Mailbox()
    beats(town)
    town.real.advance(seconds=100)
    beats(town)
    look(town, {"email": box})
    assert box.told == []
