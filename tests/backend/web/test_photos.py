"""A resident's photo: shown where there is one, to whoever may see the resident, and each reading is written down."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from backend.adapters.store import Store
from backend.adapters.store.schema import Audit, Resident, ResidentPhoto, Tenancy, Worker
from backend.core.clocks import instant
from tests.backend.pictures import JPEG, PNG
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, sign_in
from tests.backend.web.town import LONG_AGO, Town
from tests.fakes import Clock


def hang(store: Store, town: Town, unit: str, image: bytes = PNG, media_type: str = "image/png") -> int:
    """Give the resident of a unit a photo; returns the resident's id."""
    with store.session(town.organisation_id, viewer="system:test") as session:
        lives = session.scalars(select(Tenancy).where(Tenancy.unit_id == town.units[unit])).one()
        photo = ResidentPhoto(image=image, media_type=media_type, consented_on=date(2026, 4, 1))
        photo.resident_id = lives.resident_id
        session.add(photo)
        return lives.resident_id


@pytest.fixture
def photographed(store: Store, here: Town) -> int:
    """The resident of 102."""
    return hang(store, here, "102")


def test_the_pages_of_the_alert_and_the_unit_show_the_photo_beside_the_name(
    app: Flask, aoki: FlaskClient, send: Send, clock: Clock, here: Town, photographed: int
) -> None:
    send(reporting.emergency("102", clock.now()))
    dana = app.test_client()
    sign_in(dana, "dana")
    for client, alt in ((aoki, "鈴木 正一 さんの写真"), (dana, "Photo of 鈴木 正一")):
        for address in ("/alerts/1/", f"/units/{here.units['102']}"):
            page = client.get(address)
            assert page.text.count("<img") == 1
            assert f'src="/residents/{photographed}/photo" alt="{alt}"' in page.text
            assert "img-src 'self'" in page.headers["Content-Security-Policy"]


def test_where_there_is_no_photo_nothing_stands_in_its_place(
    aoki: FlaskClient, send: Send, clock: Clock, here: Town, photographed: int
) -> None:
    send(reporting.emergency("101", clock.now()))
    for address in ("/alerts/1/", f"/units/{here.units['101']}"):
        assert "<img" not in aoki.get(address).text


@pytest.mark.parametrize("both", [False, True])
def test_of_two_in_a_home_each_is_shown_of_whom_there_is_a_photo(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town, photographed: int, both: bool
) -> None:
    with store.session(here.organisation_id, viewer="system:test") as session:
        second = Resident(name="鈴木 花")
        session.add(second)
        session.flush()
        session.add(Tenancy(unit_id=here.units["102"], resident_id=second.id, since=LONG_AGO + timedelta(days=1)))
        if both:
            session.add(
                ResidentPhoto(resident_id=second.id, image=PNG, media_type="image/png", consented_on=date(2026, 4, 2))
            )
    send(reporting.emergency("102", clock.now()))
    for address in ("/alerts/1/", f"/units/{here.units['102']}"):
        page = aoki.get(address).text
        assert f"/residents/{photographed}/photo" in page
        assert (f"/residents/{second.id}/photo" in page) == both
        assert page.count("<img") == 1 + both


def test_without_the_day_of_consent_there_can_be_no_photo(store: Store, here: Town) -> None:
    with pytest.raises(IntegrityError), store.session(here.organisation_id) as session:
        session.add(ResidentPhoto(resident_id=1, image=PNG, media_type="image/png"))


def test_showing_that_there_is_a_photo_reads_none(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town, photographed: int
) -> None:
    send(reporting.emergency("102", clock.now()))
    aoki.get("/alerts/1/")
    aoki.get(f"/units/{here.units['102']}")
    with store.reading(here.organisation_id) as session:
        lines = session.scalars(select(Audit.subjects).where(Audit.who == f"worker:{here.workers['aoki']}")).all()
    assert lines and not any(subject.startswith("resident_photo:") for subjects in lines for subject in subjects)


@pytest.mark.parametrize(("image", "media_type"), [(PNG, "image/png"), (JPEG, "image/jpeg")])
def test_the_photo_is_sent_as_what_it_is_stays_in_no_cache_and_is_written_down(
    aoki: FlaskClient, store: Store, here: Town, image: bytes, media_type: str
) -> None:
    resident = hang(store, here, "102", image, media_type)
    answer = aoki.get(f"/residents/{resident}/photo")
    assert (answer.status_code, answer.data) == (200, image)
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    with store.reading(here.organisation_id) as session:
        line = session.scalars(select(Audit).where(Audit.what == f"photo of resident {resident}")).one()
    assert line.who == f"worker:{here.workers['aoki']}"
    assert line.subjects == [f"resident_photo:{resident}"]


def test_a_photo_that_there_is_not_or_that_is_another_organisations_is_not_found(
    aoki: FlaskClient, store: Store, here: Town, elsewhere: Town, photographed: int
) -> None:
    theirs = hang(store, elsewhere, "101")
    for resident in (photographed + 1, theirs, 999_999):
        assert aoki.get(f"/residents/{resident}/photo").status_code == 404


def test_a_photo_is_shown_to_nobody_once_the_resident_has_moved_out(
    aoki: FlaskClient, store: Store, here: Town, clock: Clock, photographed: int
) -> None:
    with store.session(here.organisation_id, viewer="system:test") as session:
        lives = session.scalars(select(Tenancy).where(Tenancy.resident_id == photographed)).one()
        lives.until = instant(clock.now())
    assert aoki.get(f"/residents/{photographed}/photo").status_code == 404
    assert "<img" not in aoki.get(f"/units/{here.units['102']}").text


def test_only_who_may_see_a_resident_is_sent_the_photo(
    client: FlaskClient, aoki: FlaskClient, store: Store, here: Town, photographed: int
) -> None:
    answer = client.get(f"/residents/{photographed}/photo")
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in")
    with store.session(here.organisation_id) as session:
        session.get_one(Worker, here.workers["aoki"]).role = "cleaner"
    assert aoki.get(f"/residents/{photographed}/photo").status_code == 403
