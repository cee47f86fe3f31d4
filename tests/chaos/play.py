"""The play: buttons are pressed in all buildings while replicas die; then everything must come to an end."""

import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import func, select

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.adapters.store.schema import Alert, Notification
from backend.core.alerts import HELD
from tests.chaos import town
from tests.chaos.fleet import ANYWHERE, Fleet
from tests.chaos.gateways import Gateways
from tests.chaos.judge import Verdict, judge
from tests.chaos.points import POINTS
from tests.phone_company.phone import RingingCall
from tests.phone_company.tireless import TirelessCompany
from tests.system.installation import wait_until

PUBLIC_URL = "https://watch.example"
PRESSED_AT_ONCE = 6
LOOKS_EVERY_S = 0.2
ANYWHERE_SHARE = 0.5  # of the kills; the others are at fail points
MOST_UNTAKEN = 20  # alerts: with more, pages are repeated faster than the one who plays the phones answers them
MOST_PRESSES = 3
SETTLES_WITHIN_S = 300.0


class ReplicatedCompany(TirelessCompany):
    """Its callbacks and scripts go to any web replica, as through a proxy that knows of no death."""

    fleet: Fleet
    chance = random.Random(1)

    def reach(self, url: str) -> str:
        assert url.startswith(PUBLIC_URL + "/"), url
        return self.chance.choice(self.fleet.urls) + url.removeprefix(PUBLIC_URL)


@dataclass(frozen=True)
class Played:
    verdict: Verdict
    kills: Mapping[str, int]
    lost_callbacks: int

    @property
    def spared(self) -> list[str]:
        """The fail points at which nobody died."""
        return spared(self.kills)

    @property
    def line(self) -> str:
        judged = self.verdict
        return (
            f"chaos: alerts={judged.alerts} kills={sum(self.kills.values())} lost={len(judged.lost)} "
            f"doubled={len(judged.doubled)} unexplained={len(judged.unexplained)}"
        )


def play(
    home: Path, database_url: str, *, alerts: int, kills: int, everywhere: bool = False, seed: int = 20261126
) -> Played:
    """Press `alerts` buttons and go on killing until at least `kills` processes have died.

    everywhere: and until one has died at every fail point, with at most MOST_PRESSES times as many alerts.
    """
    chance = random.Random(seed)
    store = Store(database_url)
    migrate(store)
    built = town.build(store, time.time())
    taken = partial(_taken, store, built.organisation_id)
    with ReplicatedCompany() as company:
        company.fleet = Fleet(home, database_url, company.api_url, PUBLIC_URL, chance)
        _give_phones(company, built, chance)
        with company.fleet as fleet:
            gateways = Gateways(built, fleet, chance)
            try:
                _press_and_kill(gateways, fleet, taken, chance, alerts, kills, everywhere=everywhere)
                fleet.armed = False
                _wait_until_quiet(store, built.organisation_id, taken, company, len(gateways.promised))
            finally:
                gateways.close()
            verdict = judge(store, built.organisation_id, gateways.promised, company)
            return Played(verdict, fleet.kills, company.lost_callbacks)


def _give_phones(company: ReplicatedCompany, built: town.Town, chance: random.Random) -> None:
    """The first worker of each building does one or another useless thing; the second takes what rings."""
    moods = [
        RingingCall.does_not_answer,
        RingingCall.busy,
        RingingCall.voicemail,
        lambda ringing: ringing.answer().press(4),
        _takes_it,
    ]
    for house in built.houses:
        company.phone(house.first, house.first).takes_any_sms().does(chance.choice(moods), calls=None)
        company.phone(house.second, house.second).takes_any_sms().does(_takes_it, calls=None)


def _takes_it(ringing: RingingCall) -> None:
    ringing.answer().press(1)


def spared(kills: Mapping[str, int]) -> list[str]:
    """The fail points at which nobody died."""
    return sorted(point for point in POINTS if not kills.get(point))


def _press_and_kill(
    gateways: Gateways,
    fleet: Fleet,
    taken: Callable[[], int],
    chance: random.Random,
    alerts: int,
    kills: int,
    *,
    everywhere: bool,
) -> None:
    """Press a button every now and then until there are enough of both.

    Presses and kills keep step with the alerts that people have taken: on no machine, however slow, do replicas die
    faster than they get anything done.
    """
    with ThreadPoolExecutor(PRESSED_AT_ONCE) as fingers:
        pressed: list[Future[None]] = []

        def is_enough() -> bool:
            died = fleet.kills
            if len(pressed) < alerts or sum(died.values()) < kills:
                return False
            return not everywhere or not spared(died) or len(pressed) >= alerts * MOST_PRESSES

        while not is_enough():
            done = taken()
            under_way = sum(not each.done() for each in pressed)
            if under_way < PRESSED_AT_ONCE and len(pressed) - done < MOST_UNTAKEN:
                pressed.append(fingers.submit(gateways.press, len(pressed)))
            died = fleet.kills
            fleet.armed = sum(died.values()) * alerts <= done * kills
            if died[ANYWHERE] * alerts < done * kills * ANYWHERE_SHARE:
                fleet.kill_one()
            time.sleep(chance.uniform(0.0, LOOKS_EVERY_S))
        for each in pressed:
            each.result()


def _taken(store: Store, organisation_id: int) -> int:
    with store.reading(organisation_id) as session:
        return session.scalar(select(func.count(Alert.id)).where(Alert.state.in_(HELD))) or 0


def _wait_until_quiet(
    store: Store, organisation_id: int, taken: Callable[[], int], company: ReplicatedCompany, alerts: int
) -> None:
    def is_quiet() -> bool:
        if taken() != alerts:
            return False
        with store.reading(organisation_id) as session:
            under_way = session.scalar(
                select(func.count(Notification.id)).where(Notification.state.in_(("pending", "sending")))
            )
        return not under_way and company.has_nothing_left

    what = "somebody has taken every alert, and nothing is under way"
    wait_until(is_quiet, within_s=SETTLES_WITHIN_S, what=what, so_far=taken)
