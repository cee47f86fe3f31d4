"""A person's phone, and what the person does with it."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx

from tests.phone_company.calling import CallToUs
from tests.phone_company.records import Call, Sms
from tests.phone_company.script import Script

if TYPE_CHECKING:
    from tests.phone_company.company import PhoneCompany


class Phone:
    """Expectations take what has arrived, in any order; what is left over at the end fails the test."""

    def __init__(self, name: str, number: str, company: "PhoneCompany") -> None:
        self.name, self.number = name, number
        self.sms_error: int | None = None
        self.mood: Callable[[RingingCall], object] | None = None
        self.keeps_sms = False
        self._company = company
        self._to_come: int | None = 0  # calls that the moods so far are for, and how many there were
        self._reacted = 0

    # --- what this person does with the next calls, of which there have to be as many as are said -------------------

    def does_not_answer(self, *, calls: int = 1) -> "Phone":
        return self.does(RingingCall.does_not_answer, calls=calls)

    def busy(self, *, calls: int = 1) -> "Phone":
        return self.does(RingingCall.busy, calls=calls)

    def voicemail(self, *, calls: int = 1) -> "Phone":
        return self.does(RingingCall.voicemail, calls=calls)

    def does(self, mood: "Callable[[RingingCall], object]", *, calls: int | None) -> "Phone":
        """Do that with every call from now on; None: however many there are."""
        self.mood = mood
        self._to_come = None if calls is None or self._to_come is None else self._to_come + calls
        return self

    def answers_when_expected(self) -> "Phone":
        """Ring until the test expects the call (as at the beginning)."""
        self.mood = None
        return self

    def takes_no_sms(self, error_code: int = 30003) -> "Phone":
        self.sms_error = error_code
        return self

    def takes_any_sms(self) -> "Phone":
        """Whatever is written to this phone is expected."""
        self.keeps_sms = True
        return self

    def writes(self, text: str, *, sid: str = "", signature: str | None = None, to: str = "") -> str:
        """Write an SMS to the product's number; returns what came back, empty for nothing. `sid` repeats one."""
        return self._company.inbound(self.number, text, sid, signature, to)

    def calls_in(self, *, called: str = "", sid: str = "", withheld: bool = False) -> CallToUs:
        """Call the product's number; `sid` repeats a call, `withheld` hides this phone's number."""
        return self._company.call_to_us("+266696687" if withheld else self.number, called, sid)

    # --- what arrived -----------------------------------------------------------------------------------------------

    def expect_sms(self, *words: str) -> "ArrivedSms":
        """Take the first SMS that holds all `words`. Fails when none comes."""

        def find() -> Sms | None:
            fits = (sms for sms in self._sms() if not sms.seen and all(word in sms.text for word in words))
            return next(fits, None)

        found = self._company.wait_for(find)
        assert isinstance(found, Sms), f"no SMS to {self.name} with {words}; there are {[s.text for s in self._sms()]}"
        found.seen = True
        return ArrivedSms(found, self._company)

    def expect_call(self, *words: str) -> "RingingCall":
        """Take the next ringing call; with `words`, answer it and hear them."""

        def find() -> Call | None:
            return next((call for call in self.calls if call.status == "ringing" and not call.seen), None)

        found = self._company.wait_for(find)
        assert isinstance(found, Call), f"nobody calls {self.name}; so far: {[call.status for call in self.calls]}"
        found.seen = True
        ringing = RingingCall(found, self._company)
        return ringing.answer(*words) if words else ringing

    def expect_nothing(self) -> None:
        """Nothing has arrived that was not expected."""
        self._company.meanwhile()
        self._company.settle()
        left = [sms.text for sms in self._sms() if not sms.seen] + [c.status for c in self.calls if not c.seen]
        assert not left, f"{self.name} got {left}"

    @property
    def calls(self) -> list[Call]:
        """Every call to this phone so far."""
        return [call for call in self._company.calls if call.to == self.number]

    @property
    def rang(self) -> int:
        """How many calls there have been."""
        return len(self.calls)

    @property
    def texts(self) -> list[str]:
        """Every SMS so far."""
        return [sms.text for sms in self._sms()]

    @property
    def miscounted(self) -> str:
        """What is wrong with the number of calls that were said to come; empty when it is right."""
        if self._to_come in (None, self._reacted):
            return ""
        return f"{self._reacted} calls to {self.name}, who was to have {self._to_come}"

    def react(self, call: Call) -> None:
        """Do with a call what this person does with every call."""
        assert self.mood is not None
        call.seen = True
        self._reacted += 1
        self.mood(RingingCall(call, self._company))

    def _sms(self) -> list[Sms]:
        return [sms for sms in self._company.messages if sms.to == self.number]


class RingingCall:
    """A call from its first ring to its end. Everything the product says comes from its own script by HTTP."""

    def __init__(self, call: Call, company: "PhoneCompany") -> None:
        self.call, self._company = call, company
        self._script: Script | None = None

    def does_not_answer(self) -> None:
        self._end("no-answer")

    def busy(self) -> None:
        self._end("busy")

    def fails(self) -> None:
        """There is no such number."""
        self._end("failed")

    def voicemail(self) -> "RingingCall":
        """A machine answers, listens to everything and presses nothing."""
        self.call.answered_by = "machine_start"
        self._pick_up()
        self.company_hears_a_machine()
        return self.says_nothing()

    def company_hears_a_machine(self) -> None:
        """The company makes up its mind that a machine has answered, rightly or not."""
        self.call.answered_by = "machine_start"
        form = self._form() | {"MachineDetectionDuration": "2300"}
        self._company.owe(self.call.form.get("AsyncAmdStatusCallback"), form)

    def answer(self, *words: str) -> "RingingCall":
        """Pick up and hear all `words`."""
        self.call.answered_by = "human"
        self._pick_up()
        return self.expect(*words)

    def press(self, keys: str | int) -> "RingingCall":
        """Press keys (picking up first when it still rings)."""
        self._talking().press(str(keys))
        self._end_if_over()
        return self

    def says_nothing(self) -> "RingingCall":
        """Listen to the end without a key."""
        while self._talking().waits_for_keys:
            self._talking().wait()
        self._end_if_over()
        return self

    def expect(self, *words: str) -> "RingingCall":
        """All `words` were said since the last key."""
        heard = " ".join(self._talking().heard)
        missing = [word for word in words if word not in heard]
        assert not missing, f"not said: {missing}; heard: {heard}"
        return self

    def hang_up(self) -> None:
        """Put the phone down in the middle."""
        self._end("completed")

    @property
    def heard(self) -> list[str]:
        return list(self._talking().said)

    @property
    def languages(self) -> set[str]:
        return set(self._talking().languages)

    @property
    def over(self) -> bool:
        return self.call.over

    def _talking(self) -> Script:
        if self._script is None:
            self.answer()
        assert self._script is not None
        return self._script

    def _pick_up(self) -> None:
        assert self.call.status == "ringing", f"the call is {self.call.status}"
        self._company.move(self.call, "in-progress")
        self._script = Script(self.call.form["Url"], self._fetch)
        self._end_if_over()

    def _fetch(self, url: str, form: Mapping[str, str]) -> str:
        answer = self._company.request(url, self._form() | dict(form))
        assert answer.status_code == 200, f"{answer.status_code} for the script at {url}: {answer.text[:500]}"
        assert "xml" in answer.headers["content-type"], answer.headers["content-type"]
        return answer.text

    def _form(self) -> dict[str, str]:
        return self._company.form_of(self.call)

    def _end_if_over(self) -> None:
        if self._script is not None and self._script.hung_up:
            self._end("completed")

    def _end(self, status: str) -> None:
        if not self.call.over:
            self._company.move(self.call, status)


class ArrivedSms:
    """An SMS on a phone, and the browser behind its link."""

    def __init__(self, sms: Sms, company: "PhoneCompany") -> None:
        self.text, self._company = sms.text, company

    @property
    def link(self) -> str:
        found = re.search(r"https?://\S+", self.text)
        assert found, f"no link in {self.text!r}"
        return found.group()

    def is_previewed(self) -> httpx.Response:
        """The messenger fetches the link to draw a preview; nobody touched anything."""
        return httpx.get(self._company.reach(self.link), trust_env=False, headers={"User-Agent": "LinkPreview/1.0"})

    def open_link(self) -> "OpenPage":
        return OpenPage(self.link, self._company)


class OpenPage:
    """The page behind a link, in a browser of its own without a session."""

    def __init__(self, link: str, company: "PhoneCompany") -> None:
        self._company, self._link = company, link
        self._browser = httpx.Client(trust_env=False, follow_redirects=True)
        self.answer = self._browser.get(company.reach(link))
        self.text = self.answer.text

    def expect(self, *words: str) -> "OpenPage":
        missing = [word for word in words if word not in self.text]
        assert not missing, f"not on the page ({self.answer.status_code}): {missing}\n{self.text}"
        return self

    def press_button(self, name: str = "") -> "OpenPage":
        """Send the page's form (the one that holds `name`), with its hidden fields."""
        forms = re.findall(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", self.text, re.DOTALL)
        fitting = [(head, body) for head, body in forms if "post" in head.lower() and name in body]
        assert fitting, f"no form with a button {name!r} on the page:\n{self.text}"
        head, body = fitting[0]
        action = re.search(r'action="([^"]*)"', head)
        url = urljoin(str(self.answer.url), action.group(1) if action else "")
        self._sent = (self._local(url), _fields(body, name))
        return self.press_same_button_again()

    def press_same_button_again(self) -> "OpenPage":
        """Send the same form once more, as an impatient finger does."""
        url, fields = self._sent
        self.answer = self._browser.post(url, data=fields)
        self.text = self.answer.text
        return self

    def _local(self, url: str) -> str:
        return self._company.reach(url) if url.startswith(self._company.public_url + "/") else url


def _fields(body: str, name: str) -> dict[str, str]:
    fields = {}
    for tag in re.findall(r"<(?:input|button)\b[^>]*>", body):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if "name" in attributes and (attributes.get("type") == "hidden" or "button" in tag):
            fields[attributes["name"]] = attributes.get("value", "")
    return fields
