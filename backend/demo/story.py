"""The story that the demo tells, as one table: what is done, and what must be seen before the story goes on.

The director plays it before a visitor, who may act first at any point; `check` plays it alone and as fast as it goes.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from backend.demo import building
from backend.demo.scene import Message, Scene, SeenAlert

_AFTER = ("asking", "open", "claimed", "coming", "on_site", "closed")
CALL_S = 12.0  # how long a visitor is given to take a ringing call before the story does it
PAGE_S = 8.0  # and to do something on the screen


class Moment(Struct, frozen=True):
    """What a step may look at. `town`: the simulator's state; `began`: when the story began, in domain time."""

    scene: Scene
    town: dict[str, Any]
    began: float
    first: str  # phone number of the worker who does not answer
    second: str  # and of the one who does

    def alert(self, unit: str, kind: str) -> SeenAlert | None:
        """The story's alert: the first of its kind there."""
        return next((alert for alert in self.scene.alerts if (alert.unit, alert.kind) == (unit, kind)), None)

    def reached(self, unit: str, kind: str, state: str) -> bool:
        """Whether that alert has come as far as `state`, or further."""
        alert = self.alert(unit, kind)
        return alert is not None and _AFTER.index(alert.state) >= _AFTER.index(state)

    def messages(self, unit: str, kind: str, to: str, how: str) -> list[Message]:
        alert = self.alert(unit, kind)
        return [
            one
            for one in self.scene.messages
            if alert is not None and (one.alert, one.to, one.kind) == (alert.ref, to, how)
        ]

    def node(self, unit: str, kind: str) -> dict[str, Any]:
        """The node of a unit that reports `kind`, as the simulator sees it; empty when there is none."""
        for one in self.town["units"]:
            for node in one["nodes"]:
                if one["unit"] == unit and kind in node["kinds"]:
                    return dict(node)
        return {}

    def summary(self) -> str:
        """What there was to be seen, for whoever asks why a step did not happen."""
        alerts = [f"{one.unit} {one.kind} {one.state}" for one in self.scene.alerts]
        units = [f"{one.unit} {one.watching}" for one in self.scene.units]
        node = self.node(building.PRESSES, "emergency")
        return f"alerts: {alerts}; units: {units}; real node: {node.get('led', 'away')}, up={node.get('up')}"

    def lies_still(self, unit: str) -> bool:
        return any(one["unit"] == unit and one["lies_still"] for one in self.town["units"])


class Deed(Struct, frozen=True):
    """Something done on the demo's behalf. `what`: "press", "key", "come", "arrive" or "close"."""

    what: str
    unit: str
    kind: str = ""
    phone: str = ""  # "first" or "second"; any other that rings when that one has rung out
    detail: str = ""  # the key, or the outcome


class Step(Struct, frozen=True):
    """One line of the table. Without `deeds` it only waits; with `visitor_s`, somebody is first given time to act."""

    name: str
    ja: str
    en: str
    seen: Callable[[Moment], bool]
    deeds: tuple[Deed, ...] = ()
    visitor_s: float = 0.0
    awaits_visitor_s: float = 0.0  # how long the story waits for somebody to open a page
    stays_s: float = 0.0  # how long a visitor may look at it before the story goes on
    long: bool = False  # hours of domain time may pass, which `check` skips
    within_s: float = 60.0  # real seconds, once its deeds are done, until the step has failed
    over: Callable[[Moment], bool] = lambda moment: False  # a visitor was quicker: nothing left to see


def _takes(unit: str, kind: str) -> Callable[[Moment], bool]:
    return lambda moment: moment.reached(unit, kind, "claimed")


def _in_state(unit: str, kind: str, state: str) -> Callable[[Moment], bool]:
    return lambda moment: moment.reached(unit, kind, state)


def _called(unit: str, kind: str, who: str, how: str) -> Callable[[Moment], bool]:
    return lambda moment: bool(moment.messages(unit, kind, getattr(moment, who), how))


def _ordinary() -> Step:
    def seen(moment: Moment) -> bool:
        units = moment.scene.units
        heard = [unit for unit in units if unit.watching in ("watching", "learning") and (unit.last_sign_at or 0) > 0]
        return len(heard) == len(building.UNITS) and bool(moment.node(building.PRESSES, "emergency").get("up"))

    return Step(
        "ordinary life",
        "普段の生活。6戸すべてを見守り中",
        "Ordinary life: all six units are watched",
        seen,
        awaits_visitor_s=60.0,
        stays_s=12.0,
    )


def _emergency(unit: str) -> tuple[Step, ...]:
    kind = "emergency"

    def light(*shown: str) -> Callable[[Moment], bool]:
        return lambda moment: moment.node(unit, kind).get("led") in shown

    taken = _takes(unit, kind)
    return (
        Step(
            "emergency pressed",
            f"{unit}号室で緊急ボタンが押される",
            f"The emergency button in room {unit} is pressed",
            _in_state(unit, kind, "open"),
            (Deed("press", unit),),
        ),
        Step(
            "press received",
            "ボタンの灯りが「受信」を示す",
            "The button's light shows that the press was received",
            light("received", "someone_is_coming"),
            over=taken,
        ),
        Step(
            "emergency rings",
            "1人目の支援員の電話が鳴る",
            "The first worker's phone rings",
            _called(unit, kind, "first", "voice"),
            over=taken,
        ),
        Step(
            "emergency taken",
            "1人目が1を押して引き受ける",
            "The first worker presses 1 and takes it",
            taken,
            (Deed("key", unit, kind, "first", "1"),),
            visitor_s=CALL_S,
        ),
        Step(
            "someone is coming",
            "ボタンの灯りが「向かっています」を示す",
            "The button's light shows that somebody is coming",
            light("someone_is_coming"),
            over=_in_state(unit, kind, "closed"),
        ),
        Step(
            "emergency closed",
            "結果（誤操作）を記録して完了",
            "Closed with an outcome: pressed by accident",
            _in_state(unit, kind, "closed"),
            (Deed("come", unit, kind), Deed("arrive", unit, kind), Deed("close", unit, kind, detail="accidental")),
            visitor_s=PAGE_S,
        ),
    )


def _silence(unit: str) -> tuple[Step, ...]:
    kind = "inactivity"
    taken = _takes(unit, kind)
    opened = _in_state(unit, kind, "open")

    def resident_called(moment: Moment) -> bool:
        alert = moment.alert(unit, kind)
        return alert is not None and any(
            one.kind == "voice" and one.alert == alert.ref and one.to not in (moment.first, moment.second)
            for one in moment.scene.messages
        )

    return (
        Step(
            "silence noticed",
            f"{unit}号室の動きがないことに気づく",
            f"The watch notices that room {unit} is silent",
            _in_state(unit, kind, "asking"),
            long=True,
            within_s=900.0,
        ),
        Step(
            "node asks",
            "部屋の灯りと音が「大丈夫ですか」とたずねる",
            "Light and sound in the room ask whether all is well",
            lambda moment: bool(moment.node(unit, "fine").get("asked")),  # asking itself may be over before it is seen
            over=opened,
        ),
        Step(
            "resident called",
            "本人に電話。応答なし",
            "The resident is called, and does not answer",
            resident_called,
            over=taken,
        ),
        Step("nobody answered", "応答がないため通報になる", "No answer: the alert opens", opened),
        Step(
            "first worker, SMS",
            "1人目の支援員にSMS",
            "The first worker gets an SMS",
            _called(unit, kind, "first", "sms"),
            over=taken,
        ),
        Step(
            "first worker, call",
            "1人目に電話。出ない",
            "and a call, which nobody answers",
            _called(unit, kind, "first", "voice"),
            over=taken,
        ),
        Step(
            "second worker, call",
            "2人目の支援員に電話",
            "The second worker is called",
            _called(unit, kind, "second", "voice"),
            over=taken,
        ),
        Step(
            "second worker takes it",
            "2人目が1を押して引き受ける",
            "The second worker presses 1 and takes it",
            taken,
            (Deed("key", unit, kind, "second", "1"),),
            visitor_s=CALL_S,
        ),
        Step(
            "on the way, on site",
            "向かい、到着する",
            "On the way, and there",
            _in_state(unit, kind, "on_site"),
            (Deed("come", unit, kind), Deed("arrive", unit, kind)),
            visitor_s=PAGE_S,
        ),
        Step(
            "silence closed",
            "結果（救急搬送）を記録して完了",
            "Closed with an outcome: taken to hospital",
            _in_state(unit, kind, "closed"),
            (Deed("close", unit, kind, detail="transported"),),
            visitor_s=PAGE_S,
        ),
    )


def day() -> tuple[Step, ...]:
    """The story of `make demo`."""
    return (_ordinary(), *_emergency(building.PRESSES), *_silence(building.COLLAPSES))


def recorded(cut_at: float) -> tuple[Step, ...]:
    """The story of a recording: a real life up to `cut_at`, then silence that ends in a call."""
    unit = building.COLLAPSES

    def lives(moment: Moment) -> bool:
        """Reported as at home; where the recording holds nothing before its cut, there is nothing to wait for."""
        return moment.scene.now >= cut_at or any(
            one.unit == unit and (one.last_sign_at or 0) >= moment.began for one in moment.scene.units
        )

    return (
        _ordinary(),
        Step(
            "recording plays",
            f"{unit}号室で実際の記録が再生される",
            f"A real recording plays in room {unit}",
            lives,
            long=True,
            within_s=600.0,
        ),
        Step(
            "recording cut",
            "動きの報告が止まる（センサーの状態だけが届く）",
            "From here its sensors report only their health",
            lambda moment: moment.scene.now >= cut_at and moment.lies_still(unit),
            long=True,
            within_s=900.0,
        ),
        *_silence(unit),
    )
