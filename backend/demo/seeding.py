"""Fill an empty database with the demo's building and people."""

from datetime import datetime, timedelta

import msgspec
from contract.reports import Building

from backend.adapters.store import Store
from backend.demo import people
from backend.demo.building import Sensor
from backend.demo.scene import VIEWER
from backend.services import commands
from backend.services.register import Hung, Register, Step
from backend.services.seed import seed

_BEFORE = timedelta(days=730)  # long enough ago for any history


class ForGateway(msgspec.Struct, frozen=True):
    """What the gateway must be given: its credential, and its building as the contract has it."""

    credential: str
    building: Building


def fill(
    store: Store, hanging: tuple[Sensor, ...], zone: str, now: datetime, real_now: datetime, human_limits_s: float
) -> ForGateway:
    """Write everything; `hanging` is every node of the building."""
    made = seed(store, _register(hanging, zone, now - _BEFORE), now=now, real_now=real_now, password=people.PASSWORD)
    with store.session(made.organisation_id, viewer=VIEWER, purpose="demo seed") as session:
        told = _in_haste(commands.building(session, made.gateway_id), human_limits_s)
        commands.configure(session, made.gateway_id, now, told)
    return ForGateway(made.credential, told)


def _register(hanging: tuple[Sensor, ...], zone: str, since: datetime) -> Register:
    return Register(
        name="居住支援法人 あかり（実演）",
        kana="あかり",
        fallback_phone=people.FALLBACK_PHONE,
        building="ひかり荘",
        address="東京都世田谷区（架空）",
        gateway="hikari",
        policy="ひかり荘 通報の順番",
        steps=(Step("rota"), Step("worker", login="suzuki"), Step("worker", login="tanaka")),
        staff=people.WORKERS,
        homes=people.HOMES,
        key_place=people.KEY_PLACE,
        protocol=people.PROTOCOL,
        since=since,
        hung=tuple(Hung(one.node, one.unit, one.room, one.kinds, one.mains) for one in hanging),
        zone=zone,
        invented=True,
    )


def _in_haste(building: Building, human_limits_s: float) -> Building:
    """Ask no longer than the demo waits for people: by node, by call, by call again."""
    return msgspec.structs.replace(building, ask_node_s=human_limits_s, ask_total_s=2.5 * human_limits_s)
