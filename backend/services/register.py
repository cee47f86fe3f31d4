"""What an empty installation is filled with: in code, or in a TOML file of the same shape."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from backend.core.access import Role
from backend.core.escalation import Target
from backend.core.kinds import Kind
from backend.core.numbers import phone_number
from backend.errors import Invalid, refuse

Person = TypeVar("Person", bound="Staff | Home | Relative")

NOBODY = "is nobody of the staff"
NO_HOME = "is none of the homes"
NOT_ALONE = "is missing: a photo and the day of consent to it go together"

Language = Annotated[str, Meta(pattern="^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]  # BCP 47: "vi", "en-GB"


class Staff(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who signs in. `role` as in core.access."""

    login: str
    name: str
    kana: str
    phone: str
    role: Role
    on_call: bool = False  # at all times, with whoever else is, until a coordinator plans it


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    """A step of the policy: a worker by login, a role, whoever is on call, or the resident's contacts.

    `contact_kinds`: which of the contacts, as in `Relative.kind`; empty: all of them.
    """

    target: Target
    login: str = ""
    role: Role | None = None
    contact_kinds: tuple[str, ...] = ()
    channels: tuple[Kind, ...] = ("sms", "voice")
    wait_s: float = 60.0


class Relative(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to call about a resident. `kind`: family, neighbour, doctor …

    `may_know` as in core.words.contacts; `disclosure` says the same in words, for whoever speaks with them.
    """

    kind: str
    name: str
    phone: str
    kana: str = ""
    language: Language = "ja"
    may_know: Literal["nothing", "concern", "cause"] = "concern"
    disclosure: str = ""


class Home(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit with its resident. `ref` is its name in the contract, `name` the number on the door.

    `photo` is a file (see photos.py), `photo_consent` the day on which the resident agreed to it: both or neither.
    """

    ref: str
    name: str
    floor: int
    resident: str
    kana: str
    birth: date
    phone: str
    relatives: tuple[Relative, ...] = ()
    language: Language = "ja"
    medical: str = ""
    needs: str = ""
    risks: str = ""
    entry_consent: bool = True
    photo: str = ""
    photo_consent: date | None = None


class Hung(Struct, frozen=True, forbid_unknown_fields=True):
    """A node, the ref of the home in which it hangs, and what it reports."""

    node: str
    home: str
    room: str
    kinds: tuple[str, ...]
    mains: bool = False


class Register(Struct, frozen=True, forbid_unknown_fields=True):
    """All that is written. `since`: from when on people live there and nodes hang there.

    `key_place` and `protocol` (what to do, in which order) are every home's. `invented`: its numbers may exist nowhere.
    """

    name: str
    kana: str
    fallback_phone: str
    building: str
    address: str
    gateway: str
    policy: str
    steps: tuple[Step, ...]
    staff: tuple[Staff, ...]
    homes: tuple[Home, ...]
    key_place: str
    protocol: str
    since: Annotated[datetime, Meta(tz=True)]
    hung: tuple[Hung, ...] = ()
    zone: str = "Asia/Tokyo"
    invented: bool = False


def read(text: str, folder: Path = Path()) -> Register:
    """Return the register that a TOML file holds; the files it names are looked for from `folder` on.

    Raises Invalid naming the place in it.
    """
    try:
        found = msgspec.toml.decode(text, type=Register)
    except msgspec.DecodeError as error:  # of what is no TOML, and of what is no register
        raise Invalid("register", str(error)) from error
    homes = (replace(one, photo=str(folder / one.photo)) if one.photo else one for one in found.homes)
    return replace(found, homes=tuple(homes))


def checked(register: Register) -> Register:
    """Return the register with every number in E.164. Raises Invalid or ManyInvalid naming the fields."""
    try:
        msgspec.convert(msgspec.to_builtins(register), Register)
    except msgspec.ValidationError as error:
        raise Invalid("register", str(error)) from error
    numbers = _Numbers(register.invented)
    found = replace(
        register,
        fallback_phone=numbers.take("fallback_phone", register.fallback_phone),
        staff=tuple(numbers.of("staff", register.staff)),
        homes=tuple(
            replace(home, relatives=tuple(numbers.of(f"homes[{n}].relatives", home.relatives)))
            for n, home in enumerate(numbers.of("homes", register.homes))
        ),
    )
    logins, homes = {"", *(one.login for one in register.staff)}, {home.ref for home in register.homes}
    steps = (
        Invalid(f"steps[{n}].login", NOBODY, one.login)
        for n, one in enumerate(register.steps)
        if one.login not in logins or (one.target == "worker") != bool(one.login)
    )
    hung = (
        Invalid(f"hung[{n}].home", NO_HOME, one.home) for n, one in enumerate(register.hung) if one.home not in homes
    )
    photos = (
        Invalid(f"homes[{n}].{'photo_consent' if one.photo else 'photo'}", NOT_ALONE)
        for n, one in enumerate(register.homes)
        if bool(one.photo) != (one.photo_consent is not None)
    )
    refuse([*numbers.problems, *steps, *hung, *photos])
    return found


class _Numbers:
    """Brings numbers into the one form in which callers are known by them, and gathers what is wrong."""

    def __init__(self, invented: bool) -> None:
        self._invented = invented
        self.problems: list[Invalid] = []

    def take(self, field: str, text: str) -> str:
        try:
            return phone_number(text, field, invented=self._invented) if text else ""
        except Invalid as error:
            self.problems.append(Invalid(error.field, error.problem, text))
            return ""

    def of(self, field: str, people: Iterable[Person]) -> list[Person]:
        return [replace(one, phone=self.take(f"{field}[{n}].phone", one.phone)) for n, one in enumerate(people)]
