"""A call that a person makes to the product's number."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tests.phone_company.records import new_sid
from tests.phone_company.script import Script

if TYPE_CHECKING:
    from tests.phone_company.company import PhoneCompany


class CallToUs:
    """From the first words to the end. Everything the product says comes from its own script by HTTP."""

    def __init__(self, company: "PhoneCompany", account: str, caller: str, called: str, sid: str = "") -> None:
        self.sid = sid or new_sid("CA")
        self._company = company
        self._form = {"CallSid": self.sid, "AccountSid": account, "From": caller, "To": called, "Direction": "inbound"}
        self._status = "ringing"
        self._script = Script(self.address, self._fetch)
        self._status = "in-progress"
        self._end_if_over()

    @property
    def address(self) -> str:
        return f"{self._company.public_url}/twilio/voice/inbound"

    @property
    def form(self) -> dict[str, str]:
        """The fields of every request about the call."""
        return {**self._form, "CallStatus": self._status, "ApiVersion": "2010-04-01"}

    @property
    def languages(self) -> set[str]:
        return set(self._script.languages)

    @property
    def over(self) -> bool:
        return self._status == "completed"

    def expect(self, *words: str) -> "CallToUs":
        """All `words` were said since the last key."""
        heard = " ".join(self._script.heard)
        missing = [word for word in words if word not in heard]
        assert not missing, f"not said: {missing}; heard: {heard}"
        return self

    def press(self, keys: str | int) -> "CallToUs":
        self._script.press(str(keys))
        self._end_if_over()
        return self

    def says_nothing(self) -> "CallToUs":
        """Listen to the end without a key."""
        while self._script.waits_for_keys:
            self._script.wait()
        self._end_if_over()
        return self

    def hangs_up(self, *, told: bool = True) -> None:
        """Put the phone down in the middle; not `told`: the company says nothing of it."""
        self._status = "completed"
        if told:
            self._company.owe(f"{self.address}/status", self.form)

    def _end_if_over(self) -> None:
        if self._script.hung_up:
            self.hangs_up()

    def _fetch(self, url: str, form: Mapping[str, str]) -> str:
        answer = self._company.request(url, self.form | dict(form))
        assert answer.status_code == 200, f"{answer.status_code} for the script at {url}: {answer.text[:500]}"
        return answer.text
