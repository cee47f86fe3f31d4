"""A rota for the small organisation: two who take turns by day, a night centre below, on both databases."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from backend.adapters.store.schema import RotaLayer, Worker
from backend.core import rota as rules
from backend.core.rota import EVERY_DAY, Hours
from backend.services import partners, rota_changes, rota_layers, rotas
from backend.services.rota_checks import LeaveDraft, OverrideDraft
from backend.services.rota_layers import LayerDraft
from tests.backend.town import Town

AOKI, ITO, UEDA, ENDO = (f"worker:{number}" for number in (1, 2, 3, 4))
NIGHT = "partner:1"
TOKYO = ZoneInfo("Asia/Tokyo")
DAYTIME = Hours(EVERY_DAY, time(9), time(17))
MONDAY = date(2026, 11, 23)  # the town's day; it is 11:13 in Tokyo


def tokyo(text: str) -> datetime:
    """An instant of that month: "24T09:00"."""
    return datetime.fromisoformat(f"2026-11-{text}:00").replace(tzinfo=TOKYO).astimezone(UTC)


def layer(*turns: Sequence[str] | str, **more: Any) -> LayerDraft:
    people = tuple((turn,) if isinstance(turn, str) else tuple(turn) for turn in turns)
    given = {"name": "日中", "zone": "Asia/Tokyo", "days": 7, "start": MONDAY, "handover": time(9), **more}
    return LayerDraft(turns=people, **given)


class Roster:
    """Coordinated by Endo. `low` and `high` are its layers: the night centre always, Aoki and Ito in turns by day."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.actor = town.actor("endo")
        with self.session() as session:
            self.id = rota_layers.create(session, name="ひかり荘 当番", now=town.now).id
            partners.add(session, name="夜間見守りセンター", phone="050-1111-2222")
            rota_layers.follow(session, self.id, [1])
        self.low = self.put(layer(NIGHT, name="夜間", start=date(2026, 11, 16)))
        self.high = self.put(layer(AOKI, ITO, days=1, hours=(DAYTIME,)))

    def session(self) -> Any:
        return self.town.session(viewer="worker:4")

    def put(self, draft: LayerDraft, **more: Any) -> RotaLayer:
        with self.session() as session:
            return rota_layers.put(session, self.id, self.actor, draft, now=self.town.now, **more)

    def override(self, since: str, until: str, *people: str, instead_of: str | None = None) -> int:
        draft = OverrideDraft(tokyo(since), tokyo(until), people, instead_of)
        with self.session() as session:
            return rota_changes.override(session, self.id, self.actor, draft, now=self.town.now).id

    def leave(self, person: str, since: str, until: str | None) -> int:
        draft = LeaveDraft(person, tokyo(since), tokyo(until) if until else None)
        with self.session() as session:
            return rota_changes.leave(session, self.actor, draft, now=self.town.now).id

    def rules(self, since: datetime | None = None) -> rules.Rota:
        with self.session() as session:
            return rotas.load(session, self.id, since=since or self.town.now, now=self.town.now)

    def at(self, when: str) -> tuple[str, ...]:
        found = rules.on_call(self.rules(min(tokyo(when), self.town.now)), tokyo(when))
        return found.people if found else ()

    def let_go(self, login: str) -> None:
        """That worker has left."""
        with self.session() as session:
            session.get_one(Worker, self.town.worker(login).id).active = False
