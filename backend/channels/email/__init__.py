"""E-mail through a mail server: `EmailChannel`."""

from backend.channels.email.client import EmailChannel

__all__ = ["EmailChannel"]
