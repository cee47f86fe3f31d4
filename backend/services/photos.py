"""Photos of residents, in the files that a register names: small ones, JPEG or PNG by how they begin."""

from collections.abc import Iterable
from pathlib import Path

from backend.adapters.store.schema import ResidentPhoto
from backend.errors import Invalid, refuse
from backend.services.register import Home

LARGEST_KB = 300
MEDIA_TYPES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def of(homes: Iterable[Home]) -> dict[str, ResidentPhoto]:
    """Return rows of the photos that the homes name, by the home's ref. Raises ManyInvalid naming the fields."""
    found, problems = {}, []
    for n, home in enumerate(homes):
        if not home.photo:
            continue
        try:
            found[home.ref] = _read(home, f"homes[{n}].photo")
        except Invalid as error:
            problems.append(error)
    refuse(problems)
    return found


def _read(home: Home, field: str) -> ResidentPhoto:
    try:
        with Path(home.photo).open("rb") as file:
            image = file.read(LARGEST_KB * 1024 + 1)
    except (OSError, ValueError) as error:  # ValueError: of a name that no file can have
        raise Invalid(field, "cannot be read", str(error)) from error
    if len(image) > LARGEST_KB * 1024:
        raise Invalid(field, f"is larger than {LARGEST_KB} KB", home.photo)
    for beginning, media_type in MEDIA_TYPES.items():
        if image.startswith(beginning):
            return ResidentPhoto(image=image, media_type=media_type, consented_on=home.photo_consent)
    raise Invalid(field, "is neither JPEG nor PNG", home.photo)
