"""Pushes as a push service and a browser see them: signed by us, readable by that browser alone, shown once."""

import socket
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from backend.channels.webpush import VapidKey, WebPushChannel, is_service
from backend.channels.webpush.identity import new_private_key
from backend.config import Push
from backend.errors import Ambiguous, ConfigError, DeliveryError
from backend.ports import Browser, Channel, Doubt, Found, Message
from tests.phone_company.faults import Fault
from tests.phone_company.push_service import PushService, ReadingBrowser

KEY = new_private_key()
LINK = "https://watch.example/c/abc"


@pytest.fixture
def service() -> Iterator[PushService]:
    with PushService() as service:
        yield service


@pytest.fixture
def forgotten() -> list[str]:
    return []


@pytest.fixture
def channel(service: PushService, forgotten: list[str]) -> Channel:
    return WebPushChannel(Push(KEY, "mailto:it@watch.example", (service.url,)), forgotten.append)


def message(*browsers: ReadingBrowser | Browser) -> Message:
    subscriptions = tuple(one.subscription if isinstance(one, ReadingBrowser) else one for one in browsers)
    return Message(
        uuid.uuid4().hex,
        1,
        "worker:1",
        "push",
        "ja",
        "ひだまり荘 10:32",
        "【緊急】緊急ボタン",
        (LINK,),
        {},
        subscriptions,
    )


def test_the_browser_reads_what_was_sent_and_nobody_between_can(channel: Channel, service: PushService) -> None:
    browser = service.browser()
    order = message(browser)
    channel.send(order)
    shown = {"tag": order.id, "title": "【緊急】緊急ボタン", "body": "ひだまり荘 10:32", "link": LINK, "lang": "ja"}
    assert "緊急".encode() not in browser.arrived[0].body
    assert browser.takes() == shown
    assert service.contacts == ["mailto:it@watch.example"]
    assert (service.headers[0]["Urgency"], service.headers[0]["Ttl"]) == ("high", "3600")


def test_every_browser_of_a_worker_gets_it(channel: Channel, service: PushService) -> None:
    both = (service.browser(), service.browser())
    channel.send(message(*both))
    assert all(one.takes() for one in both)


@pytest.mark.parametrize("fault", [Fault.ACCEPT_THEN_HANG, Fault.ACCEPT_THEN_DROP])
def test_one_that_was_taken_without_an_answer_is_shown_once_however_often_it_is_handed_over(
    channel: Channel, service: PushService, fault: Fault
) -> None:
    browser = service.browser()
    order = message(browser)
    service.order(fault)
    impatient = WebPushChannel(Push(KEY, "mailto:it@watch.example", (service.url,)), lambda _: None, answer_s=0.5)
    with pytest.raises(Ambiguous):
        (impatient if fault is Fault.ACCEPT_THEN_HANG else channel).send(order)
    now = datetime.now(UTC)
    assert channel.lookup(Doubt(order.id, order.to, order.fingerprint, now, now)) == Found("repeat")
    channel.send(order)
    assert browser.takes() and browser.takes()
    assert len(browser.notifications()) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_that_cannot_now_is_tried_again(channel: Channel, service: PushService, status: int) -> None:
    service.order(Fault.REFUSE, status=status)
    with pytest.raises(DeliveryError, match=str(status)) as refusal:
        channel.send(message(service.browser()))
    assert not refusal.value.permanent


@pytest.mark.parametrize("status", [400, 401, 403, 413])
def test_what_the_service_will_not_have_is_not_tried_again(
    channel: Channel, service: PushService, forgotten: list[str], status: int
) -> None:
    service.order(Fault.REFUSE, status=status)
    with pytest.raises(DeliveryError, match=str(status)) as refusal:
        channel.send(message(service.browser()))
    assert refusal.value.permanent
    assert forgotten == []


def test_a_browser_that_is_no_more_is_forgotten_and_the_others_still_get_it(
    channel: Channel, service: PushService, forgotten: list[str]
) -> None:
    gone, unknown, here = service.browser(), service.browser(), service.browser()
    gone.gone = True
    del service.browsers[unknown.path]
    channel.send(message(gone, unknown, here))
    assert sorted(forgotten) == sorted([gone.subscription.endpoint, unknown.subscription.endpoint])
    assert here.takes()
    with pytest.raises(DeliveryError, match="no more pushes") as refusal:
        channel.send(message(gone))
    assert refusal.value.permanent


def test_a_key_that_is_not_ours_is_refused_by_the_service(service: PushService, channel: Channel) -> None:
    browser = service.browser()
    channel.send(message(browser))
    other = WebPushChannel(Push(new_private_key(), "mailto:x@y.example", (service.url,)), lambda _: None)
    other.send(message(browser))  # signed too: only the browser's service knows which key it subscribed with
    assert browser.takes() and browser.takes()


def test_broken_keys_of_one_browser_keep_nobody_else_from_the_push(channel: Channel, service: PushService) -> None:
    good = service.browser()
    subscription = good.subscription
    broken = [
        Browser(subscription.endpoint, "AAAA", subscription.auth),
        Browser(subscription.endpoint, "é", "é"),
        Browser(subscription.endpoint, subscription.p256dh, ""),
    ]
    channel.send(message(*broken, subscription))
    assert good.takes()
    for one in broken:
        with pytest.raises(DeliveryError) as refusal:
            channel.send(message(one))
        assert refusal.value.permanent


def test_an_address_that_is_no_push_service_is_never_asked(channel: Channel, service: PushService) -> None:
    elsewhere = Browser("http://127.0.0.1:9/send/0", "AAAA", "AAAA")
    with pytest.raises(DeliveryError, match="no push service"):
        channel.send(message(elsewhere))


def test_a_service_that_cannot_be_reached_is_in_doubt_which_a_repetition_ends(forgotten: list[str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with PushService() as service:
        keys = service.browser().subscription
    channel = WebPushChannel(Push(KEY, "mailto:x@y.example", (nobody,)), forgotten.append)
    with pytest.raises((Ambiguous, DeliveryError)) as problem:
        channel.send(message(Browser(f"{nobody}/send/0", keys.p256dh, keys.auth)))
    assert not getattr(problem.value, "permanent", False)
    assert forgotten == []


@pytest.mark.parametrize(
    ("endpoint", "fits"),
    [
        ("https://push.example/x", True),
        ("https://push.example:443/x", False),
        ("http://push.example/x", False),
        ("https://push.example.evil.example/x", False),
        ("https://evil.example/https://push.example/", False),
        ("https://user@push.example/x", False),
        ("https://a.wild.example/x", True),
        ("https://wild.example/x", False),
        ("https://evilwild.example/x", False),
        ("https://push.example:x/", False),
        ("https://[::1", False),
        ("https://evil.example\\.wild.example/x", False),
        ("https://evil.example\\@a.wild.example/x", False),
        ("https://evil.example%5c.wild.example/x", False),
        ("https://evil.example .wild.example/x", False),
        ("https://a.wild.exam\nple/x", False),
        ("\x01https://a.wild.example/x", False),
        ("https://evil.example\u3002.wild.example/x", False),
        ("", False),
    ],
)
def test_only_the_addresses_of_push_services_are_push_services(endpoint: str, fits: bool) -> None:
    assert is_service(endpoint, ("https://push.example", "https://*.wild.example")) == fits


def test_the_key_of_the_configuration_has_to_be_one(service: PushService) -> None:
    assert len(VapidKey(KEY).public_key) == 87
    for wrong in ("A" * 43, "_" * 43):
        with pytest.raises(ConfigError, match="private_key"):
            VapidKey(wrong)
