"""What people are told, in both languages: short enough to be sent, plain enough to be heard once."""

import itertools
from typing import get_args

import pytest
from contract.reports import AlertKind

from backend.core.call_in import BY_KEY, CASE, DAYS, Role
from backend.core.segments import segments
from backend.core.words import asking, calling_in, contacts, letters, replying, spoken, trial, written
from backend.core.words.languages import told_in
from backend.core.words.subject import Caller, Subject, in_words

LINK = "https://mimamori.example.jp/c/" + "x" * 22
KINDS = [*get_args(AlertKind), "gateway_silent", "daily_call"]
CALLERS = [Caller(kind, role, end) for kind in ("voice", "sms") for role in get_args(Role) for end in ("0203", "")]
PRESS = Subject("emergency", "ひだまり荘", "203", ago_s=20, clock="10:32")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_alert_has_words_in_both_languages(kind: str) -> None:
    subject = Subject(kind, "ひだまり荘", "203", ago_s=24_000, clock="10:32")
    for language in ("ja", "en"):
        assert "203" in written.alert_sms(subject, language, LINK)
        assert "ひだまり荘" in spoken.alert_call(subject, language)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_page_is_one_sms_long_and_ends_in_its_whole_link(kind: str, language: str) -> None:
    building = "ひだまり荘" if language == "ja" else "Hidamari"
    text = written.alert_sms(Subject(kind, building, "203", clock="10:32"), language, LINK)
    assert segments(text) == 1, text
    assert text.endswith(" " + LINK)


def test_the_buildings_name_goes_first_when_the_sms_would_grow() -> None:
    subject = Subject("monitoring_lost", "グリーンコーポひだまり東館二号棟別館", "203", clock="10:32")
    text = written.alert_sms(subject, "ja", LINK.replace("mimamori.example.jp", "watch.example"))
    assert "グリーンコーポ" not in text
    assert "203号室" in text
    assert "10:32" in text


def test_a_link_that_leaves_no_room_takes_a_second_segment_and_stays_whole() -> None:
    long_link = "https://" + "a" * 80 + ".example/c/x"
    text = written.alert_sms(PRESS, "ja", long_link)
    assert segments(text) == 2
    assert text.endswith(long_link)


def test_the_call_says_first_that_it_is_an_emergency_and_where() -> None:
    said = spoken.alert_call(PRESS, "ja")
    assert said == "見守りの、ともしびです。緊急です。ひだまり荘 203号室。たった今、緊急ボタンが押されました。"
    assert spoken.alert_call(PRESS, "en").startswith("This is Tomoshibi, with an emergency. ひだまり荘, room 2 0 3:")


@pytest.mark.parametrize(
    ("ago_s", "ja", "en"),
    [
        (0, "たった今", "just now"),
        (59, "たった今", "just now"),
        (60, "1分前", "1 minute ago"),
        (25 * 60, "25分前", "25 minutes ago"),
        (3600, "1時間前", "1 hour ago"),
        (6 * 3600 + 43 * 60, "6時間40分前", "6 hours 40 minutes ago"),
    ],
)
def test_times_are_said_as_people_say_them(ago_s: float, ja: str, en: str) -> None:
    subject = Subject("inactivity", "ひだまり荘", "203", ago_s=ago_s)
    assert ja in spoken.alert_call(subject, "ja")
    assert en in spoken.alert_call(subject, "en")


def test_a_silence_lasts_and_a_press_happened() -> None:
    assert "40分前から、動きがなく" in spoken.alert_call(Subject("inactivity", "ひだまり荘", "203", ago_s=2400), "ja")
    assert "40分前に、緊急ボタン" in spoken.alert_call(Subject("emergency", "ひだまり荘", "203", ago_s=2400), "ja")


def test_every_key_of_a_workers_call_is_named() -> None:
    for language in ("ja", "en"):
        assert all(key in spoken.keys_call(language) for key in "1249")


def test_the_resident_is_asked_in_few_plain_words() -> None:
    asked = asking.ask_call("山田花子", "ja") + asking.ask_keys("ja")
    assert "だいじょうぶ" in asked
    assert max(len(sentence) for sentence in asked.split("。")) <= 25
    assert "1" in asking.ask_keys("en")


def test_a_whole_building_is_named_without_a_room() -> None:
    said = spoken.alert_call(Subject("gateway_silent", "ひだまり荘", ""), "ja")
    assert "号室" not in said
    assert "ひだまり荘" in said


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("may_know", ["concern", "cause"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_contact_hears_what_they_may_know_and_who_it_is_about(kind: str, may_know: str, language: str) -> None:
    subject = Subject(kind, "ひだまり荘", "203", ago_s=600, clock="10:32")
    about = contacts.About("family", "山田花", "ひだまり居住支援", "090-1234-5678", may_know, subject)
    said, sent = contacts.contact_call(about, language), contacts.contact_sms(about, language)
    short, cause = in_words(subject, language)
    assert "山田花" in said
    assert (cause in said) == (short in sent) == (may_know == "cause")
    assert segments(sent) == 1, sent
    assert "090-1234-5678" in sent
    assert "山田" not in sent
    assert "203" not in sent
    assert segments(contacts.contact_over_sms(language)) == 1


@pytest.mark.parametrize(("language", "whose", "asked"), [("ja", "ご近所", "ノック"), ("en", "neighbour", "knock")])
@pytest.mark.parametrize("may_know", ["concern", "cause"])
def test_a_neighbour_has_words_of_their_own(language: str, whose: str, asked: str, may_know: str) -> None:
    of = {
        kind: contacts.About(kind, "山田花", "ひだまり居住支援", "", may_know, PRESS)
        for kind in ("neighbour", "family")
    }
    for build in (contacts.contact_call, contacts.contact_sms):
        text = build(of["neighbour"], language)
        assert whose in text
        assert asked in text
        assert not any(word in build(of["family"], language) for word in (whose, asked))
        assert (in_words(PRESS, language)[build is contacts.contact_call] in text) == (may_know == "cause")


def test_a_language_without_words_of_ours_is_answered_in_one_that_is_chosen() -> None:
    assert [told_in(language) for language in ("ja", "en", "en-GB", "vi", "")] == ["ja", "en", "en", "en", "en"]
    assert [told_in(language, resident=True) for language in ("ja", "en", "vi")] == ["ja", "en", "ja"]


def test_a_contact_without_a_number_to_call_back_is_still_told_whom_to_ask() -> None:
    about = contacts.About("family", "山田花", "ひだまり居住支援", "", "concern", PRESS)
    assert "支援員" in contacts.contact_sms(about, "ja")
    assert "support worker" in contacts.contact_sms(about, "en")


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("number", ["", "090-1234-5678"])
def test_a_resident_who_missed_the_call_is_asked_by_one_sms_in_plain_words(language: str, number: str) -> None:
    text = asking.ask_sms(language, number)
    assert segments(text) == 1, text
    assert number in text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_letter_says_in_its_title_what_and_where_and_holds_the_link(kind: str, language: str) -> None:
    subject = Subject(kind, "ひだまり荘", "203", clock="10:32")
    letter = letters.alert_email(subject, language, LINK)
    assert all(part in letter.title for part in ("ひだまり荘", "203", "10:32", in_words(subject, language)[0]))
    assert LINK in letter.text
    assert len(letters.alert_line(subject, language).text) < 160


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_notification_on_a_locked_screen_names_no_room(language: str) -> None:
    for letter in (letters.alert_push(PRESS, language), letters.over_push(PRESS, language)):
        assert "203" not in letter.title + letter.text
        assert "ひだまり荘" in letter.text


@pytest.mark.parametrize("overdue", [True, False])
def test_what_nobody_has_taken_is_marked_in_every_kind_of_message(overdue: bool) -> None:
    for language, mark in (("ja", "【未対応】"), ("en", "NOBODY HAS TAKEN")):
        page = letters.alert_email(PRESS, language, LINK, overdue=overdue)
        notice = letters.alert_push(PRESS, language, overdue=overdue)
        line = letters.alert_line(PRESS, language, overdue=overdue)
        assert {mark in one.title for one in (page, notice, line)} == {overdue}


@pytest.mark.parametrize("what", list(replying.ANSWERS["worker"]))
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_answer_to_a_workers_reply_is_one_sms_that_names_the_alert(what: str, language: str) -> None:
    assert segments(replying.answer(what, language)) == 1
    if what in ("claimed", "already_claimed", "passed_on", "not_me", "closed", "over"):
        for kind in KINDS:
            text = replying.answer(what, language, Subject(kind, "ひだまり荘", "203"))
            assert "203" in text
            assert segments(text) == 1, text


@pytest.mark.parametrize("role", ["resident", "contact"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_answers_to_residents_and_contacts_are_one_sms_that_says_no_place(role: replying.Role, language: str) -> None:
    for what, kind in itertools.product(replying.ANSWERS[role], KINDS):
        subject = Subject(kind, "ひだまり荘", "203")
        for text in (replying.answer(what, language, told, role=role) for told in (subject, None)):
            assert segments(text) == 1, text
            assert "203" not in text
            assert "ひだまり荘" not in text
        assert in_words(subject, language)[0] not in replying.answer(what, language, role=role)


@pytest.mark.parametrize(("language", "plainly"), [("ja", "異変ではありません"), ("en", "Nothing has happened")])
def test_a_test_says_plainly_that_it_is_one(language: str, plainly: str) -> None:
    for text in (trial.trial_call(language), trial.trial_message(language), trial.trial_letter(language).text):
        assert plainly in text
    assert "1" in trial.trial_keys(language)


@pytest.mark.parametrize("what", list(spoken.REPLIES))
def test_every_answer_to_a_key_is_said_in_both_languages(what: str) -> None:
    assert spoken.reply(what, "ja") != spoken.reply(what, "en")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("灯" * 70, 1),
        ("灯" * 71, 2),
        ("灯" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments_are_counted_as_networks_count_them(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_page_about_a_caller_says_where_and_whose_number_in_one_sms(caller: Caller, language: str) -> None:
    building = "ひだまり荘" if language == "ja" else "Hidamari"
    text = written.alert_sms(Subject("call_in", building, "203", clock="10:32", caller=caller), language, LINK)
    assert segments(text) == 1, text
    assert "203" in text
    assert caller.number_end in text
    said = spoken.alert_call(Subject("call_in", building, "203", caller=caller), language)
    assert " ".join(caller.number_end) in said


@pytest.mark.parametrize("language", ["ja", "en"])
def test_who_calls_from_nowhere_that_is_known_is_said_to_be_nowhere(language: str) -> None:
    nobody = Subject("call_in", "", "", clock="10:32", caller=Caller("voice", "nobody", "0042"))
    said = spoken.alert_call(nobody, language)
    assert "。。" not in said
    assert ": somebody" not in said
    assert "0042" in written.alert_sms(nobody, language, LINK)
    for text in (letters.alert_email(nobody, language, LINK).text, written.claimed_sms(nobody, language, "葵")):
        assert text == text.strip("、 ") or text.endswith("\n")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_menu_names_every_key_and_each_has_an_answer(language: str) -> None:
    assert all(key in calling_in.menu(language) for key in (*BY_KEY, "0"))
    for what in (*BY_KEY.values(), *(f"{where}_longer" for where in DAYS), CASE):
        assert calling_in.said(what, language)
        assert segments(calling_in.written(what, language)) == 1


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_daily_call_says_that_it_is_the_daily_call(language: str) -> None:
    assert ("daily call" if language == "en" else "まいにち") in asking.daily_ask("山田花", language)
    for back in ("", "050-1111-9999"):
        assert segments(asking.daily_sms(language, back)) == 1
