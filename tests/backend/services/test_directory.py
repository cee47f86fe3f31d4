"""Who may come in."""

from typing import Any

import pytest

from backend.adapters.store.schema import Gateway, Worker
from backend.core.access import Act, Role, may, require
from backend.errors import Invalid, NotAllowed
from backend.services import directory
from tests.backend.town import Town


def test_a_worker_signs_in_with_the_password_and_with_nothing_else(town: Town) -> None:
    found = directory.sign_in(town.store, "aoki", town.seeded.password)
    assert found is not None and found.organisation_id == town.organisation_id
    for login, password in (("aoki", "x"), ("nobody", town.seeded.password), ("", ""), ("a\0", "x"), ("aoki", "")):
        assert directory.sign_in(town.store, login, password) is None
    with town.session() as session:
        session.get_one(Worker, found.id).active = False
    assert directory.sign_in(town.store, "aoki", town.seeded.password) is None


def test_passwords_and_credentials_are_kept_hashed(town: Town) -> None:
    assert town.worker("aoki").password_hash.startswith("scrypt:")
    with town.session() as session:
        kept = session.get_one(Gateway, town.seeded.gateway_id).credential_hash
        assert town.seeded.credential.partition(".")[2] not in kept


def test_a_gateway_comes_in_with_its_credential_until_it_is_revoked_or_replaced(town: Town) -> None:
    credential = town.seeded.credential
    with town.store.system_session() as session:
        found = directory.gateway_of(session, credential)
        assert found is not None and found.id == town.seeded.gateway_id
        for wrong in ("", "gw1.", "gw1.x", credential + "x", credential.replace("gw1", "gw2"), "gw9999999999.x", "\0"):
            assert directory.gateway_of(session, wrong) is None
        renewed = directory.issue_credential(session, found)
        assert directory.gateway_of(session, credential) is None
        directory.revoke(session, found, town.now)
        assert directory.gateway_of(session, renewed) is None


@pytest.mark.parametrize(
    "wrong", [{"role": "king"}, {"login": "a b"}, {"login": ""}, {"password": "short"}, {"phone": "123"}]
)
def test_a_worker_is_checked_before_being_added(town: Town, wrong: dict[str, Any]) -> None:
    good: dict[str, Any] = {"login": "new", "name": "新人", "password": "long enough for this"}
    with town.session() as session, pytest.raises(Invalid):
        directory.add_worker(session, **{**good, **wrong})
    with town.session() as session:
        assert isinstance(directory.add_worker(session, **good), Worker)


def test_each_role_may_do_what_the_table_says_and_a_stranger_nothing() -> None:
    assert not may(Role.WORKER, Act.TAKE_OVER) and may(Role.COORDINATOR, Act.TAKE_OVER)
    assert all(may(Role.ADMINISTRATOR, act) for act in Act)
    assert not any(may("family", act) for act in Act)
    with pytest.raises(NotAllowed):
        require(Role.WORKER, Act.EDIT_WORKERS)
