"""From the board to the closed alert in a real browser, with everything that goes wrong in between."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from backend.adapters.store.schema import Heartbeat
from tests.backend.web import reporting
from tests.browser.conftest import DESKTOP, PHONE, WALL, SignIn
from tests.browser.installation import Installation

AT_ONCE_MS = 3000


def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    found: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return found


def live(page: Page) -> None:
    """Wait until the page says that its stream is open."""
    page.wait_for_selector("body[data-link=live]")


@pytest.mark.alone
def test_an_alert_appears_is_claimed_and_closed_before_two_pairs_of_eyes(
    installation: Installation, sign_in: SignIn
) -> None:
    aoki, baba = sign_in("aoki"), sign_in("baba")
    for page in (aoki, baba):
        live(page)
        expect(page.get_by_text("未対応の通報はありません")).to_be_visible()

    installation.report(reporting.emergency("101", time.time()))
    for page in (aoki, baba):
        expect(page.get_by_text("佐藤 ハル")).to_be_visible(timeout=AT_ONCE_MS)
        expect(page).to_have_title(re.compile(r"🔴\(1\)"))
    expect(aoki.locator("[data-due]")).to_have_text(re.compile(r"^0:\d\d$"))

    aoki.get_by_role("button", name="引き受ける").click()
    expect(baba.get_by_text("青木 さくら — 対応中")).to_be_visible(timeout=AT_ONCE_MS)
    expect(baba).not_to_have_title(re.compile("🔴"))

    aoki.get_by_role("link", name=re.compile("佐藤 ハル")).click()
    aoki.get_by_role("button", name="向かっています").click()
    expect(baba.get_by_text("青木 さくら — 向かっている")).to_be_visible(timeout=AT_ONCE_MS)
    aoki.get_by_role("button", name="到着しました").click()
    aoki.locator("#finish summary").click()
    aoki.get_by_role("button", name="手助けした").click()
    expect(aoki.get_by_text("この通報は完了しました。")).to_be_visible()
    expect(baba.get_by_text("手助けした — 青木 さくら")).to_be_visible(timeout=AT_ONCE_MS)
    for line in ("支援員を呼び出した", "引き受けた", "向かっている", "到着した", "完了した"):
        expect(aoki.locator(".timeline").get_by_text(line, exact=True)).to_be_visible()


def test_a_server_that_dies_is_noticed_and_its_return_too(installation: Installation, sign_in: SignIn) -> None:
    page = sign_in()
    live(page)
    installation.kill("serve")
    expect(page.get_by_text("サーバーとの接続が切れています")).to_be_visible()
    installation.start("serve")
    expect(page.get_by_text("サーバーとの接続が切れています")).to_be_hidden()
    installation.report(reporting.emergency("101", time.time()))
    expect(page.get_by_text("佐藤 ハル")).to_be_visible()


def test_a_cut_stream_is_said_and_the_page_asks_instead(installation: Installation, sign_in: SignIn) -> None:
    page = sign_in()
    live(page)
    page.route("**/live/stream", lambda route: route.abort())
    page.reload()
    expect(page.get_by_text("即時更新が止まっています")).to_be_visible()
    installation.report(reporting.emergency("101", time.time()))
    expect(page.get_by_text("佐藤 ハル")).to_be_visible()


@pytest.mark.parametrize(
    ("login", "claim", "page_word"), [("aoki", "引き受ける", "最後の動き"), ("dana", "Claim", "Last activity")]
)
@pytest.mark.parametrize("size", [DESKTOP, PHONE, WALL], ids=["desktop", "phone", "wall"])
def test_every_page_fits_the_screen_in_both_languages(
    installation: Installation, sign_in: SignIn, login: str, claim: str, page_word: str, size: dict[str, int]
) -> None:
    now = time.time()
    installation.report(
        reporting.live("101", now), reporting.emergency("101", now), reporting.inactivity("102", now - 7800)
    )
    page = sign_in(login, viewport=size)
    for path in (
        "/",
        "/alerts/1/",
        "/alerts/2/",
        "/alerts/1/119",
        "/alerts/1/110",
        "/units/",
        "/units/1",
        "/gateways/",
    ):
        page.goto(installation.url + path)
        assert sideways(page) <= 0, path
    page.goto(f"{installation.url}/alerts/1/")
    expect(page.get_by_text(page_word).first).to_be_visible()
    button = page.get_by_role("button", name=claim, exact=True)
    expect(button).to_be_in_viewport()


BOXES = """(words) => words.map((word) => {
  const found = [...document.querySelectorAll("#live *")].filter((each) => each.textContent.includes(word));
  const smallest = found.filter((each) => ![...each.children].some((child) => child.textContent.includes(word)));
  return smallest.map((each) => each.getBoundingClientRect()).find((box) => box.height > 0)?.bottom ?? Infinity;
})"""
ESSENTIALS = (
    "鈴木 正一", "102号室", "糖尿病（インスリン）", "玄関に段差", "管理室の金庫 3段目", "最後の動き", "最長 1時間10分",
    "すべて正常", "WBGT", "長女 由美",
)  # fmt: skip
NEXT = (  # what brings the alert there, what to do next, and the buttons for it
    (None, "本人の返事を待っています", ["引き受ける", "119・110の読み上げ"]),
    ("open", "引き受けて、本人に電話", ["引き受ける", "119・110の読み上げ"]),
    ("claim", "本人に電話。出なければ下の順に電話し、向かう", ["向かっています", "119・110の読み上げ"]),
    ("coming", "着いたら「到着しました」を押す", ["到着しました", "119・110の読み上げ"]),
    ("arrived", "結果を選んで完了", ["完了する…", "119・110の読み上げ"]),
    ("close", "この通報は完了しました。", ["手助けした"]),
)


def test_the_essentials_and_what_to_do_next_need_no_scrolling_on_a_small_desktop(
    installation: Installation, sign_in: SignIn
) -> None:
    now = time.time()
    asking = reporting.inactivity("102", now - 7800, stage="asking", ask_until=now + 300, open_at=now + 900)
    installation.report(reporting.live("102", now, ago_s=7800), asking)
    page = sign_in(viewport=DESKTOP)
    for event, guide, buttons in NEXT:
        if event == "open":
            installation.report(reporting.inactivity("102", now - 7800))
        elif event is not None:
            installation.act(1, event)
        page.goto(f"{installation.url}/alerts/1/")
        words = [*ESSENTIALS, guide, *buttons]
        bottoms = page.evaluate(BOXES, words)
        below = {word: bottom for word, bottom in zip(words, bottoms, strict=True) if bottom > DESKTOP["height"]}
        assert not below, (event, below)


def test_a_note_for_the_closing_survives_a_change_elsewhere_and_is_kept(
    installation: Installation, sign_in: SignIn
) -> None:
    installation.report(reporting.emergency("101", time.time()))
    installation.act(1, "claim")
    page = sign_in(path="/alerts/1/")
    live(page)
    page.locator("#finish summary").click()
    page.fill("#closing-note", "玄関で話せた")
    page.locator("#closing-note").blur()
    installation.report(reporting.emergency("102", time.time()))
    expect(page.get_by_role("link", name="緊急 1")).to_be_visible()
    installation.report(reporting.emergency("101", time.time(), presses=3))
    expect(page.get_by_text("押した回数 3回")).to_be_visible()
    expect(page.locator("#closing-note")).to_have_value("玄関で話せた")
    page.get_by_role("button", name="在宅・無事").click()
    expect(page.get_by_text("メモ: 玄関で話せた")).to_be_visible()


def test_a_worker_process_that_dies_is_said_on_an_open_page(installation: Installation, sign_in: SignIn) -> None:
    page = sign_in(path="/units/")
    live(page)
    expect(page.get_by_text("電話をかける処理が止まっています")).to_be_hidden()
    installation.kill("work")
    with installation.store.system_session() as session:  # as if it had been dead for long
        session.execute(update(Heartbeat).values(real_at=datetime.now(UTC) - timedelta(minutes=5)))
    expect(page.get_by_text("電話をかける処理が止まっています")).to_be_visible()
    installation.start("work", wait=False)
    expect(page.get_by_text("電話をかける処理が止まっています")).to_be_hidden()


def test_an_alert_can_be_claimed_with_the_keyboard_alone(installation: Installation, sign_in: SignIn) -> None:
    page = sign_in()
    live(page)
    installation.report(reporting.emergency("101", time.time()))
    expect(page.get_by_text("佐藤 ハル")).to_be_visible()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "claim-1":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_text("青木 さくら — 対応中")).to_be_visible()


def test_what_is_being_typed_survives_a_change_elsewhere(installation: Installation, sign_in: SignIn) -> None:
    installation.report(reporting.emergency("101", time.time()))
    page = sign_in(path="/alerts/1/")
    live(page)
    page.fill("#note", "声をかけた")
    installation.report(reporting.emergency("101", time.time(), presses=3))
    installation.report(reporting.emergency("102", time.time()))
    expect(page.get_by_role("link", name="緊急 2")).to_be_visible()
    expect(page.locator("#note")).to_have_value("声をかけた")
    page.keyboard.press("Enter")
    expect(page.locator(".timeline").get_by_text("声をかけた")).to_be_visible()


def test_the_page_says_that_the_browser_blocks_sound_until_it_is_touched(
    installation: Installation, sign_in: SignIn
) -> None:
    page = sign_in()
    page.goto(f"{installation.url}/units/")  # nobody has touched this page yet
    expect(page.locator("#sound-hint")).to_be_visible()
    page.mouse.click(600, 400)
    page.wait_for_selector("body[data-sound=on]")
    expect(page.locator("#sound-hint")).to_be_hidden()
