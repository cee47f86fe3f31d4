"""Nodes that have no board: they number, date and encode what they report in the native contract."""

from typing import Any

from contract import topics
from contract.observations import Command, Event, Receipt, Status

from gateway.simulator.plan import NodePlan

FIRMWARE = "simulated"
HEALTH_MAINS_S = 60.0
HEALTH_BATTERY_S = 3600.0
_BATTERY_V = 2.95

Packet = tuple[str, bytes]  # topic and body, QoS 1


class SimulatedNode:
    """One node from one start (`boot`) on. It sends nothing itself: whoever holds it publishes the packets."""

    def __init__(self, plan: NodePlan, boot: str, started_at: float) -> None:
        self.plan = plan
        self.cut = False
        self.press: tuple[int, Packet] | None = None  # an emergency the gateway has not confirmed yet
        self.stage = ""  # how far the last press has come
        self.asked = 0  # how often
        self.asked_until = 0.0
        self._boot = boot
        self._started_at = started_at
        self._seq = 0
        self._pressed_seq = 0

    @property
    def health_every_s(self) -> float:
        return HEALTH_MAINS_S if self.plan.mains else HEALTH_BATTERY_S

    def event(self, at: float, kind: str, value: Any) -> Packet:
        self._seq += 1
        event = Event(boot=self._boot, seq=self._seq, kind=kind, value=value, at=round(at, 3))
        return topics.event(self.plan.node), event.encode()

    def health(self, at: float) -> Packet:
        value: dict[str, Any] = {"uptime_s": max(0.0, round(at - self._started_at)), "rssi_dbm": -61}
        if not self.plan.mains:
            value["battery_v"] = _BATTERY_V
        return self.event(at, "health", value)

    def status(self, state: str) -> Packet:
        return topics.status(self.plan.node), Status(state, FIRMWARE, self._boot).encode()

    def pressed(self, at: float) -> Packet:
        """The emergency button: to be published again until `heard` clears it."""
        packet = self.event(at, "emergency", "pressed")
        self.press, self.stage = (self._seq, packet), "sent"
        self._pressed_seq = self._seq
        return packet

    def heard(self, leaf: str, body: bytes, now: float) -> None:
        """Take in what the gateway says. Raises ContractError on what breaks the contract."""
        if leaf == "receipt":
            receipt = Receipt.decode(body)
            if receipt.boot == self._boot:
                self._confirmed(receipt)
        elif leaf == "cmd":
            command = Command.decode(body)
            if command.do == "ask":
                self.asked += 1
                self.asked_until = now + (120.0 if command.for_s is None else command.for_s)

    def _confirmed(self, receipt: Receipt) -> None:
        """Everything reported is confirmed; only how far the last press has come is shown."""
        if receipt.seq == self._pressed_seq:
            self.press, self.stage = None, receipt.stage
