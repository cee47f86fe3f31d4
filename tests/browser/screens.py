"""Screenshots of every page, both languages, desktop and phone, light and dark: ``python -m tests.browser.screens``."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contract.reports import Comparing
from playwright.sync_api import Browser, Page, sync_playwright

from backend.adapters.store.schema import PolicyStep, Resident, ResidentPhoto, SelfTest
from backend.config import Limits
from backend.core.clocks import instant
from backend.services import alerts, call_in, daily_calls, rota_changes, self_tests
from backend.services.actors import Actor
from backend.services.callers import Caller
from backend.services.rota_checks import LeaveDraft, OverrideDraft, Part
from tests.backend.pictures import PNG
from tests.backend.web import reporting
from tests.browser.conftest import DESKTOP, PHONE, WALL, enter, launch, open_page
from tests.browser.installation import Installation

TARGET = Path("var/screens")
PAGES = {
    "board": "/",
    "alert-emergency": "/alerts/1/",
    "alert-inactivity": "/alerts/2/",
    "alert-asking": "/alerts/4/",
    "alert-call-in": "/alerts/5/",
    "alert-taken": "/alerts/6/",
    "script": "/alerts/1/119",
    "script-110": "/alerts/2/110",
    "units": "/units/",
    "unit": "/units/1",
    "dial": "/units/1/dial/",
    "gateways": "/gateways/",
    "figures": "/figures/",
    "rota": "/rota/1/",
    "own": "/own/",
    "error": "/nothing-here",
}

COORDINATED = {
    "unit-edit": "/units/1",
    "dial-turn": "/units/1/dial/",
    "dial-unknown": "/units/3/dial/",
    "rota-edit": "/rota/1/",
    "rota-plan": "/rota/1/plan/",
    "self-tests": "/self-tests/",
}


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        Installation(Path(home)) as installation,
        sync_playwright() as playwright,
    ):
        _fill(installation)
        _call_in(installation)
        _send_visitor(installation)
        _plan(installation)
        _test_itself(installation)
        browser = launch(playwright)
        for size_name, size in (("desktop", DESKTOP), ("phone", PHONE)):
            for login, language in (("aoki", "ja"), ("dana", "en")):
                for scheme in ("light", "dark"):
                    page = open_page(browser, viewport=size, color_scheme=scheme)
                    _shoot_all(page, installation.url, login, f"{language}-{size_name}-{scheme}")
                    page.context.close()
                _coordinate(browser, installation.url, language, size_name, size)
        wall = open_page(browser, viewport=WALL)
        _shoot_all(wall, installation.url, "aoki", "ja-wall-light")
        browser.close()


def _fill(installation: Installation) -> None:
    now = time.time()
    installation.report(
        reporting.health(),
        reporting.live(
            "101", now, ago_s=25, comparing=Comparing(28, 28, now - 86_400, ["night_rising", "outings", "rising"])
        ),
        reporting.live("102", now, ago_s=7800),
        reporting.live("103", now, "learning"),
        reporting.live("201", now, "cannot_watch", kitchen="offline", living="offline"),
        reporting.live("202", now, presence="away", ago_s=9000),
        reporting.dial("101"),
        reporting.dial("103", known=False),
        reporting.emergency("101", now - 20, presses=2),
        reporting.inactivity("102", now - 7800),
        reporting.battery("103", now - 3000),
        *(reporting.change("101", now, what) for what in ("night_rising", "rising", "outings")),
        reporting.inactivity("203", now - 7000, stage="asking", ask_until=now + 100, open_at=now + 600),
    )


def _call_in(installation: Installation) -> None:
    """A text from a resident, and an hour at which one is called each day."""
    now, organisation_id = instant(time.time()), installation.town.organisation_id
    with installation.store.session(organisation_id, viewer="system:test", purpose="test") as session:
        resident = session.get_one(Resident, 1)
        daily_calls.set_time(session, installation.town.units["101"], resident.id, "09:30", now)
        caller = Caller(organisation_id, resident.phone, (f"resident:{resident.id}",))
        words = "きょうは びょういんに いきます。おくすりが なくなりました。"
        row = call_in.begin(session, caller, provider="screens", ref="1", kind="sms", text=words, now=now)
        call_in.open_case(session, row, now, Limits())


def _send_visitor(installation: Installation) -> None:
    """An emergency that Aoki has taken, with a colleague who is on the way and one who is asked; and a photo."""
    town, now = installation.town, instant(time.time())
    installation.report(reporting.emergency("202", time.time() - 300))
    with installation.store.session(town.organisation_id, viewer="system:test", purpose="test") as session:
        photo = ResidentPhoto(resident_id=1, image=PNG, media_type="image/png", consented_on=now.date())
        session.add(photo)
        aoki, baba = (
            Actor(f"worker:{town.workers[who]}", town.workers[who], "worker", "web") for who in ("aoki", "baba")
        )
        alerts.claim(session, 6, aoki, now=now)
        for who in ("baba", "dana"):
            alerts.send_visitor(session, 6, aoki, worker_id=town.workers[who], now=now)
        alerts.visitor_coming(session, 6, baba, now=now)


def _plan(installation: Installation) -> None:
    """An override, a swap and a leave that leaves a gap within two days, of which the board warns."""
    town, now = installation.town, instant(time.time())
    aoki, baba, chiba, dana = (f"worker:{town.workers[login]}" for login in ("aoki", "baba", "chiba", "dana"))
    actor = Actor(chiba, town.workers["chiba"], "coordinator", "web")
    with installation.store.session(town.organisation_id, viewer="system:test", purpose="test") as session:
        session.add(PolicyStep(policy_id=1, position=2, target="rota", channels=["voice"], wait_s=60))
        hours = timedelta(hours=1)
        for person, since, until in ((dana, 20 * hours, 23 * hours), (aoki, 50 * hours, 53 * hours)):
            draft = OverrideDraft(now + since, now + until, (person,), note="通院のため")
            rota_changes.override(session, 1, actor, draft, now=now)
        first, second = (now + weeks * timedelta(days=7) for weeks in (1, 2))
        one = Part(aoki, first, first + timedelta(days=7))
        other = Part(baba, second, second + timedelta(days=7))
        if now.isocalendar().week % 2:
            one, other = Part(baba, one.since, one.until), Part(aoki, other.since, other.until)
        rota_changes.swap(session, 1, actor, one, other, now=now)
        for person in (aoki, baba):
            leave = LeaveDraft(person, now + 24 * hours, now + 40 * hours, "夏休み")
            rota_changes.leave(session, actor, leave, now=now)
        rota_changes.leave(session, actor, LeaveDraft(chiba, now + 24 * hours, now + 90 * hours), now=now)
        rota_changes.leave(session, actor, LeaveDraft(dana, now + 24 * hours, now + 90 * hours), now=now)


def _test_itself(installation: Installation) -> None:
    """Self-tests of a week, one of which has failed, and one that runs."""
    now = instant(time.time())
    with installation.store.session(installation.town.organisation_id) as session:
        self_tests.set_up(session, at="06:00", phone="090-1234-5678", now=now)
        for days in range(7, 0, -1):
            at = now - timedelta(days=days)
            run = SelfTest(
                day=at.date(), kind="sms", started_at=at, ended_at=at + timedelta(seconds=9), result="passed"
            )
            if days == 3:
                run.result, run.problem, run.detail = "failed", "refused", "error 30003"
            session.add(run)
        session.add(SelfTest(kind="voice", started_at=now, lease_until_real_at=now + timedelta(hours=1)))


def _coordinate(browser: Browser, url: str, language: str, size_name: str, size: dict[str, int]) -> None:
    """What only a coordinator sees, in either language, and what is said about a form and a file that cannot be."""
    page = open_page(browser, viewport=size, color_scheme="light", locale="ja-JP" if language == "ja" else "en-GB")
    page.goto(f"{url}/sign-in")
    other = page.get_by_role("button", name="English" if language == "en" else "日本語")
    if other.count():
        other.click()
    enter(page, url, "chiba")
    for name, path in COORDINATED.items():
        page.goto(url + path)
        for fold in page.locator("details.fold > summary").all():
            fold.click()
        page.screenshot(path=TARGET / f"{name}-{language}-{size_name}.png", full_page=True)
    page.goto(f"{url}/rota/1/")
    page.select_option("#override-people", index=1)
    page.fill("#override-until", "2020-01-01T09:00")
    page.locator("form[action$=override] button").click()
    page.locator("#wrong-override").screenshot(path=TARGET / f"rota-wrong-{language}-{size_name}.png")
    page.goto(f"{url}/rota/1/")
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y%m%d}"
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "SUMMARY:青木 さくら", f"DTSTART;VALUE=DATE:{tomorrow}", "END:VEVENT"]
    lines += ["BEGIN:VEVENT", "SUMMARY:知らない人", f"DTSTART;VALUE=DATE:{tomorrow}", "END:VEVENT", "END:VCALENDAR", ""]
    file = {"name": "leave.ics", "mimeType": "text/calendar", "buffer": "\r\n".join(lines).encode()}
    page.set_input_files("#import-file", file)  # type: ignore[arg-type]
    page.locator("form[action$=calendar] button").click()
    page.screenshot(path=TARGET / f"rota-import-{language}-{size_name}.png", full_page=True)
    page.context.close()


def _shoot_all(page: Page, url: str, login: str, suffix: str) -> None:
    page.goto(f"{url}/sign-in")
    page.screenshot(path=TARGET / f"sign-in-{suffix}.png")
    enter(page, url, login)
    for name, path in PAGES.items():
        page.goto(url + path)
        page.wait_for_timeout(700)
        page.screenshot(path=TARGET / f"{name}-{suffix}.png", full_page=True)


if __name__ == "__main__":
    main()
