"""The alerts of one unit: raised once, moved through `asking.py`'s table, reported with what was seen."""

import hashlib
from collections.abc import Callable
from itertools import chain, count

from contract.reports import Alert, AlertKind, Evidence, Receipt, Stage, Words

from gateway.core import asking
from gateway.core.asking import Case, Happening
from gateway.core.decisions import Decision, Send, TellNode

MOST_CASES = 64
LONGEST_ID = 64


def alert_id(gateway: str, unit: str, kind: str, since: float, node: str = "") -> str:
    """The name of an alert, the same whenever it is decided again. At most 64 characters."""
    parts = (
        [gateway, unit, kind, node, str(int(since * 1000))] if node else [gateway, unit, kind, str(int(since * 1000))]
    )
    name = "-".join(parts)
    if len(name) <= LONGEST_ID:
        return name
    return f"{kind}-{hashlib.blake2b(name.encode(), digest_size=20).hexdigest()}"


class Cases:
    """`held` and `standing` are the unit's state: all cases by alert id, and for each cause the case that stands for
    it.
    """

    def __init__(
        self,
        gateway: str,
        unit: str,
        held: dict[str, Case],
        standing: dict[str, str],
        evidence: Callable[[Case, float], Evidence],
        out: list[Decision],
    ) -> None:
        self._gateway, self._unit, self._evidence, self._out = gateway, unit, evidence, out
        self.held, self.standing = held, standing

    def of(self, cause: str) -> Case | None:
        """The case that stands for a cause, if it is not over."""
        case = self.held.get(self.standing.get(cause, ""))
        return None if case is None or case.phase == "over" else case

    def since(self, cause: str) -> float:
        """When what stands for a cause began, though its alert be closed; 0 where it is long forgotten."""
        case = self.held.get(self.standing.get(cause, ""))
        return 0.0 if case is None else case.since

    def begin(self, cause: str, kind: AlertKind, since: float, now: float, *, node: str = "", place: str = "") -> Case:
        """A new case in phase "open", not yet reported.

        Where one of the same instant is over already (a closed silence that goes on, a node whose clock stands
        still), `now` tells them apart.
        """
        instants = chain((since,), (now + n / 1000 for n in count()))
        names = (alert_id(self._gateway, self._unit, kind, instant, node) for instant in instants)
        alert = next(name for name in names if name not in self.held)
        self._forget_oldest()
        self.standing[cause] = alert
        case = self.held[alert] = Case(alert, kind, "open", since, place=place, node=node)
        return case

    def _forget_oldest(self) -> None:
        ended = [alert for alert, case in self.held.items() if case.phase == "over"]
        for alert in ended[: max(0, len(self.held) - MOST_CASES + 1)]:
            del self.held[alert]

    def report(self, case: Case, stage: Stage, reason: Words, now: float) -> None:
        """Tell the backend of a stage, with the evidence of this moment."""
        asked = case.phase == "asking"
        self._out.append(
            Send(
                Alert(
                    case.alert,
                    self._unit,
                    case.kind,
                    stage,
                    case.since,
                    reason,
                    self._evidence(case, now),
                    case.ask_until if asked else None,
                    case.open_at if asked else None,
                ),
                "alert",
            )
        )

    def move(self, case: Case, happening: Happening, now: float, reason: Words) -> None:
        """Let something happen to the case, and report the stage it led to, if any."""
        stage = asking.step(case, happening)
        if stage is not None:
            self.report(case, stage, reason, now)

    def settle(self, cause: str, now: float, reason: Words) -> None:
        """The state of things behind a cause is over: the next time it is a new alert."""
        case = self.of(cause)
        self.standing.pop(cause, None)
        if case is not None:
            self.move(case, "restored", now, reason)

    def receipt(self, case: Case, command: Receipt) -> None:
        """Pass on to the nodes that pressed how far their alert has come."""
        case.receipt = command.stage
        for press in case.pressed:
            self.tell(press, command.stage)

    def tell(self, press: asking.Press, stage: str) -> None:
        self._out.append(TellNode(press.node, "receipt", {"boot": press.boot, "seq": press.seq, "stage": stage}))
