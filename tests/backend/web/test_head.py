"""What the head of every page says about the system itself."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from backend.adapters.store import Store
from backend.adapters.store.schema import Notification
from backend.config import Limits
from backend.core.clocks import instant
from backend.services import heartbeats
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, shown
from tests.backend.web.town import Town
from tests.fakes import Clock


def test_the_head_says_when_nobody_is_being_paged(aoki: FlaskClient, store: Store, clock: Clock) -> None:
    for path in ("/", "/units/", "/gateways/"):
        assert "電話をかける処理が止まっています" in aoki.get(path).text
    with store.system_session() as session:
        heartbeats.beat(session, "worker", now=instant(clock.now()), real_now=datetime.now(UTC), limits=Limits())
    assert "電話をかける処理が止まっています" not in aoki.get("/").text
    assert aoki.get("/readyz").status_code == 200


def test_the_head_tells_an_open_page_that_paging_stopped_or_goes_on(
    aoki: FlaskClient, store: Store, clock: Clock
) -> None:
    seen = shown(aoki.get("/"), "bar")
    assert aoki.get(f"/bar?seen={seen}").status_code == 204
    with store.system_session() as session:
        heartbeats.beat(session, "worker", now=instant(clock.now()), real_now=datetime.now(UTC), limits=Limits())
    part = aoki.get(f"/bar?seen={seen}").text
    assert 'id="trouble"' in part
    assert "止まっています" not in part


@pytest.mark.parametrize(
    ("states", "persons", "said"),
    [
        (["failed", "failed", "unknown"], ["worker:1", "worker:2", "worker:1"], True),
        (["failed", "failed", "failed"], ["worker:1"] * 3, False),  # one person's number
        (["failed", "failed"], ["worker:1", "worker:2"], False),
        (["failed", "failed", "failed", "delivered"], ["worker:1", "worker:2", "worker:1", "worker:2"], False),
        (["delivered", "failed", "failed", "failed", "pending"], [f"worker:{n}" for n in range(1, 6)], True),
    ],
)
def test_the_head_says_when_a_kind_of_message_does_not_arrive(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town,
    states: list[str], persons: list[str], said: bool,
) -> None:  # fmt: skip
    send(reporting.battery("101", clock.now()))
    with store.session(here.organisation_id) as session:
        for n, (state, person) in enumerate(zip(states, persons, strict=True)):
            session.add(
                Notification(
                    alert_id=1, purpose="page", step=0, round=n, person=person, channel="voice", rank=1,
                    state=state, created_at=instant(clock.now()),
                )
            )  # fmt: skip
    page = aoki.get("/units/").text
    assert ("電話がつながっていません" in page) is said
    assert "SMSが届いていません" not in page


def test_what_arrives_in_another_way_or_elsewhere_does_not_hide_that_no_call_gets_through(
    aoki: FlaskClient, clock: Clock, store: Store, here: Town, elsewhere: Town
) -> None:
    def sent(channel: str, state: str, round_: int) -> Notification:
        return Notification(
            purpose="test", step=0, round=round_, person=f"worker:{round_ % 2}", channel=channel, rank=1,
            state=state, created_at=instant(clock.now()),
        )  # fmt: skip

    with store.session(here.organisation_id) as session:
        session.add_all(sent("voice", "failed", n) for n in range(3))
    with store.session(here.organisation_id) as session:
        session.add_all(sent("push", "delivered", n) for n in range(40))
    with store.session(elsewhere.organisation_id) as session:
        session.add_all(sent("voice", "answered", n) for n in range(3))
    assert "電話がつながっていません" in aoki.get("/units/").text
