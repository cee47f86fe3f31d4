"""Calendars by RFC 5545: what leaves as one, and what an uploaded one says."""

from backend.adapters.calendars.apart import read_apart
from backend.adapters.calendars.reading import MOST_BYTES, Event, Read, Trouble
from backend.adapters.calendars.writing import Entry, write

__all__ = ["MOST_BYTES", "Entry", "Event", "Read", "Trouble", "read_apart", "write"]
