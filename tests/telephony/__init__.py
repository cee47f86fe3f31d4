"""Calls and SMS through real programs: baresip and SIPp on loopback, gammu-smsd with its dummy modem."""
