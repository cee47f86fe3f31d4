"""What Twilio asks and tells us over HTTP: a call's words, the keys pressed, how each send goes on.

Every request is signed with the account's secret over our public address. A forged one is 403, one about a message we
never sent 404; both are counted and change nothing.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, Response, request
from twilio.request_validator import RequestValidator

from backend.channels.desk import ROUNDS, Desk, Inbound, InboundCall, Inbox, Progress, Spoken, Switchboard
from backend.channels.refused import refuse
from backend.channels.twilio.client import TwilioAccount
from backend.channels.twilio.script import answer_sms, ask_for_key, say_and_end, voice_for

VOICE = "twilio-voice"
CALL_PROGRESS: Mapping[str, Progress] = {
    "queued": "taken",
    "initiated": "taken",
    "ringing": "taken",
    "in-progress": "reached",
    "completed": "unanswered",  # a key that came before stands: this ends only what is still undecided
    "busy": "unanswered",
    "no-answer": "unanswered",
    "canceled": "failed",
    "failed": "failed",
}
CALL_PROBLEMS: Mapping[str, str] = {
    "completed": "no key",
    "busy": "busy",
    "no-answer": "no answer",
    "canceled": "cancelled by the provider",
    "failed": "number cannot be called",
}
SMS_PROGRESS: Mapping[str, Progress] = {
    "accepted": "taken",
    "queued": "taken",
    "sending": "taken",
    "sent": "taken",
    "delivered": "reached",
    "read": "reached",
    "undelivered": "failed",
    "failed": "failed",
}
ENDED = frozenset({"completed", "busy", "no-answer", "canceled", "failed"})
# What Twilio writes in place of a number that the caller withholds or the network does not tell.
WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})
LONGEST_TEXT = 1600  # Twilio's own limit of an SMS


def create_callbacks(account: TwilioAccount, desk: Desk, inbox: Inbox, switchboard: Switchboard) -> Blueprint:
    """The routes under /twilio. They carry signatures of their own, so they must be exempt from the forms' token."""
    routes = Blueprint("twilio", __name__, url_prefix="/twilio")
    validator = RequestValidator(account.auth_token)

    @routes.before_request
    def believe() -> Response | None:
        if validator.validate(_public_address(account), request.form, request.headers.get("X-Twilio-Signature", "")):
            return None
        return refuse("twilio", 403, "forged", "the signature does not fit")

    @routes.post("/voice/<message_id>")
    def say(message_id: str) -> Response:
        spoken = desk.script(message_id, _sid("CallSid"))
        return _speak(account, message_id, spoken, said=request.args.get("said", 0, int))

    @routes.post("/voice/<message_id>/keys")
    def key(message_id: str) -> Response:
        return _speak(account, message_id, desk.press(message_id, _sid("CallSid"), request.form.get("Digits", "")))

    @routes.post("/voice/<message_id>/status")
    def call_moved(message_id: str) -> Response:
        status = request.form.get("CallStatus", "")
        return _note(desk, message_id, _sid("CallSid"), CALL_PROGRESS.get(status), CALL_PROBLEMS.get(status, ""))

    @routes.post("/voice/<message_id>/machine")
    def machine_heard(message_id: str) -> Response:
        answered_by = request.form.get("AnsweredBy", "")
        progress: Progress = "unanswered" if answered_by.startswith(("machine", "fax")) else "reached"
        return _note(desk, message_id, _sid("CallSid"), progress, "voicemail" if progress == "unanswered" else "")

    @routes.post("/sms/<message_id>/status")
    def sms_moved(message_id: str) -> Response:
        status = request.form.get("MessageStatus", "")
        progress = SMS_PROGRESS.get(status)
        problem = f"{status} {request.form.get('ErrorCode', '')[:10]}".strip() if progress == "failed" else ""
        return _note(desk, message_id, _sid("MessageSid"), progress, problem)

    @routes.post("/sms/inbound")
    def sms_came() -> Response:
        """Somebody has written to our number, where the country's networks let them."""
        text, sender = request.form.get("Body", "")[:LONGEST_TEXT], request.form.get("From", "")[:32]
        called = request.form.get("To", "")[:32]
        inbound = Inbound("twilio-sms", "sms", _sid("MessageSid"), sender, text, datetime.now(UTC), called=called)
        return Response(answer_sms(inbox.receive(inbound)), mimetype="text/xml")

    _take_calls(routes, account, switchboard)
    return routes


def _take_calls(routes: Blueprint, account: TwilioAccount, switchboard: Switchboard) -> None:
    """The routes of calls to our number."""
    address = f"{account.public_url}/twilio/voice/inbound"

    @routes.post("/voice/inbound")
    def call_came() -> Response:
        if not _sid("CallSid"):
            return refuse("twilio", 400, "unreadable", "a call without a name")
        caller = request.form.get("From", "")[:32]
        call = InboundCall(
            VOICE, _sid("CallSid"), "" if caller in WITHHELD else caller, request.form.get("To", "")[:32]
        )
        spoken = switchboard.answer(call)
        speaker = voice_for(spoken.language, account)
        if not spoken.if_silent:
            return Response(say_and_end(speaker, spoken.sentences), mimetype="text/xml")
        document = ask_for_key(speaker, spoken.sentences, f"{address}/keys", f"{address}/keys")
        return Response(document, mimetype="text/xml")

    @routes.post("/voice/inbound/keys")
    def caller_pressed() -> Response:
        """A key, or none in time."""
        spoken = switchboard.press(VOICE, _sid("CallSid"), request.form.get("Digits", "")[:8])
        if spoken is None:
            return refuse("twilio", 404, "unknown_call", "no such call")
        return Response(say_and_end(voice_for(spoken.language, account), spoken.sentences), mimetype="text/xml")

    @routes.post("/voice/inbound/status")
    def caller_moved() -> Response:
        if request.form.get("CallStatus", "") in ENDED and not switchboard.over(VOICE, _sid("CallSid")):
            return refuse("twilio", 404, "unknown_call", "no such call")
        return Response(status=204)


def _public_address(account: TwilioAccount) -> str:
    """What Twilio signed: behind a proxy our own idea of the address may differ."""
    query = request.query_string.decode("ascii", "replace")
    return account.public_url + request.path + (f"?{query}" if query else "")


def _sid(field: str) -> str:
    return request.form.get(field, "")[:64]


def _speak(account: TwilioAccount, message_id: str, spoken: Spoken | None, said: int = 0) -> Response:
    if spoken is None:
        return refuse("twilio", 404, "unknown_call", "no such call")
    speaker = voice_for(spoken.language, account)
    address = f"{account.public_url}/twilio/voice/{message_id}"
    if not spoken.if_silent:
        document = say_and_end(speaker, spoken.sentences)
    elif said >= ROUNDS:
        document = say_and_end(speaker, (spoken.if_silent,))
    else:
        document = ask_for_key(speaker, spoken.sentences, f"{address}/keys", f"{address}?said={said + 1}")
    return Response(document, mimetype="text/xml")


def _note(desk: Desk, message_id: str, provider_ref: str, progress: Progress | None, problem: str) -> Response:
    if progress is None:
        return refuse("twilio", 400, "unreadable", "a status that is not known")
    if not desk.report(message_id, provider_ref, progress, problem):
        return refuse("twilio", 404, "unknown_message", "no such message")
    return Response(status=204)
