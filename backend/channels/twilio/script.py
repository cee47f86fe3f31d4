"""What a call says and which keys it takes, as TwiML. Pure: words in, XML out."""

from collections.abc import Sequence
from dataclasses import dataclass

from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import Gather, VoiceResponse

from backend.channels.twilio.client import TwilioAccount

KEY_WAIT_S = 6


@dataclass(frozen=True)
class Voice:
    language: str  # BCP 47
    name: str


def voice_for(language: str, account: TwilioAccount) -> Voice:
    if language == "en":
        return Voice("en-US", account.voice_en)
    return Voice("ja-JP", account.voice_ja)


def ask_for_key(voice: Voice, sentences: Sequence[str], keys_url: str, again_url: str) -> str:
    """Say `sentences` and take one key, even while they are being said; without a key go on at `again_url`."""
    response = VoiceResponse()
    # With an empty finishOnKey the # key is a key like any other and not the end of an empty answer.
    gather = Gather(input="dtmf", num_digits=1, timeout=KEY_WAIT_S, finish_on_key="", action=keys_url, method="POST")
    for sentence in sentences:
        gather.say(sentence, language=voice.language, voice=voice.name)
    response.append(gather)
    response.redirect(again_url, method="POST")
    return str(response)


def say_and_end(voice: Voice, sentences: Sequence[str]) -> str:
    """Say `sentences` and hang up."""
    response = VoiceResponse()
    for sentence in sentences:
        response.say(sentence, language=voice.language, voice=voice.name)
    response.hangup()
    return str(response)


def answer_sms(text: str) -> str:
    """Answer an SMS with `text`; nothing is sent for an empty one."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response)
