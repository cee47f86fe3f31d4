"""The play: things happen in all buildings while replicas die; then everything must come to an end.

Buttons are pressed, and people who do not move are asked first; alerts are claimed, in some buildings forgotten, and
ended.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import and_, func, or_, select

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.adapters.store.schema import Alert, Notification
from backend.core.alerts import HELD, State
from tests.chaos import town
from tests.chaos.desk import Desk
from tests.chaos.fleet import ANYWHERE, Fleet
from tests.chaos.gateways import Gateways
from tests.chaos.judge import HAPPENING, Verdict, judge
from tests.phone_company.phone import RingingCall
from tests.phone_company.tireless import TirelessCompany
from tests.system.installation import wait_until

PUBLIC_URL = "https://watch.example"
AT_ONCE = 6
LOOKS_EVERY_S = 0.2
ANYWHERE_SHARE = 0.5  # of the kills; the others are at fail points
MOST_UNTAKEN = 24  # alerts: with more, pages are repeated faster than the one who plays the phones answers them
MOST_EXTRA = 0.5  # of the alerts, at most, until somebody has died at every fail point
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
    spared: Sequence[str]  # the fail points at which nobody died
    lost_callbacks: int

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
    """Let `alerts` things happen and go on killing until at least `kills` processes have died.

    `everywhere`: and until one has died at every fail point, unless that takes too many more alerts.
    """
    chance = random.Random(seed)
    store = Store(database_url)
    migrate(store)
    built = town.build(store, time.time())
    taken = partial(_taken, store, built)
    with ReplicatedCompany() as company:
        company.fleet = Fleet(home, database_url, company.api_url, PUBLIC_URL, chance)
        _give_phones(company, built, chance)
        with company.fleet as fleet:
            gateways, desk = Gateways(built, fleet, chance), Desk(store, built)
            try:
                _happen_and_kill(gateways, fleet, taken, chance, alerts, kills, everywhere)
                fleet.armed = False
                _wait_until_quiet(store, built.organisation_id, taken, company, len(gateways.promised))
            finally:
                gateways.close()
                desk.close()
            verdict = judge(store, built, gateways.promised, company)
            return Played(verdict, fleet.kills, fleet.spared, company.lost_callbacks)


def _give_phones(company: ReplicatedCompany, built: town.Town, chance: random.Random) -> None:
    """The first worker of each building does one or another useless thing; the second takes what rings.

    Of the residents some say that all is well.
    """
    moods = [
        RingingCall.does_not_answer,
        RingingCall.busy,
        RingingCall.voicemail,
        lambda ringing: ringing.answer().press(4),
        _presses_1,
    ]
    for house in built.houses:
        company.phone(house.first, house.first).takes_any_sms().does(chance.choice(moods), calls=None)
        company.phone(house.second, house.second).takes_any_sms().does(_presses_1, calls=None)
        for resident in house.residents:
            answers = chance.choice([RingingCall.does_not_answer, _presses_1])
            company.phone(resident, resident).does(answers, calls=None)


def _presses_1(ringing: RingingCall) -> None:
    ringing.answer().press(1)


def _happen_and_kill(
    gateways: Gateways,
    fleet: Fleet,
    taken: Callable[[], int],
    chance: random.Random,
    alerts: int,
    kills: int,
    everywhere: bool,
) -> None:
    """Let something happen every now and then until there are enough of both.

    What happens and kills keep step with the alerts that people have taken: on no machine, however slow, do replicas
    die faster than they get anything done.
    """

    def is_enough() -> bool:
        if len(begun) < alerts or sum(fleet.kills.values()) < kills:
            return False
        return not everywhere or not fleet.spared or len(begun) >= alerts * (1 + MOST_EXTRA)

    with ThreadPoolExecutor(AT_ONCE) as hands:
        begun: list[Future[None]] = []
        while not is_enough():
            done = taken()
            under_way = sum(not each.done() for each in begun)
            if under_way < AT_ONCE and len(begun) - done < MOST_UNTAKEN:
                begun.append(hands.submit(gateways.happen, len(begun)))
            died = fleet.kills
            fleet.armed = sum(died.values()) * alerts <= done * kills
            if died[ANYWHERE] * alerts < done * kills * ANYWHERE_SHARE:
                fleet.kill_one()
            time.sleep(chance.uniform(0.0, LOOKS_EVERY_S))
        for each in begun:
            each.result()


def _taken(store: Store, built: town.Town) -> int:
    """How many alerts nobody will be called about again."""
    kept = and_(Alert.state.in_(HELD), Alert.building_id.not_in(built.forgetful))
    with store.reading(built.organisation_id) as session:
        return (
            session.scalar(
                select(func.count(Alert.id)).where(Alert.kind.in_(HAPPENING), or_(Alert.state == State.CLOSED, kept))
            )
            or 0
        )


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

    what = "every alert has been taken for good or has ended, and nothing is under way"
    wait_until(is_quiet, within_s=SETTLES_WITHIN_S, what=what, so_far=taken)
