"""A worker at a screen: signs in and presses the buttons of the pages, as a browser would send them."""

import re

from flask import Flask


class Screen:
    """A browser of its own, signed in as `login`."""

    def __init__(self, app: Flask, public_url: str, login: str, password: str) -> None:
        self._browser = app.test_client()
        self._address = public_url
        page = self.get("/sign-in")
        self._token = _token(page)
        entered = self._post("/sign-in", {"login": login, "password": password})
        assert entered == 302, f"{login} cannot sign in: {entered}"
        self._token = _token(self.get("/"))

    def get(self, path: str) -> str:
        """The page at `path`."""
        return self._browser.get(path, base_url=self._address).get_data(as_text=True)

    def press(self, alert_id: int, action: str, **fields: str) -> None:
        """Press a button of the alert's page: claim, release, coming, arrived, close."""
        status = self._post(f"/alerts/{alert_id}/{action}", fields)
        assert status < 400, f"{action}: {status}"

    def sends(self, path: str, **fields: str) -> int:
        """Send a form of a page; returns the status of the answer."""
        return self._post(path, fields)

    def line_code(self) -> str:
        """Ask for a code to link LINE; returns what the page shows."""
        answer = self._browser.post("/own/line", data={"csrf_token": self._token, "do": "code"},
                                    base_url=self._address, headers={"Referer": f"{self._address}/"})  # fmt: skip
        found = re.search(r'id="line-code">(\w+)<', answer.get_data(as_text=True))
        assert found, answer.get_data(as_text=True)
        return found.group(1)

    def try_phone(self, kind: str) -> str:
        """Press the button that tries a kind of message; returns the page after it."""
        status = self._post(f"/own/test/{kind}", {})
        assert status == 302, status
        return self.get("/own/")

    def _post(self, path: str, fields: dict[str, str]) -> int:
        form = {"csrf_token": self._token, **fields}
        headers = {"Referer": f"{self._address}/"}
        return self._browser.post(path, data=form, base_url=self._address, headers=headers).status_code


def _token(page: str) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found, f"no token on the page:\n{page[:500]}"
    return found.group(1)
