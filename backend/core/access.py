"""Who may see and do what."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from backend.errors import NotAllowed


class Role(StrEnum):
    WORKER = "worker"  # 生活援助員
    COORDINATOR = "coordinator"  # コーディネーター
    ADMINISTRATOR = "administrator"


class Act(StrEnum):
    SEE_BOARD = "see_board"
    SEE_RESIDENT = "see_resident"
    ANSWER_ALERT = "answer_alert"  # claim, release, coming, arrived, close
    SET_ABSENCE = "set_absence"
    TAKE_OVER = "take_over"  # release what somebody else has claimed
    SET_MAINTENANCE = "set_maintenance"
    TURN_DIAL = "turn_dial"  # how often a resident may be asked needlessly, and so how soon they are asked
    EDIT_REGISTER = "edit_register"  # buildings, units, nodes, residents
    RUN_SELF_TESTS = "run_self_tests"  # and say when and to which number they run
    EDIT_ROTA = "edit_rota"  # layers, overrides, swaps, leave, partners
    EDIT_WORKERS = "edit_workers"
    EDIT_GATEWAYS = "edit_gateways"  # take them in by the code that they show, and revoke lost ones
    SEE_AUDIT = "see_audit"


_WORKER = frozenset({Act.SEE_BOARD, Act.SEE_RESIDENT, Act.ANSWER_ALERT, Act.SET_ABSENCE})
_COORDINATOR = _WORKER | {
    Act.TAKE_OVER,
    Act.SET_MAINTENANCE,
    Act.TURN_DIAL,
    Act.EDIT_REGISTER,
    Act.EDIT_GATEWAYS,
    Act.EDIT_ROTA,
    Act.RUN_SELF_TESTS,
}
ALLOWED: Mapping[str, frozenset[Act]] = MappingProxyType(
    {Role.WORKER: _WORKER, Role.COORDINATOR: _COORDINATOR, Role.ADMINISTRATOR: frozenset(Act)}
)


def may(role: str, act: Act) -> bool:
    """Whether `role` may do `act`; an unknown role may do nothing."""
    return act in ALLOWED.get(role, frozenset())


def require(role: str, act: Act) -> None:
    """Raises NotAllowed."""
    if not may(role, act):
        raise NotAllowed(f"{role} may not {act}")
