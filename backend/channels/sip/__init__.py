"""Calls over any SIP trunk or telephone system, by a baresip of our own for each line: `SipVoice`."""

from backend.channels.sip.voice import SipVoice

__all__ = ["SipVoice"]
