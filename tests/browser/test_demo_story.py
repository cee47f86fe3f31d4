"""The whole of `demo up` as its visitor sees it, who plays the second worker."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from backend.demo import processes
from tests.broker import free_port
from tests.browser.conftest import PHONE, open_page

PROGRAM = Path(sys.executable).parent / "tomoshibi-backend"
READY_S = 180


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[str]:
    """Its address; ended as by Ctrl-C, and nothing may be left of it."""
    home, log, port = tmp_path / "demo", tmp_path / "log", free_port()
    url = f"http://127.0.0.1:{port}"
    command = [PROGRAM, "demo", "up", "--home", home, "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        await_answer(url, process, log)
        yield url
        os.killpg(process.pid, signal.SIGINT)
        process.wait(READY_S)
        assert processes.find(str(home.resolve())) == []
    finally:
        processes.end_all(str(home.resolve()))


def await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/healthz", trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(log.read_text(encoding="utf-8"))


def says(page: Page, text: str) -> None:
    """The strip on top tells this now."""
    expect(page.locator(".strip-ja")).to_contain_text(text)


@pytest.mark.timeout(600)
def test_a_visitor_sees_the_whole_story_and_presses_1_as_the_second_worker(demo: str, browser: Browser):
    board, phones = open_page(browser), open_page(browser, viewport=PHONE)
    board.goto(demo)
    expect(board.get_by_text("住む人も電話も本物ではありません")).to_be_visible()
    board.get_by_role("button", name=re.compile("佐藤 恵")).click()
    phones.goto(f"{demo}/demo/phones")
    says(board, "6人のふだんの暮らし")
    expect(board.get_by_text("未対応の通報はありません")).to_be_visible()

    # An emergency, which the first worker takes by hand.
    expect(board.get_by_text("玄関の緊急ボタンが押されました。")).to_be_visible()
    expect(board.get_by_text("制限時間 20秒に短縮")).to_be_visible()
    board.get_by_role("button", name="引き受ける").click()
    expect(board.get_by_text("佐藤 恵 — 対応中")).to_be_visible()
    board.get_by_role("link", name=re.compile("山本 ハル")).click()
    board.get_by_role("button", name="向かっています").click()
    board.get_by_role("button", name="到着しました").click()
    board.locator("#finish summary").click()
    board.get_by_role("button", name="誤操作").click()
    expect(board.get_by_text("この通報は完了しました。")).to_be_visible()

    # A collapse: the watch notices, the resident is asked and called, the first worker does not answer.
    says(board, "203号室の吉田さんは2時間前に倒れて動けません")
    controls = open_page(browser)
    controls.goto(f"{demo}/demo/controls")
    controls.get_by_role("button", name="次の期限まで進める").click()
    expect(controls.get_by_text("早送り中")).to_be_visible()
    board.goto(demo)
    expect(board.get_by_text("本人に確認中").first).to_be_visible()
    called = phones.get_by_role("region", name="吉田 和子")
    expect(called.get_by_text("着信中").first).to_be_visible()
    board.get_by_role("link", name=re.compile("吉田 和子")).click()
    expect(board.get_by_role("button", name="引き受ける")).to_be_visible()
    first = phones.get_by_role("region", name="佐藤 恵")
    expect(first.get_by_text("SMS").first).to_be_visible()
    expect(first.get_by_text("着信中").first).to_be_visible()
    second = phones.get_by_role("region", name="鈴木 健一")
    expect(second.get_by_text("着信中").first).to_be_visible()
    says(phones, "2人目の鈴木さんの電話が鳴っています")
    second.get_by_role("button", name="1", exact=True).click()

    # He goes there, and says how it ended.
    expect(board.get_by_text("担当 鈴木 健一")).to_be_visible()
    says(board, "鈴木さんが引き受け、203号室へ向かいます")
    suzuki = open_page(browser, viewport=PHONE)
    suzuki.goto(demo)
    suzuki.get_by_role("button", name=re.compile("鈴木 健一")).click()
    suzuki.get_by_role("link", name=re.compile("吉田 和子")).click()
    suzuki.get_by_role("button", name="向かっています").click()
    suzuki.get_by_role("button", name="到着しました").click()
    says(board, "鈴木さんが吉田さんを見つけ")
    suzuki.locator("#finish summary").click()
    suzuki.get_by_role("button", name="救急搬送").click()
    says(board, "物語は終わりました")
    expect(board.get_by_text("この通報は完了しました。")).to_be_visible()
    for line in ("本人への確認を始めた", "支援員を呼び出した", "引き受けた", "向かっている", "到着した", "完了した"):
        expect(board.locator(".timeline").get_by_text(line, exact=True).first).to_be_visible()
    expect(board.locator(".timeline")).to_contain_text("救急搬送")
