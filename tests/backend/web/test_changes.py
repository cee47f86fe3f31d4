"""What has changed in a resident's days, on the page of their unit."""

from datetime import timedelta

from contract.reports import Change, Comparing, Words
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.adapters.store import Store
from backend.adapters.store.schema import Audit, Tenancy
from backend.core.clocks import instant
from tests.backend.web import reporting
from tests.backend.web.conftest import Send, sign_in
from tests.backend.web.town import Town
from tests.fakes import Clock

DAY_S = 86_400.0


def section(client: FlaskClient, unit_id: int) -> str:
    page = client.get(f"/units/{unit_id}").text
    return page.split('id="habits"', 1)[1].split("</section>", 1)[0]


def compared(clock: Clock, ago_days: float = 2, days: int = 28) -> Comparing:
    return Comparing(days, 28, clock.now() - ago_days * DAY_S, ["night_rising", "outings"])


def test_a_change_is_told_in_words_with_its_chart_and_the_days_behind_it(
    app: Flask, aoki: FlaskClient, send: Send, clock: Clock, here: Town
) -> None:
    send(reporting.live("201", clock.now(), comparing=compared(clock)))
    send(reporting.change("201", clock.now()), reporting.change("201", clock.now(), "rising"))
    shown = section(aoki, here.units["201"])
    assert "夜中に起きる回数が増えています：週に3回→10回" in shown
    assert 'role="img" aria-label="夜中に起きる回数 週3回→週10回"' in shown
    assert shown.count("<rect") == 56 and shown.count("<circle") == 56
    assert shown.count('<th scope="row">') == 112
    assert "はっきりした変化はありませんでした" not in shown
    dana = app.test_client()
    sign_in(dana, "dana")
    assert "Getting up at night happens more often: 3 → 10 a week" in section(dana, here.units["201"])
    board = aoki.get("/").text
    assert "夜中に起きる" not in board, "never as an alarm"


def test_what_was_said_of_the_same_before_stands_below_the_newest(
    aoki: FlaskClient, send: Send, clock: Clock, here: Town
) -> None:
    send(Change("201", "outings", clock.now() - 40 * DAY_S, 1.0, 0.4, Words("前の知らせ", "the one before")))
    clock.advance(hours=168)
    send(reporting.change("201", clock.now(), "outings"))
    shown = section(aoki, here.units["201"])
    assert shown.count("<article") == shown.count("<svg") == 1
    assert shown.index("外出の回数が減っています") < shown.index("前の知らせ")


def test_no_change_is_never_shown_as_all_is_well(aoki: FlaskClient, send: Send, clock: Clock, here: Town) -> None:
    unit = here.units["201"]
    assert "変化があったかどうかは分かりません" in section(aoki, unit), "nothing was heard"
    send(reporting.live("201", clock.now(), "learning", comparing=Comparing(12, 28)))
    assert "28日分の記録が要ります（今は12日分）" in section(aoki, unit)
    send(reporting.live("201", clock.now(), "learning", comparing=Comparing(28, 28)))
    assert "28日分の記録がそろっています" in section(aoki, unit)
    assert "まだ一度も比べていません。今、変化があるかどうかは分かりません" in section(aoki, unit)
    send(reporting.live("201", clock.now() + 1, comparing=compared(clock)))
    shown = section(aoki, unit)
    assert "この12週間に、はっきりした変化はありませんでした。ご無事かどうかを示すものではありません。" in shown
    assert "比べたもの：夜中に起きる回数、外出の回数" in shown
    send(reporting.live("201", clock.now() + 2, comparing=compared(clock, ago_days=10)))
    assert "比べられていません" in section(aoki, unit)
    assert "✓" not in section(aoki, unit)


def test_the_days_of_whoever_lived_there_before_are_shown_to_nobody(
    aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town
) -> None:
    unit = here.units["201"]
    send(reporting.live("201", clock.now(), comparing=compared(clock)), reporting.change("201", clock.now()))
    with store.session(here.organisation_id, viewer="system:test", purpose="test") as session:
        (tenancy,) = session.scalars(select(Tenancy).where(Tenancy.unit_id == unit))
        tenancy.since = instant(clock.now()) - timedelta(days=20)
    shown = section(aoki, unit)
    assert "夜中に起きる回数が" not in shown
    assert "今は20日分" in shown
    with store.session(here.organisation_id, viewer="system:test", purpose="test") as session:
        (tenancy,) = session.scalars(select(Tenancy).where(Tenancy.unit_id == unit))
        tenancy.until = instant(clock.now())
    assert "入居者の登録がないため" in section(aoki, unit)


def test_another_organisation_sees_none_of_it_and_who_looked_is_written_down(
    app: Flask, aoki: FlaskClient, send: Send, clock: Clock, store: Store, here: Town, elsewhere: Town
) -> None:
    send(reporting.change("201", clock.now()))
    other = app.test_client()
    sign_in(other, "other-aoki")
    assert other.get(f"/units/{here.units['201']}").status_code == 404
    section(aoki, here.units["201"])
    with store.session(here.organisation_id) as session:
        lines = list(session.scalars(select(Audit).where(Audit.what == f"unit {here.units['201']}")))
    assert any(each.startswith("rhythm_change:") for line in lines for each in line.subjects)
