"""SMS out and in through a real gammu-smsd."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.channels.desk import Inbound
from backend.channels.modem import ModemSms
from backend.channels.modem.parts import PARTS_S
from backend.channels.modem.spool import Spool, state_of
from backend.config import Modem
from backend.errors import DeliveryError
from backend.ports import Doubt, Found, Message
from tests.telephony.desks import RememberingDesk
from tests.telephony.smsd import SCHEMA, Smsd
from tests.telephony.waiting import eventually

BEA = "+819011110002"
PAGE = "【緊急】ひだまり荘 203号室 緊急ボタン 10:32 https://watch.example/c/abc"


class RememberingInbox:
    """Answers every "1"; `away` makes it fail, as a database does."""

    def __init__(self) -> None:
        self.received: list[Inbound] = []
        self.away = False

    def receive(self, inbound: Inbound) -> str:
        if self.away or inbound.text == "poison":
            raise RuntimeError("the database is away")
        self.received.append(inbound)
        return "引き受けました。" if inbound.text == "1" else ""

    def lost(self, kind: str, sender: str, lost_real_at: datetime) -> None:
        raise AssertionError("nobody blocks an SMS")


@pytest.fixture
def desk() -> RememberingDesk:
    return RememberingDesk()


@pytest.fixture
def inbox() -> RememberingInbox:
    return RememberingInbox()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Smsd]:
    """A gammu-smsd for all who only want one that works."""
    with Smsd(tmp_path_factory.mktemp("smsd")) as smsd:
        eventually(smsd.is_ready)
        yield smsd


@pytest.fixture
def smsd(running: Smsd) -> Smsd:
    for table in ("outbox", "outbox_multipart", "sentitems", "inbox"):
        running.rows(f"DELETE FROM {table}")  # noqa: S608  (names of ours)
    return running


@pytest.fixture
def modem(smsd: Smsd, desk: RememberingDesk, inbox: RememberingInbox) -> Iterator[ModemSms]:
    with ModemSms(Modem(str(smsd.database)), desk, inbox) as modem:
        yield modem


def sms(name: str = "message-1", text: str = PAGE, to: str = BEA) -> Message:
    return Message(name, 1, to, "sms", "ja", text)


def doubt(name: str) -> Doubt:
    now = datetime.now(UTC)
    return Doubt(name, BEA, "", now, now)


def an_empty_database(folder: Path) -> Path:
    with closing(sqlite3.connect(folder / "smsd.db")) as database:
        database.executescript(SCHEMA.read_text(encoding="utf-8"))
    return folder / "smsd.db"


def a_modem_that_lives(database: Path, age_s: float = 0.0, sends: str = "yes") -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "INSERT INTO phones (ID, IMEI, IMSI, Client, Send, UpdatedInDB) VALUES ('', '1', '1', 'x', ?,"
            " datetime('now', ?))",
            (sends, f"-{age_s} seconds"),
        )


def problem_of(modem: ModemSms) -> str:
    """What a probe finds; nothing where all is well."""
    try:
        modem.probe()
    except DeliveryError as error:
        return str(error)
    return ""


def test_an_sms_is_sent_and_its_arrival_reported(smsd: Smsd, modem: ModemSms, desk: RememberingDesk) -> None:
    ref = modem.send(sms()).provider_ref
    eventually(lambda: smsd.sent_to(BEA))
    assert smsd.sent_to(BEA) == [PAGE]
    assert modem.lookup(doubt("message-1")) == Found("sent", ref)
    smsd.reports(BEA, "Delivered")
    eventually(lambda: desk.reported)
    assert desk.reported == [("message-1", "reached", "")]
    assert modem.lookup(doubt("message-1")) == Found("delivered", ref)


def test_an_sms_that_did_not_arrive_is_a_failure(smsd: Smsd, modem: ModemSms, desk: RememberingDesk) -> None:
    modem.send(sms())
    eventually(lambda: smsd.sent_to(BEA))
    smsd.reports(BEA, "Failed")
    assert eventually(lambda: desk.end("message-1")) == ("failed", "DeliveryFailed")


def test_a_long_text_goes_in_parts(smsd: Smsd, modem: ModemSms) -> None:
    modem.send(sms(text="灯" * 150))
    eventually(lambda: len(smsd.sent_to(BEA)) == 3)
    assert "".join(smsd.sent_to(BEA)) == "灯" * 150
    headers = [str(header) for (header,) in smsd.rows("SELECT UDH FROM sentitems ORDER BY SequencePosition")]
    assert [header[8:] for header in headers] == ["0301", "0302", "0303"]
    assert len({header[:8] for header in headers}) == 1


def test_the_same_message_laid_in_again_is_sent_once(smsd: Smsd, modem: ModemSms) -> None:
    assert modem.send(sms()) == modem.send(sms())
    eventually(lambda: smsd.sent_to(BEA))
    modem.send(sms())
    modem.send(sms("message-2", "another"))
    eventually(lambda: "another" in smsd.sent_to(BEA))
    assert smsd.sent_to(BEA) == [PAGE, "another"]


def test_what_was_never_laid_in_was_never_received(modem: ModemSms) -> None:
    assert modem.lookup(doubt("message-9")) == Found("not_received")


def test_a_reply_is_acted_on_once_and_answered(smsd: Smsd, modem: ModemSms, inbox: RememberingInbox) -> None:
    smsd.receives("09011110002", "1")
    eventually(lambda: smsd.sent_to("09011110002"))
    assert smsd.sent_to("09011110002") == ["引き受けました。"]
    (inbound,) = inbox.received
    assert (inbound.provider, inbound.kind, inbound.sender, inbound.text) == ("modem", "sms", BEA, "1")
    assert abs((datetime.now(UTC) - inbound.sent_real_at).total_seconds()) < 60
    modem.bring_in_replies()
    assert len(inbox.received) == 1


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a_reply_was_sent_when_the_network_had_it_whatever_the_zone(
    tmp_path: Path, desk: RememberingDesk, inbox: RememberingInbox, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        with Smsd(tmp_path) as smsd:
            eventually(smsd.is_ready)
            smsd.receives(BEA, "1", sent_ago_s=600)
            modem = ModemSms(Modem(str(smsd.database)), desk, inbox)
            eventually(lambda: inbox.received, modem.bring_in_replies)
    finally:
        monkeypatch.undo()
        time.tzset()
    (inbound,) = inbox.received
    assert 598 < (datetime.now(UTC) - inbound.sent_real_at).total_seconds() < 660


def test_a_reply_that_finds_the_database_away_is_kept_and_holds_up_no_other(
    smsd: Smsd, modem: ModemSms, inbox: RememberingInbox
) -> None:
    inbox.away = True
    smsd.receives("DOCOMO", "poison")
    smsd.receives(BEA, "1")
    eventually(lambda: len(smsd.rows("SELECT 1 FROM inbox")) == 2)
    modem.bring_in_replies()
    inbox.away = False
    eventually(lambda: inbox.received)
    assert [one.text for one in inbox.received] == ["1"]
    unread = "SELECT TextDecoded FROM inbox WHERE Processed = 'false'"
    eventually(lambda: smsd.rows(unread) == [("poison",)])


def test_an_sms_that_is_no_text_is_read_as_far_as_it_goes_and_holds_up_no_other(
    smsd: Smsd, modem: ModemSms, inbox: RememberingInbox
) -> None:
    smsd.receives("09011110003", "\udc00起きました")  # the first half of an emoji never came
    eventually(lambda: smsd.rows("SELECT 1 FROM inbox"))
    smsd.receives(BEA, "1")
    eventually(lambda: len(inbox.received) == 2)
    assert inbox.received[0].text == "\ufffd\ufffd\ufffd起きました"
    assert inbox.received[1].text == "1"


def test_a_long_sms_is_one_message_whatever_parts_it_came_in(
    smsd: Smsd, modem: ModemSms, inbox: RememberingInbox
) -> None:
    smsd.receives_in_parts("09011110003", ["灯" * 67, "火" * 30 + "\ud83d", "\udd25です"])
    eventually(lambda: inbox.received)
    unread = "SELECT 1 FROM inbox WHERE Processed = 'false'"
    eventually(lambda: len(smsd.rows("SELECT 1 FROM inbox")) == 3 and not smsd.rows(unread))
    assert [one.text for one in inbox.received] == ["灯" * 67 + "火" * 30 + "🔥です"]


def test_parts_are_waited_for_and_then_acted_on_without_the_missing_ones(
    tmp_path: Path, desk: RememberingDesk, inbox: RememberingInbox
) -> None:
    database = an_empty_database(tmp_path)
    modem = ModemSms(Modem(str(database)), desk, inbox)
    with closing(sqlite3.connect(database)) as connection, connection:
        for header, text in (("0500032A0301", "1"), ("0500032A0303", "です")):
            connection.execute(
                "INSERT INTO inbox (Text, UDH, SenderNumber, TextDecoded, RecipientID) VALUES ('', ?, ?, ?, '')",
                (header, BEA, text),
            )
    modem.bring_in_replies()
    assert inbox.received == []
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(f"UPDATE inbox SET UpdatedInDB = datetime('now', '-{PARTS_S + 1} seconds')")  # noqa: S608
    for _ in range(2):
        modem.bring_in_replies()
    assert [one.text for one in inbox.received] == ["1 […] です"]


def test_without_gammu_smsd_nothing_is_taken(tmp_path: Path, desk: RememberingDesk, inbox: RememberingInbox) -> None:
    modem = ModemSms(Modem(str(tmp_path / "smsd.db")), desk, inbox)
    for prepare, problem in (
        (lambda: None, "database"),
        (lambda: an_empty_database(tmp_path), "no modem"),
        (lambda: a_modem_that_lives(tmp_path / "smsd.db", 151), "no sign of life for 15[12] s"),
    ):
        prepare()
        with pytest.raises(DeliveryError, match=problem) as refusal:
            modem.send(sms())
        assert not refusal.value.permanent
        with pytest.raises(DeliveryError, match=problem):
            modem.probe()


def test_a_probe_finds_a_gammu_smsd_that_lives_and_lays_nothing_in(smsd: Smsd, modem: ModemSms) -> None:
    modem.probe()
    assert smsd.rows("SELECT ID FROM outbox UNION ALL SELECT ID FROM sentitems") == []


def test_a_probe_finds_reports_that_cannot_be_written_down(smsd: Smsd, modem: ModemSms, desk: RememberingDesk) -> None:
    modem.send(sms())
    eventually(lambda: smsd.sent_to(BEA))
    desk.away = True
    smsd.reports(BEA, "Delivered")
    eventually(lambda: "tell what became of them" in problem_of(modem))
    desk.away = False
    eventually(lambda: not problem_of(modem))
    assert desk.reported == [("message-1", "reached", "")]


def test_a_probe_finds_an_sms_on_which_nobody_could_act_again_and_again(
    smsd: Smsd, modem: ModemSms, inbox: RememberingInbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.channels.modem.sms.LOOK_S", 0.01)
    smsd.receives(BEA, "poison")
    eventually(lambda: "could not be acted on" in problem_of(modem))
    assert inbox.received == []


def test_a_gammu_smsd_that_has_died_is_noticed(tmp_path: Path, desk: RememberingDesk, inbox: RememberingInbox) -> None:
    with Smsd(tmp_path) as smsd:
        eventually(smsd.is_ready)
        modem = ModemSms(Modem(str(smsd.database), silent_s=2), desk, inbox)
        modem.send(sms())
        eventually(lambda: smsd.sent_to(BEA))
        smsd.stop()
        eventually(lambda: refuses(modem))


def refuses(modem: ModemSms) -> bool:
    try:
        modem.send(sms("message-2"))
    except DeliveryError as error:
        assert "no sign of life" in str(error)
        return True
    return False


def test_what_is_not_sent_in_time_is_taken_back_and_said(
    tmp_path: Path, desk: RememberingDesk, inbox: RememberingInbox
) -> None:
    database = an_empty_database(tmp_path)
    a_modem_that_lives(database)  # it lives, and sends nothing
    patient = ModemSms(Modem(str(database), give_up_s=3600), desk, inbox)
    patient.send(sms(text="灯" * 100))
    patient.tell_what_became_of_them()
    assert desk.reported == []
    modem = ModemSms(Modem(str(database), give_up_s=1), desk, inbox)
    eventually(lambda: desk.end("message-1"), modem.tell_what_became_of_them)
    assert desk.end("message-1") == ("failed", "the modem does not send")
    assert modem.lookup(doubt("message-1")) == Found("not_received")
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM outbox_multipart").fetchone() == (0,)


def test_what_happened_while_no_worker_was_there_is_told_by_the_next(
    smsd: Smsd, desk: RememberingDesk, inbox: RememberingInbox
) -> None:
    with ModemSms(Modem(str(smsd.database)), RememberingDesk(), inbox) as first:
        first.send(sms())
    eventually(lambda: smsd.sent_to(BEA))
    smsd.rows("UPDATE sentitems SET Status = 'SendingError'")
    with ModemSms(Modem(str(smsd.database)), desk, inbox):
        assert eventually(lambda: desk.end("message-1")) == ("failed", "SendingError")


def test_of_several_modems_each_takes_its_own(tmp_path: Path, desk: RememberingDesk, inbox: RememberingInbox) -> None:
    database = an_empty_database(tmp_path)
    a_modem_that_lives(database)
    with pytest.raises(DeliveryError, match="no modem"):
        ModemSms(Modem(str(database), phone_id="office"), desk, inbox).send(sms())
    Spool(database, "office").lay_in("message-1", BEA, PAGE)
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT SenderID FROM outbox").fetchall() == [("office",)]


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (["SendingOK"], "sent"),
        (["SendingOKNoReport"], "sent"),
        (["DeliveryOK"], "delivered"),
        (["DeliveryOK", "SendingOK"], "sent"),
        (["DeliveryOK", "DeliveryFailed"], "failed"),
        (["SendingOK", "Waiting"], "outbox"),
        (["SendingError", "Waiting"], "failed"),
    ],
)
def test_a_message_is_as_far_as_its_last_part(statuses: list[str], state: str) -> None:
    assert state_of(statuses)[0] == state
