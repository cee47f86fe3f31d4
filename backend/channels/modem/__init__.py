"""SMS through a modem of one's own, which gammu-smsd drives: `ModemSms`. Replies come back the same way."""

from backend.channels.modem.sms import ModemSms

__all__ = ["ModemSms"]
