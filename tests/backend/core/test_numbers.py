"""Which numbers there are, and which of them take an SMS."""

import pytest

from backend.core.numbers import NO_SMS, as_written, mobile_number, phone_number, takes_sms
from backend.errors import Invalid


@pytest.mark.parametrize("text", ["090-1234-5678", "09012345678", "+81 90 1234 5678", "０９０−１２３４−５６７８"])
def test_numbers_are_taken_as_people_write_them(text: str) -> None:
    assert phone_number(text) == "+819012345678"


@pytest.mark.parametrize("text", ["", "110", "abc", "+8190", "090-1234-56789012", "\0"])
def test_numbers_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        phone_number(text)


@pytest.mark.parametrize("text", ["03-3581-4111", "06-6208-8181", "050-3456-7890", "0120-444-113"])
def test_a_number_that_no_sms_reaches_may_be_called_and_not_written_to(text: str) -> None:
    assert not takes_sms(phone_number(text))
    with pytest.raises(Invalid, match=NO_SMS):
        mobile_number(text)


@pytest.mark.parametrize("text", ["090-1234-5678", "080-1234-5678", "070-1234-5678", "+1 202-555-0143"])
def test_a_number_of_a_mobile_phone_takes_both(text: str) -> None:
    assert takes_sms(mobile_number(text))


def test_of_a_number_in_a_range_that_is_given_to_nobody_the_provider_has_the_word() -> None:
    assert takes_sms("+819000000001")


@pytest.mark.parametrize(
    ("number", "written"),
    [("+819012345678", "090-1234-5678"), ("+12025550143", "+1 202-555-0143"), ("anything", "anything")],
)
def test_numbers_are_written_as_people_in_their_country_write_them(number: str, written: str) -> None:
    assert as_written(number) == written
