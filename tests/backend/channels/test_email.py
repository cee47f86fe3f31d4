"""E-mail over real SMTP: what has been taken, what has not, and where nobody knows."""

import socket
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.channels.email import EmailChannel
from backend.config import Email
from backend.errors import Ambiguous, DeliveryError
from backend.ports import Channel, Doubt, Message, Probed
from tests.phone_company.mail import PASSWORD, USER, MailServer

AOI = "aoi@worker.example"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path) as server:
        yield server


def channel(server: MailServer, longest_s: float = 18.0, **more: object) -> Channel:
    settings = {"user": USER, "password": PASSWORD, "ca_file": server.ca_file, "port": server.port, **more}
    return EmailChannel(Email("localhost", "watch@watch.example", **settings), longest_s)  # type: ignore[arg-type]


def message(to: str = AOI, title: str = "【緊急】ひだまり荘 203号室") -> Message:
    link = "https://watch.example/c/abc"
    return Message(uuid.uuid4().hex, 1, to, "email", "ja", f"緊急ボタンが押されました。\n{link}\n.\n", title, (link,))


def test_a_letter_arrives_whole_with_our_name_for_it(server: MailServer) -> None:
    order = message()
    sent = channel(server).send(order)
    letter = server.takes(AOI)
    assert letter is not None
    assert letter.subject == "【緊急】ひだまり荘 203号室"
    assert letter.text.replace("\r\n", "\n") == order.text  # also the line that is a lone full stop
    assert letter.read["Message-ID"] == sent.provider_ref == f"<{order.id}@watch.example>"
    assert letter.read["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(("said", "permanent"), [("550 no such user", True), ("450 try later", False)])
@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_refusal_says_whether_trying_again_helps(
    server: MailServer, command: str, said: str, permanent: bool
) -> None:
    server.answers[command] = said
    with pytest.raises(DeliveryError, match=said[:3]) as refusal:
        channel(server).send(message())
    assert refusal.value.permanent == permanent
    assert server.letters == []


@pytest.mark.parametrize("keeps", [True, False])
def test_a_line_that_breaks_at_the_letter_leaves_nobody_knowing_and_nobody_can_be_asked(
    server: MailServer, keeps: bool
) -> None:
    server.answers["DATA"], server.keeps = "drop", keeps
    order = message()
    with pytest.raises(Ambiguous):
        channel(server).send(order)
    assert (server.takes(AOI) is not None) == keeps
    now = datetime.now(UTC)
    assert channel(server).lookup(Doubt(order.id, order.to, order.fingerprint, now, now)) is None


def test_a_server_that_says_nothing_after_the_letter_leaves_nobody_knowing(server: MailServer) -> None:
    server.answers["DATA"] = "hang"
    with pytest.raises(Ambiguous):
        channel(server, longest_s=4.0).send(message())
    assert server.takes(AOI)


def test_a_server_whose_certificate_nobody_vouches_for_gets_no_password(server: MailServer) -> None:
    with pytest.raises(DeliveryError, match="certificate") as refusal:
        channel(server, ca_file=None).send(message())
    assert refusal.value.permanent


def test_a_wrong_password_is_a_refusal(server: MailServer) -> None:
    with pytest.raises(DeliveryError, match="535") as refusal:
        channel(server, password="wrong").send(message())
    assert refusal.value.permanent


def test_a_server_without_what_is_asked_for_is_not_spoken_to_in_the_open(server: MailServer) -> None:
    with pytest.raises(DeliveryError):  # it speaks TLS only after it was asked to
        channel(server, longest_s=2.0, security="tls").send(message())
    with pytest.raises(DeliveryError, match="530") as refusal:
        channel(server, user="", security="none").send(message())
    assert refusal.value.permanent
    assert server.letters == []


def test_a_server_that_cannot_be_reached_has_taken_nothing(server: MailServer) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(DeliveryError) as refusal:
        channel(server, port=port).send(message())
    assert not refusal.value.permanent


def test_a_server_that_never_speaks_is_given_up_before_anything_was_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail = Email("127.0.0.1", "watch@watch.example", silent.getsockname()[1], "none")
        with pytest.raises(DeliveryError) as refusal:
            EmailChannel(mail, longest_s=0.3).send(message())
    assert not refusal.value.permanent


def test_a_line_break_in_a_name_makes_no_header_of_its_own(server: MailServer) -> None:
    channel(server).send(message(title="203\r\nBcc: everybody@evil.example"))
    letter = server.takes(AOI)
    assert letter is not None
    assert letter.subject == "203 Bcc: everybody@evil.example"
    assert letter.read["Bcc"] is None


def test_a_probe_says_who_we_are_and_leaves_no_letter(server: MailServer) -> None:
    probed(server).probe()
    assert server.letters == []


def test_a_wrong_password_and_a_server_that_is_away_fail_the_probe(server: MailServer) -> None:
    with pytest.raises(DeliveryError, match="535"):
        probed(server, password="wrong").probe()
    with pytest.raises(DeliveryError):
        probed(server, port=9).probe()


def probed(server: MailServer, **more: object) -> Probed:
    found = channel(server, **more)  # type: ignore[arg-type]
    assert isinstance(found, Probed)
    return found
