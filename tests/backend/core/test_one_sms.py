"""Every SMS is one segment long, with links as they are made and names as buildings and people have them."""

import inspect
import pkgutil
import secrets
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from itertools import product
from typing import get_args

import pytest

from backend.core import words
from backend.core.call_in import Role
from backend.core.segments import segments
from backend.core.words import asking, calling_in, contacts, merged, replying, trial, visiting, written
from backend.core.words.merged import Storm
from backend.core.words.subject import KINDS_JA, Caller, Subject
from backend.services.links import TOKEN_BYTES

LANGUAGES = ("ja", "en")
HOSTS = ("mimamori.example.jp", "mimamori.shien.example.jp")
LINKS = [f"https://{host}/c/{secrets.token_urlsafe(TOKEN_BYTES)}" for host in HOSTS]
BUILDINGS = ("ひだまり荘", "グリーンコーポひだまり東館二号棟別館", "Residence Hidamari East Annex")
UNITS = ("203", "A-1203", "東館1203", "はなれの間", "")
PEOPLE = ("", "葵", "アレクサンドラ・コンスタンティノヴァ", "Konstantin Alexandrov-Petersen")
NUMBERS = ("", "090-1234-5678", "+84 24 3825 5678")
CALLERS = [Caller(by, role, end) for by in ("voice", "sms") for role in get_args(Role) for end in ("0203", "")]
ABOUT_NO_ALERT = {"nothing_open", "unclear", "ambiguous", "linked", "not_linked", "wrong_code"}


def subjects() -> Iterator[Subject]:
    for building, unit in product(BUILDINGS, UNITS):
        for kind in KINDS_JA:
            yield Subject(kind, building, unit, clock="10:32")
        for caller in CALLERS:
            yield Subject("call_in", building, unit, clock="10:32", caller=caller)
    for caller in CALLERS:
        yield Subject("call_in", "", "", clock="10:32", caller=caller)


def storms() -> Iterator[Storm]:
    for count, building, unit in product((12, 120), BUILDINGS, UNITS):
        yield Storm(count, Subject("emergency", building, unit), 2, "10:32")


def pages() -> Iterator[str]:
    for subject, language, link, overdue in product(subjects(), LANGUAGES, LINKS, (False, True)):
        text = written.alert_sms(subject, language, link, overdue=overdue)
        assert text.endswith(link)
        assert subject.unit[-4:] in text or (not subject.unit[-1].isdigit() and subject.unit[:2] in text)
        assert subject.unit or subject.building[:1] in text
        yield text


def wishes() -> Iterator[str]:
    for subject, language, link in product(subjects(), LANGUAGES, LINKS):
        text = visiting.visit_sms(subject, language, link)
        assert text.endswith(link)
        assert subject.unit[-4:] in text or (not subject.unit[-1].isdigit() and subject.unit[:2] in text)
        yield text


def storm_pages() -> Iterator[str]:
    for storm, language, link, overdue in product(storms(), LANGUAGES, LINKS, (False, True)):
        text = merged.storm_sms(storm, language, link, overdue=overdue)
        assert text.endswith(link)
        assert str(storm.count) in text
        yield text


def answers() -> Iterator[str]:
    for role, language in product(replying.ANSWERS, LANGUAGES):
        for what in replying.ANSWERS[role]:
            for subject in (None,) if what in ABOUT_NO_ALERT else (None, *subjects()):
                yield replying.answer(what, language, subject, role=role)


def to_contacts() -> Iterator[str]:
    told = product(("neighbour", "family"), subjects(), NUMBERS, contacts.MAY_KNOW, LANGUAGES)
    for kind, subject, number, may_know, language in told:
        yield contacts.contact_sms(contacts.About(kind, "山田花", "支援", number, may_know, subject), language)


def of_language(build: Callable[[str], str]) -> Callable[[], Iterator[str]]:
    return lambda: (build(language) for language in LANGUAGES)


def of_number(build: Callable[[str, str], str]) -> Callable[[], Iterator[str]]:
    return lambda: (build(language, number) for language, number in product(LANGUAGES, NUMBERS))


def of_subject(build: Callable[[Subject, str], str]) -> Callable[[], Iterator[str]]:
    return lambda: (build(subject, language) for subject, language in product(subjects(), LANGUAGES))


SMS: Mapping[str, Callable[[], Iterator[str]]] = {
    "asking.ask_sms": of_number(asking.ask_sms),
    "asking.daily_sms": of_number(asking.daily_sms),
    "calling_in.written": lambda: (
        calling_in.written(what, one) for what, one in product(calling_in.WRITTEN, LANGUAGES)
    ),
    "contacts.contact_sms": to_contacts,
    "contacts.contact_over_sms": of_language(contacts.contact_over_sms),
    "merged.storm_sms": storm_pages,
    "merged.storm_claimed_sms": lambda: (
        merged.storm_claimed_sms(storm, language, by) for storm, language, by in product(storms(), LANGUAGES, PEOPLE)
    ),
    "merged.storm_over_sms": lambda: (
        merged.storm_over_sms(storm, language) for storm, language in product(storms(), LANGUAGES)
    ),
    "replying.answer": answers,
    "trial.trial_message": of_language(trial.trial_message),
    "trial.trial_letter": of_language(lambda language: trial.trial_letter(language).text),
    "trial.self_test_letter": of_language(lambda language: trial.self_test_letter(language).text),
    "visiting.visit_sms": wishes,
    "written.alert_sms": pages,
    "written.claimed_sms": lambda: (
        written.claimed_sms(subject, language, by) for subject, language, by in product(subjects(), LANGUAGES, PEOPLE)
    ),
    "written.resumed_sms": of_subject(written.resumed_sms),
    "written.answered_sms": of_subject(written.answered_sms),
    "written.told_sms": of_subject(written.told_sms),
    "written.closed_sms": of_subject(written.closed_sms),
}
SPOKEN_OR_LETTERS = {
    *("asking.ask_call", "asking.ask_keys", "asking.daily_ask"),
    *("calling_in.greeting", "calling_in.menu", "calling_in.said", "calling_in.of_caller"),
    *("contacts.contact_call", "contacts.contact_keys", "merged.others_call", "merged.storm_call"),
    *("trial.trial_call", "trial.trial_keys", "visiting.visit_keys", "visiting.visit_letter"),
}
NO_MESSAGES = {
    "fitting",
    "languages",
    "letters",
    "operator",
    "spoken",
    "subject",
}  # none of their functions makes a whole SMS


@pytest.mark.parametrize("builder", list(SMS))
def test_whatever_is_written_is_one_segment_long(builder: str) -> None:
    for text in SMS[builder]():
        assert segments(text) == 1, text


def test_every_builder_is_measured_or_said_to_write_no_sms() -> None:
    found = set()
    for module in (each.name for each in pkgutil.iter_modules(words.__path__)):
        if module in NO_MESSAGES:
            continue
        inside = import_module(f"{words.__name__}.{module}")
        functions = inspect.getmembers(inside, inspect.isfunction)
        found |= {f"{module}.{name}" for name, one in functions if one.__module__ == inside.__name__ and name[0] != "_"}
    assert found == set(SMS) | SPOKEN_OR_LETTERS
