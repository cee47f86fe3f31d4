"""What can go wrong, by what the person at the keyboard can do about it.

Each message is one sentence that says what to do next. Nothing here is for a stranger's bytes: those are `Unreadable`
(gateway.sources), are counted, and stop nothing.
"""


class GatewayError(Exception):
    """The gateway cannot do what was asked; the message says what to do next."""


class ConfigError(GatewayError):
    """The configuration is wrong; the message names every wrong key at once."""


class InUseError(GatewayError):
    """Another process holds this data directory."""


class JournalError(GatewayError):
    """The journal could not be read or written. Nothing that was not committed may be acknowledged.

    `permanent`: trying again will not help, because the file is damaged.
    """

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class UplinkError(GatewayError):
    """The backend did not take a request. What it was about is kept and sent again.

    `too_much`: it would not take this body as a whole, so a smaller one may pass.
    `refused`: it does not know this gateway, or no longer.
    """

    def __init__(self, message: str, *, too_much: bool = False, refused: bool = False) -> None:
        super().__init__(message)
        self.too_much = too_much
        self.refused = refused


class BackupError(GatewayError):
    """What was learned cannot be sealed, or what is sealed cannot be opened."""


class RecordingError(GatewayError):
    """A file that is no recording, or does not hold what was asked for; the message says which and where."""


class ThreadError(GatewayError):
    """A part of the gateway does no more work, and so the gateway ends."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"{problem}; the gateway ends, and its service manager is to start it again")
