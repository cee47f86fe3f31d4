"""That what nobody expected fails a test at its end."""

from pathlib import Path

import pytest

from tests.phone_company.company import PhoneCompany
from tests.phone_company.mail import Letter, MailServer
from tests.phone_company.records import Call

AOI = "aoi@worker.example"


def test_a_letter_that_came_twice_and_was_taken_once_is_a_surprise(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=f"letter to {AOI}"), MailServer(tmp_path) as mail:
        mail.letters += [Letter(AOI, b"Subject: x\n\nwords") for _ in range(2)]
        assert mail.takes(AOI, "words")


@pytest.mark.parametrize("calls", [1, 3])
def test_a_phone_that_rings_more_or_less_often_than_was_said_is_a_surprise(calls: int) -> None:
    with pytest.raises(AssertionError, match=f"2 calls to Aoi, who was to have {calls}"), PhoneCompany() as company:
        company.phone("Aoi", "+819011110001").does_not_answer(calls=calls)
        company.calls += [Call({"To": "+819011110001"}, status="ringing") for _ in range(2)]
        company.settle()
