"""One code path: whatever happens, in whatever order, leads to the same alerts, events and sends on both databases."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from backend.adapters.store.schema import Alert, AlertEvent, GatewayCommand, Notification, SafetyCheck, Snooze, Timer
from backend.errors import Ambiguous, DeliveryError
from backend.services import escalation
from tests.backend.logged_errors import LoggedErrors
from tests.backend.services.deeds import DAY_S, KINDS, UNITS, WORKERS, Deeds
from tests.backend.town import START, Town
from tests.scale import scaled

ANY = st.integers(0, 99)
FAILURES = {
    "refused": lambda: DeliveryError("no", permanent=True),
    "busy": lambda: DeliveryError("busy", permanent=False),
    "hangs": lambda: Ambiguous("hung"),
}
DEEDS = st.one_of(
    st.tuples(
        st.just("raise_alert"), st.sampled_from(KINDS), st.sampled_from(UNITS), st.sampled_from(["open", "asking"])
    ),
    st.tuples(st.just("raise_many"), st.sampled_from(["inactivity", "monitoring_lost", "battery_low"])),
    st.tuples(st.just("sign_of_life"), ANY),
    st.tuples(st.just("nobody_answers"), ANY),
    st.tuples(st.just("answer_at_the_node"), ANY),
    st.tuples(st.just("answer_the_call"), ANY),
    st.tuples(st.just("claim"), ANY, st.sampled_from(WORKERS)),
    st.tuples(st.just("release"), ANY),
    st.tuples(st.just("close"), ANY),
    st.tuples(st.just("send_visitor"), ANY, st.sampled_from(WORKERS)),
    st.tuples(st.just("press"), ANY, st.sampled_from(["1", "2", "4", "9"])),
    st.tuples(st.just("ring_out"), ANY),
    st.tuples(st.just("put_off"), ANY, st.sampled_from([1, 15, 480])),
    st.tuples(st.just("wake"), ANY),
    st.tuples(st.just("plan_work"), st.sampled_from([0, 30, 300]), st.sampled_from([60, 3600, DAY_S]), st.booleans()),
    st.tuples(st.just("end_work")),
    st.tuples(st.just("fail"), st.sampled_from(["sms", "voice"]), st.sampled_from(sorted(FAILURES))),
    st.tuples(st.just("pass_time"), st.sampled_from([0, 1, 30, 61, 300, 901]), st.integers(0, 1), st.just(True)),
    st.tuples(st.just("pass_time"), st.sampled_from([95, 605]), st.integers(0, 1), st.just(False)),
)


class Recorder(Deeds):
    """Does deeds and tells all that came of them, without what is random (names, links) or counted (keys)."""

    def fail(self, kind: str, how: str) -> None:
        channel: Any = {"sms": self.town.sms, "voice": self.town.voice}[kind]
        channel.outcomes.append(FAILURES[how]())

    def play(self, schedule: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
        for name, *arguments in schedule:
            getattr(self, name)(*arguments)
        self.pass_time(61, 0)
        return self.told()

    def told(self) -> dict[str, list[Any]]:
        with self.town.session() as session:
            number = {alert_id: n for n, alert_id in enumerate(session.scalars(select(Alert.id).order_by(Alert.id)))}
            return {
                "alerts": [_plain(row, number) for row in session.scalars(select(Alert).order_by(Alert.id))],
                "events": [_plain(row, number) for row in session.scalars(select(AlertEvent).order_by(AlertEvent.id))],
                "outbox": [
                    _plain(row, number) for row in session.scalars(select(Notification).order_by(Notification.id))
                ],
                "timers": sorted(_plain(row, number) for row in session.scalars(select(Timer))),
                "snoozes": [_plain(row, number) for row in session.scalars(select(Snooze).order_by(Snooze.id))],
                "checks": sorted(_plain(row, number) for row in session.scalars(select(SafetyCheck))),
                "commands": [row.kind for row in session.scalars(select(GatewayCommand).order_by(GatewayCommand.n))],
                "sms": [self._sent(message) for message in self.town.sms.taken],
                "calls": [self._sent(message) for message in self.town.voice.taken],
            }

    def _sent(self, message: Any) -> tuple[str, str]:
        return message.to, message.text.replace(message.links[0], "LINK") if message.links else message.text


RANDOM = {"message_id", "provider_ref", "fingerprint", "ref"}
COUNTED = {"id", "said_in_id", "building_id", "unit_id", "gateway_id", "organisation_id"}
OF_ALERTS = {"alert_id", "incident_id", "incident", "with_alert"}


def _plain(row: Any, number: dict[int, int]) -> str:
    """A row as text; alerts are named by their order."""
    values = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    return repr(
        sorted((name, _value(name, value, number)) for name, value in values.items() if name not in RANDOM | COUNTED)
    )


def _value(name: str, value: Any, number: dict[int, int]) -> Any:
    if isinstance(value, dict):
        return sorted((key, _value(key, one, number)) for key, one in value.items())
    if isinstance(value, datetime):
        return round(value.timestamp() - START, 6)
    return number[value] if name in OF_ALERTS and value is not None else value


def test_any_schedule_leads_to_the_same_on_sqlite_and_on_postgresql(
    sqlite_town: Callable[[], Town], postgres_town: Callable[[], Town]
) -> None:
    @settings(
        max_examples=scaled(300),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(schedule=st.lists(DEEDS, min_size=1, max_size=30))
    def play(schedule: list[tuple[Any, ...]]) -> None:
        on_sqlite, on_postgresql = _played(sqlite_town(), schedule), _played(postgres_town(), schedule)
        for what, told in on_sqlite.items():
            assert told == on_postgresql[what], what

    play()


def _played(town: Town, schedule: list[tuple[Any, ...]]) -> dict[str, Any]:
    """What is recorded of a schedule, in a town that is left at once: PostgreSQL has only so many connections."""
    try:
        with LoggedErrors() as errors:
            told = Recorder(town).play(schedule)
        assert not errors.told, errors.told[0]
        return told
    finally:
        town.store.close()


def test_what_a_worker_process_lives_on_after_is_told_as_an_error(
    sqlite_town: Callable[[], Town], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("broken on purpose")

    monkeypatch.setattr(escalation, "fall_due", broken)
    with LoggedErrors() as errors:
        Recorder(sqlite_town()).play([("raise_alert", "leak", "u101", "asking"), ("pass_time", 901, 0, True)])
    assert errors.told
    assert "broken on purpose" in errors.told[0]


def test_the_recorder_tells_two_histories_apart(sqlite_town: Callable[[], Town]) -> None:
    first = [("raise_alert", "leak", "u101", "open"), ("pass_time", 30, 0, True)]
    told = [Recorder(sqlite_town()).play([*first, *more]) for more in ([], [("claim", 0, "aoki")], [])]
    assert told[0] == told[2] != told[1]
    assert told[0]["calls"] and told[0]["events"] != told[1]["events"]
