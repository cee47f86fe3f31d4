# ruff: noqa: N818  (the names say what happened; "Error" would add nothing)
"""What can go wrong, and whether trying again helps."""

from collections.abc import Sequence


class TomoshibiError(Exception):
    """Base of every error this package raises on purpose."""


class ConfigError(TomoshibiError):
    """The configuration is wrong; the message names every problem of it at once."""


class NotFound(TomoshibiError):
    """No such thing in this organisation."""


class NotAllowed(TomoshibiError):
    """This person may not see or do this."""


class Invalid(TomoshibiError):
    """What was entered cannot be; `field` names where, `detail` whom or what it is about."""

    def __init__(self, field: str, problem: str, detail: str = "") -> None:
        super().__init__(f"{field}: {problem} ({detail})" if detail else f"{field}: {problem}")
        self.field = field
        self.problem = problem
        self.detail = detail


class ManyInvalid(TomoshibiError):
    """What was entered cannot be; the message and `problems` name everything that is wrong with it."""

    def __init__(self, problems: Sequence[Invalid]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


def refuse(problems: Sequence[Invalid]) -> None:
    """Raise ManyInvalid where there is any problem."""
    if problems:
        raise ManyInvalid(problems)


class TooMany(TomoshibiError):
    """So many at once are not taken; trying again later helps."""


class IllegalStep(TomoshibiError):
    """The alert is not in a state in which this can happen."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"{event} is not possible while the alert is {state}")
        self.state = state
        self.event = event


class AlreadyClaimed(IllegalStep):
    """Somebody else was first; `by` names them."""

    def __init__(self, state: str, by: str) -> None:
        super().__init__(state, "claim")
        self.by = by


class LinkSpent(TomoshibiError):
    """A claim link that is used, expired or unknown."""


class OtherOrganisation(TomoshibiError):
    """A session tried to write what belongs to another organisation."""


class Unscoped(TomoshibiError):
    """A statement that cannot be kept inside one organisation."""


class Unaudited(TomoshibiError):
    """Personal data would have been read without anybody being written down as its reader."""


class DeliveryError(TomoshibiError):
    """The provider did not take the message; nothing was sent. `permanent`: trying again will not help."""

    def __init__(self, problem: str, *, permanent: bool) -> None:
        super().__init__(problem)
        self.permanent = permanent


class Ambiguous(TomoshibiError):
    """Nobody knows whether the provider took the message: it hung, or the line broke after the hand-over."""
