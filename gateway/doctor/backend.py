"""The backend: whether it answers, whether it knows us, and what it says the time is."""

from datetime import UTC
from email.utils import parsedate_to_datetime

import httpx

from gateway.config import BackendConfig
from gateway.doctor.findings import NO_CONFIG, Finding, Patient, ok, wrong

_COMMANDS = "/api/v1/gateway/commands"
_TIMEOUT_S = 10.0
CLOCK_OFF_S = 30.0


def backend(patient: Patient) -> Finding:
    if patient.config is None:
        return NO_CONFIG
    url = patient.config.backend.url
    if not patient.config.is_paired:
        return wrong(
            "このゲートウェイはまだ登録されていません",
            "this gateway is not paired yet",
            "`tomoshibi-gateway pair` のコードをサーバーの「ゲートウェイを追加」に入力してください",
            "type the code of `tomoshibi-gateway pair` into the backend (devices: add a gateway)",
        )
    try:
        answer = _ask(patient.config.backend, 0 if patient.notes is None else patient.notes.last_command)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return wrong(
            f"サーバー {url} に届きません ({type(error).__name__}: {error})",
            f"the backend {url} cannot be reached ({type(error).__name__}: {error})",
            "回線、ルーター、backend.url を確かめてください",
            "check the line, the router and backend.url",
        )
    if answer.status_code in (401, 403):
        return wrong(
            f"サーバーがこのゲートウェイを断ります ({answer.status_code})",
            f"the backend refuses this gateway ({answer.status_code})",
            "認証情報を確かめてください。サーバーで失効していれば登録し直してください",
            "check the credential; if it was revoked in the backend, pair this gateway again",
        )
    if not answer.is_success or not answer.headers.get("Content-Type", "").startswith("application/json"):
        return wrong(
            f"{url} がサーバーらしくない返事をします ({answer.status_code})",
            f"{url} answers unlike the backend ({answer.status_code})",
            "backend.url と、途中のプロキシやログイン画面を確かめてください",
            "check backend.url, and proxies or login pages on the way",
        )
    off_s = _clock_off_s(answer, patient.real)
    if off_s is not None and abs(off_s) > CLOCK_OFF_S:
        return wrong(
            f"時計がサーバーと{off_s:+.0f}秒ずれています",
            f"this clock is {off_s:+.0f} s off the backend's",
            "時刻同期を直してください (timedatectl)",
            "mend the synchronisation of the clock (timedatectl)",
        )
    return ok(f"サーバー {url} はこのゲートウェイを知っています", f"the backend {url} knows this gateway")


def _ask(config: BackendConfig, after: int) -> httpx.Response:
    """Ask for commands as the gateway does, without waiting: a question that changes nothing."""
    headers = {"Authorization": f"Bearer {config.credential}"}
    return httpx.get(config.url + _COMMANDS, params={"after": after, "wait_s": 0}, headers=headers, timeout=_TIMEOUT_S)


def _clock_off_s(answer: httpx.Response, real: float) -> float | None:
    try:
        said = parsedate_to_datetime(answer.headers["Date"])
    except (KeyError, ValueError):
        return None
    return real - (said if said.tzinfo else said.replace(tzinfo=UTC)).timestamp()
