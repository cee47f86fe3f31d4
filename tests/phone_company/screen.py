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

    def _post(self, path: str, fields: dict[str, str]) -> int:
        form = {"csrf_token": self._token, **fields}
        headers = {"Referer": f"{self._address}/"}
        return self._browser.post(path, data=form, base_url=self._address, headers=headers).status_code


def _token(page: str) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found, f"no token on the page:\n{page[:500]}"
    return found.group(1)
