"""What a value on the wire may look like, and how bytes become such values.

A shape checks a decoded JSON value and describes itself for the documentation. The same check runs when a message is
built and when one is read, so neither side can send what the other would refuse.
"""

import json

try:
    from typing import Any
except ImportError:  # MicroPython, which never looks at annotations
    pass

VERSION = 1
MAX_BYTES = 1024
_SHOWN_CHARACTERS = 60


class ContractError(ValueError):
    """A message that breaks the contract, said in one line.

    `code` is one of "size", "json", "type", "range", "version", "kind". At most some 60 characters of the input
    are repeated, escaped.
    """

    code: str

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def shown(value: object) -> str:
    """A short, printable picture of a stranger's value."""
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."


def is_number(value: object) -> bool:
    """Whether `value` is a JSON number; true and false are not."""
    return isinstance(value, (int, float)) and value is not True and value is not False


class Shape:
    """What one value may be. `check` returns the value to keep, or raises ContractError naming the field."""

    def check(self, name: str, value: object) -> object:
        """Whatever it is: the meaning of another field decides, and is checked there."""
        return value

    def describe(self) -> str:
        return "as the kind says"


class Number(Shape):
    """A finite number between `low` and `high`, both allowed."""

    def __init__(self, unit: str, low: float, high: float, whole: bool = False) -> None:
        self.unit = unit
        self.low = low
        self.high = high
        self.whole = whole

    def check(self, name: str, value: object) -> object:
        if not is_number(value) or (self.whole and not isinstance(value, int)):
            raise ContractError("type", f"{name}: must be {self.describe()}, not {shown(value)}")
        # Written so that NaN, which compares false with everything, is refused too.
        if not self.low <= value <= self.high:  # type: ignore[operator]  # is_number has looked
            raise ContractError("range", f"{name}: must be {self.describe()}, not {shown(value)}")
        return value

    def describe(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low} to {self.high}" + (f" ({self.unit})" if self.unit else "")


class Text(Shape):
    """A string of 1 to `longest` characters, all of them among `characters`."""

    def __init__(self, longest: int, characters: str) -> None:
        self.longest = longest
        self.characters = characters

    def check(self, name: str, value: object) -> object:
        if not isinstance(value, str):
            raise ContractError("type", f"{name}: must be {self.describe()}, not {shown(value)}")
        if not 0 < len(value) <= self.longest or not all(character in self.characters for character in value):
            raise ContractError("range", f"{name}: must be {self.describe()}, not {shown(value)}")
        return value

    def describe(self) -> str:
        return f"text of 1 to {self.longest} plain characters"


class Choice(Shape):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def check(self, name: str, value: object) -> object:
        if not isinstance(value, str):
            raise ContractError("type", f"{name}: must be {self.describe()}, not {shown(value)}")
        if value not in self.words:
            raise ContractError("range", f"{name}: must be {self.describe()}, not {shown(value)}")
        return value

    def describe(self) -> str:
        return " or ".join(f'"{word}"' for word in self.words)


class Flag(Shape):
    """true or false."""

    def check(self, name: str, value: object) -> object:
        if value is not True and value is not False:
            raise ContractError("type", f"{name}: must be {self.describe()}, not {shown(value)}")
        return value

    def describe(self) -> str:
        return "true or false"


class Record(Shape):
    """An object with named fields. Fields it does not know are left out, so that a newer sender is understood."""

    def __init__(self, required: dict[str, "Shape"], optional: dict[str, "Shape"] | None = None) -> None:
        self.required = required
        self.optional = optional or {}

    def check(self, name: str, value: object) -> dict[str, object]:
        """The known fields of `value`. An optional field that is null was not measured, and is left out."""
        if not isinstance(value, dict):
            raise ContractError("type", f"{name}: must be an object, not {shown(value)}")
        known: dict[str, object] = {}
        for field, shape in self.required.items():
            if field not in value:
                raise ContractError("type", f"{name}: {field} is missing")
            known[field] = shape.check(field, value[field])
        for field, shape in self.optional.items():
            if value.get(field) is not None:
                known[field] = shape.check(field, value[field])
        return known

    def describe(self) -> str:
        fields = [f"{name}: {shape.describe()}" for name, shape in self.required.items()]
        fields += [f"{name}: {shape.describe()}, optional" for name, shape in self.optional.items()]
        return "{" + "; ".join(fields) + "}"


def load(body: bytes, longest: int = MAX_BYTES) -> Any:
    """The dict in a stranger's bytes, of the contract's version; nobody has looked at its fields yet.

    Raises ContractError.
    """
    if len(body) > longest:
        raise ContractError("size", f"{len(body)} bytes, more than {longest}")
    try:
        text = str(body, "utf-8")
        message = json.loads(text)
    except (ValueError, RuntimeError, MemoryError):  # RuntimeError: nested deeper than the interpreter's stack
        raise ContractError("json", "not JSON in UTF-8: " + shown(bytes(body[:40]))) from None
    if not isinstance(message, dict):
        raise ContractError("type", "must be an object, not " + shown(message))
    if not text.rstrip().endswith("}"):  # MicroPython's reader takes an object that nobody has closed
        raise ContractError("json", "cut short: " + shown(text[-40:]))
    version = message.get("v")
    if version != VERSION or not isinstance(version, int) or version is True:
        raise ContractError("version", f"v: must be {VERSION}, not {shown(version)}")
    return message


def dump(fields: dict[str, object]) -> bytes:
    """One message as bytes. Raises ContractError when it would be longer than the contract allows."""
    message: dict[str, object] = {"v": VERSION}
    message.update(fields)
    body = json.dumps(message, separators=(",", ":")).encode()
    if len(body) > MAX_BYTES:
        raise ContractError("size", f"{len(body)} bytes, more than {MAX_BYTES}")
    return body
