"""The numbers of rows, as addresses and bodies name them: a database errs where one is larger than its columns."""

from typing import Annotated, Any

from msgspec import Meta
from werkzeug.routing import IntegerConverter, Map

LARGEST = 2**31 - 1
RowId = Annotated[int, Meta(ge=0, le=LARGEST)]


class RowNumber(IntegerConverter):
    """`<int:…>` of every route: an address with a larger number is not found."""

    regex = r"\d{1,10}"  # Python itself refuses to read some thousand digits

    def __init__(self, map: Map, *args: Any, **more: Any) -> None:
        super().__init__(map, *args, **{"max": LARGEST, **more})


def is_row_id(given: str) -> bool:
    """Whether a form's text can be the number of a row."""
    return given.isascii() and given.isdigit() and len(given) < 10
