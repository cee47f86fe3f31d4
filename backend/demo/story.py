"""The story that the demo tells, as one table: what is done, and what must be seen before the story goes on.

The director plays it before a visitor, who may act first at any point; `check` plays it alone and as fast as it goes.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from backend.demo import building
from backend.demo.scene import Message, Phone, Scene, SeenAlert

FIRST, SECOND = "sato", "suzuki"  # who does not answer the call about the silence, and who does
CALL_S = 12.0  # how long a visitor is given to take a ringing call before the story does it
PAGE_S = 8.0  # and to do something on the screen
RINGS_AGAIN_S = 120.0  # who did not take a call is called again, when everybody else has been
_LONGEST_SILENCE_S = 86_400.0  # domain time, until any watch should have noticed
_AFTER = ("asking", "open", "claimed", "coming", "on_site", "closed")


class Moment(Struct, frozen=True):
    """What a step may look at. `town`: the simulator's state; `began`: when the story began, in domain time."""

    scene: Scene
    town: dict[str, Any]
    began: float
    phones: list[Phone]

    def alert(self, unit: str, kind: str) -> SeenAlert | None:
        """The story's alert: the last of its kind there; a recorded life may have had others before it was cut."""
        return next((one for one in reversed(self.scene.alerts) if (one.unit, one.kind) == (unit, kind)), None)

    def reached(self, unit: str, kind: str, state: str) -> bool:
        """Whether that alert has come as far as `state`, or further, in whichever way."""
        alert = self.alert(unit, kind)
        return alert is not None and _AFTER.index(alert.state) >= _AFTER.index(state)

    def messages(self, unit: str, kind: str, to: Phone, how: str) -> list[Message]:
        """What that phone got about that alert."""
        alert = self.alert(unit, kind)
        return [
            one
            for one in self.scene.messages
            if alert is not None and (one.alert, one.to, one.kind) == (alert.ref, to.number, how)
        ]

    def worker(self, login: str) -> Phone:
        return next(phone for phone in self.phones if phone.login == login)

    def resident(self, unit: str) -> Phone:
        return next(phone for phone in self.phones if (phone.role, phone.unit) == ("resident", unit))

    def node(self, unit: str, kind: str) -> dict[str, Any]:
        """The node of a unit that reports `kind`, as the simulator sees it; empty when there is none."""
        for one in self.town["units"]:
            for node in one["nodes"]:
                if one["unit"] == unit and kind in node["kinds"]:
                    return dict(node)
        return {}

    def summary(self) -> str:
        """What there was to be seen, for whoever asks why a step did not happen."""
        alerts = [
            " ".join(filter(None, (one.unit, one.kind, one.state, one.claimed_by, one.outcome)))
            for one in self.scene.alerts
        ]
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
    phone: str = ""  # login of the worker on whose phone the key is pressed
    detail: str = ""  # the key, or the outcome


class Step(Struct, frozen=True):
    """One line of the table. Without `deeds` it only waits; with `visitor_s`, somebody is first given time to act.

    `seen` holds only where the step happened as its words tell it; a visitor may go another way, which is `over`.
    """

    name: str
    ja: str
    en: str
    seen: Callable[[Moment], bool]
    deeds: tuple[Deed, ...] = ()
    visitor_s: float = 0.0
    awaits_visitor_s: float = 0.0  # how long the story waits for somebody to open a page
    stays_s: float = 0.0  # how long a visitor may look at it before the story goes on
    takes_s: float = 0.0  # so much domain time may pass, at whatever pace; `check` skips it
    within_s: float = 60.0  # real seconds after that until the step has failed
    over: Callable[[Moment], bool] = lambda moment: False  # a visitor was quicker: nothing left to see


def _in_state(unit: str, kind: str, *states: str, by: str = "", outcome: str = "") -> Callable[[Moment], bool]:
    """The alert is in one of these states; where told, claimed by this worker, and closed with this outcome."""

    def seen(moment: Moment) -> bool:
        alert = moment.alert(unit, kind)
        if alert is None or alert.state not in states:
            return False
        return by in ("", alert.claimed_by) and outcome in ("", alert.outcome)

    return seen


def _further(unit: str, kind: str, state: str) -> Callable[[Moment], bool]:
    return lambda moment: moment.reached(unit, kind, state)


def _got(unit: str, kind: str, who: str, how: str) -> Callable[[Moment], bool]:
    return lambda moment: bool(moment.messages(unit, kind, moment.worker(who), how))


def _missed(calls: list[Message]) -> bool:
    return any(call.missed for call in calls) and not any(call.answered for call in calls)


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
        awaits_visitor_s=45.0,
        stays_s=12.0,
    )


def _emergency(unit: str) -> tuple[Step, ...]:
    kind = "emergency"

    def light(shown: str) -> Callable[[Moment], bool]:
        return lambda moment: moment.node(unit, kind).get("led") == shown

    taken, closed = _further(unit, kind, "claimed"), _further(unit, kind, "closed")
    return (
        Step(
            "emergency pressed",
            f"{unit}号室で緊急ボタンが押される",
            f"The emergency button in room {unit} is pressed",
            _in_state(unit, kind, "open"),
            (Deed("press", unit),),
            over=taken,
        ),
        Step(
            "press received",
            "ボタンの灯りが「受信」を示す",
            "The button's light shows that the press was received",
            light("received"),
            over=taken,
        ),
        Step(
            "emergency rings",
            "1人目の支援員の電話が鳴る",
            "The first worker's phone rings",
            _got(unit, kind, FIRST, "voice"),
            over=taken,
        ),
        Step(
            "emergency taken",
            "1人目が1を押して引き受ける",
            "The first worker presses 1 and takes it",
            _in_state(unit, kind, "claimed", by=FIRST),
            (Deed("key", unit, kind, FIRST, "1"),),
            visitor_s=CALL_S,
            within_s=RINGS_AGAIN_S,
            over=taken,
        ),
        Step(
            "someone is coming",
            "ボタンの灯りが「向かっています」を示す",
            "The button's light shows that somebody is coming",
            light("someone_is_coming"),
            over=closed,
        ),
        Step(
            "emergency closed",
            "結果（誤操作）を記録して完了",
            "Closed with an outcome: pressed by accident",
            _in_state(unit, kind, "closed", outcome="accidental"),
            (Deed("come", unit, kind), Deed("arrive", unit, kind), Deed("close", unit, kind, detail="accidental")),
            visitor_s=PAGE_S,
            over=closed,
        ),
    )


def _silence(unit: str) -> tuple[Step, ...]:
    kind = "inactivity"
    opened, taken, closed = (_further(unit, kind, state) for state in ("open", "claimed", "closed"))
    second_called = _got(unit, kind, SECOND, "voice")

    def resident_missed(moment: Moment) -> bool:
        return _missed(moment.messages(unit, kind, moment.resident(unit), "voice"))

    def first_missed(moment: Moment) -> bool:
        return _missed(moment.messages(unit, kind, moment.worker(FIRST), "voice"))

    return (
        Step(
            "silence noticed",
            f"{unit}号室の動きがないことに気づく",
            f"The watch notices that room {unit} is silent",
            _in_state(unit, kind, "asking", "open", "claimed", "coming", "on_site"),
            takes_s=_LONGEST_SILENCE_S,
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
            resident_missed,
            over=opened,
        ),
        Step(
            "nobody answered",
            "応答がないため通報になる",
            "No answer: the alert opens",
            _in_state(unit, kind, "open"),
            over=taken,
        ),
        Step(
            "first worker, SMS",
            "1人目の支援員にSMS",
            "The first worker gets an SMS",
            _got(unit, kind, FIRST, "sms"),
            over=taken,
        ),
        Step(
            "first worker, call",
            "1人目に電話。出ない",
            "and a call, which nobody answers",
            first_missed,
            over=lambda moment: taken(moment) or second_called(moment),
        ),
        Step(
            "second worker, call",
            "2人目の支援員に電話",
            "The second worker is called",
            second_called,
            over=taken,
        ),
        Step(
            "second worker takes it",
            "2人目が1を押して引き受ける",
            "The second worker presses 1 and takes it",
            _in_state(unit, kind, "claimed", by=SECOND),
            (Deed("key", unit, kind, SECOND, "1"),),
            visitor_s=CALL_S,
            within_s=RINGS_AGAIN_S,
            over=taken,
        ),
        Step(
            "on the way, on site",
            "向かい、到着する",
            "On the way, and there",
            _in_state(unit, kind, "on_site"),
            (Deed("come", unit, kind), Deed("arrive", unit, kind)),
            visitor_s=PAGE_S,
            over=closed,
        ),
        Step(
            "silence closed",
            "結果（救急搬送）を記録して完了",
            "Closed with an outcome: taken to hospital",
            _in_state(unit, kind, "closed", outcome="transported"),
            (Deed("close", unit, kind, detail="transported"),),
            visitor_s=PAGE_S,
            over=closed,
        ),
    )


def day() -> tuple[Step, ...]:
    """The story of `make demo`."""
    return (_ordinary(), *_emergency(building.PRESSES), *_silence(building.COLLAPSES))


def recorded(start: float, cut_at: float) -> tuple[Step, ...]:
    """The story of a recording: a real life from `start` to `cut_at`, then silence that ends in a call."""
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
            takes_s=cut_at - start,
        ),
        Step(
            "recording cut",
            "動きの報告が止まる（センサーの状態だけが届く）",
            "From here its sensors report only their health",
            lambda moment: moment.scene.now >= cut_at and moment.lies_still(unit),
            takes_s=cut_at - start,
        ),
        *_silence(unit),
    )
