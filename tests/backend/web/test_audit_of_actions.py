"""Whatever a person does is written down each time, with the rows it changed; what machines do is not."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from backend.adapters.store import Store, StoreSession
from backend.adapters.store.schema import Audit, Policy, Resident, Unit, Worker
from backend.core.clocks import instant
from backend.services import checks
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, token_for
from tests.backend.web.town import Town
from tests.fakes import Clock


def lines(store: Store, here: Town, what: str) -> list[Audit]:
    with store.reading(here.organisation_id) as session:
        return list(session.scalars(select(Audit).where(Audit.what == what).order_by(Audit.id)))


def tables(line: Audit) -> set[str]:
    return {changed.partition(":")[0] for changed in line.changed}


def post(client: FlaskClient, address: str, **fields: str) -> None:
    answer = client.post(address, data=fields, headers={"X-CSRFToken": token_for(client)})
    assert answer.status_code == 302, answer.text


def test_recording_an_absence_is_written_down(aoki: FlaskClient, store: Store, here: Town) -> None:
    post(aoki, "/units/2/absence", absence="away-7")
    (line,) = lines(store, here, "absence of unit 2")
    assert line.who == f"worker:{here.workers['aoki']}"
    assert "absence:1" in line.changed
    assert line.subjects == [], "nobody's data was looked at"


def test_ending_an_absence_is_written_down(aoki: FlaskClient, store: Store, here: Town) -> None:
    post(aoki, "/units/2/absence", absence="away-7")
    post(aoki, "/units/2/back", away="1")
    (line,) = lines(store, here, "back in unit 2")
    assert "absence:1" in line.changed


@pytest.mark.parametrize("open_before", [True, False])
def test_a_safety_check_is_written_down(
    aoki: FlaskClient, store: Store, here: Town, clock: Clock, open_before: bool
) -> None:
    if open_before:
        with store.session(here.organisation_id) as session:
            checks.leave_open(session, session.get_one(Unit, 2), "gateway_silent", instant(clock.now()))
    post(aoki, "/units/2/check", method="visit")
    (line,) = lines(store, here, "safety check of unit 2")
    assert line.changed == ["safety_check:1"]


def test_an_action_is_written_down_each_time_also_when_it_changes_nothing_more(
    aoki: FlaskClient, store: Store, here: Town
) -> None:
    for _ in range(2):
        post(aoki, "/units/2/check", method="visit")
    assert [line.changed for line in lines(store, here, "safety check of unit 2")] == [["safety_check:1"], []]


def test_what_somebody_does_to_an_alert_names_the_alert(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    send(reporting.emergency("101", clock.now()))
    for action, fields in (("claim", {}), ("absence", {"absence": "away-1"}), ("back", {"away": "1"})):
        post(aoki, f"/alerts/1/{action}", **fields)
        assert len(lines(store, here, f"{action} alert 1")) == 1, action
    (line,) = lines(store, here, "claim alert 1")
    assert "alert:1" in line.changed
    assert {"alert_event", "notification"} <= tables(line)


def test_a_claim_by_link_is_written_down(client: FlaskClient, link: str, store: Store, here: Town) -> None:
    client.get(link)
    assert lines(store, here, "claim link") == [], "looking claims nothing"
    client.post(link)
    (line,) = lines(store, here, "claim link")
    assert line.who == f"worker:{here.workers['aoki']}"
    assert "alert:1" in line.changed


def test_choosing_a_language_is_written_down(aoki: FlaskClient, store: Store, here: Town) -> None:
    post(aoki, "/language", language="en")
    (line,) = lines(store, here, "language")
    assert line.changed == [f"worker:{here.workers['aoki']}"]


def act(
    store: Store, here: Town, do: Callable[[StoreSession], object], viewer: str | None = "worker:1"
) -> list[str] | None:
    """What the audit says of `do`; None where it says nothing."""
    with store.session(here.organisation_id, viewer=viewer, purpose="act") as session:
        do(session)
    found = lines(store, here, "act")
    return found[-1].changed if found else None


def test_what_was_added_changed_deleted_and_changed_in_bulk_is_named_by_id(store: Store, here: Town) -> None:
    policy = Policy(name="x", rounds=1)
    assert act(store, here, lambda session: session.add(policy)) == [f"policy:{policy.id}"]

    def rename(session: StoreSession) -> None:
        session.get_one(Policy, policy.id).name = "y"
        session.get_one(Unit, 1)

    assert act(store, here, rename) == [f"policy:{policy.id}"], "what was only read was not changed"
    gone = act(store, here, lambda session: session.delete(session.get_one(Policy, policy.id)))
    assert gone == [f"policy:{policy.id}"]
    assert act(store, here, lambda session: session.execute(update(Worker).values(active=True))) == ["worker:*"]


def test_what_failed_is_not_written_down(store: Store, here: Town) -> None:
    def fail(session: StoreSession) -> None:
        session.add(Policy(name="x", rounds=1))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act(store, here, fail)
    assert lines(store, here, "act") == []


@pytest.mark.parametrize("viewer", ["system:test", "gateway:1", None])
def test_what_machines_change_makes_no_line(store: Store, here: Town, viewer: str | None) -> None:
    assert act(store, here, lambda session: session.add(Policy(name="x", rounds=1)), viewer) is None


def test_reading_and_changing_in_one_action_is_one_line(store: Store, here: Town) -> None:
    def read_and_change(session: StoreSession) -> None:
        resident = session.get_one(Resident, 1)
        resident.phone = "+810"

    assert act(store, here, read_and_change) == ["resident:1"]
    (line,) = lines(store, here, "act")
    assert line.subjects == ["resident:1"]
