"""SMS and calls through Twilio: `TwilioAccount`, `TwilioSms`, `TwilioVoice`, and `create_callbacks` for the web."""

from backend.channels.twilio.callbacks import create_callbacks
from backend.channels.twilio.client import TwilioAccount
from backend.channels.twilio.sms import TwilioSms
from backend.channels.twilio.voice import TwilioVoice

__all__ = ["TwilioAccount", "TwilioSms", "TwilioVoice", "create_callbacks"]
