"""Home Assistant's templates, of which only the plain ones are read: they pick a value out of a body.

A template is a program in Jinja, written by whoever can publish. None is ever run here: what is not one of the few
forms below is refused by name.
"""

import re
from collections.abc import Callable
from typing import Any

from gateway.sources.bodies import json_object, word
from gateway.sources.reading import Unreadable

Pick = Callable[[bytes], object]
"""What a body says; None where it does not say it. Raises Unreadable."""

_LONGEST = 200
_DEEPEST = 8
_STEP = r"""\.[A-Za-z_]\w{0,63}|\['[^'"\[\]{}]{1,64}'\]|\["[^'"\[\]{}]{1,64}"\]|\[\d{1,3}\]"""
_FILTER = r"\|\s{0,3}(?:float|int|round|lower|upper|bool)(?:\(\s?-?\d{0,6}(?:\.\d{1,6})?\s?\))?"
_FORM = re.compile(
    rf"\{{\{{-?\s{{0,9}}(?:value|value_json((?:{_STEP}){{1,{_DEEPEST}}}))\s{{0,9}}((?:{_FILTER}\s{{0,9}}){{0,3}})-?\}}\}}"
)
_ONE_STEP = re.compile(_STEP)


def read_template(template: object) -> Pick:
    """How to pick what a template picks. Raises Unreadable for one that does more than that.

    Read are `{{ value }}` and `{{ value_json… }}` with `.name`, `['name']` and `[0]`, and behind it `| float`, `| int`,
    `| round(1)`, `| lower`, `| upper`, `| bool`, of which only the change of case changes anything here.
    """
    if template is None:
        return word
    if not isinstance(template, str) or len(template) > _LONGEST:
        raise Unreadable("type", f"value_template: must be text of at most {_LONGEST} characters")
    form = _FORM.fullmatch(template.strip())
    if form is None:
        raise Unreadable("kind", f"value_template: a form that we do not read: {template[:60]!r}")
    path = None if form[1] is None else [_step(step) for step in _ONE_STEP.findall(form[1])]
    case = str.lower if "lower" in form[2] else str.upper if "upper" in form[2] else None

    def pick(body: bytes) -> object:
        found: object = word(body) if path is None else _follow(json_object(body), path)
        return case(as_text(found)) if case is not None and found is not None else found

    return pick


def as_text(value: object) -> str:
    """A picked value as Home Assistant writes it: `True` for true, which is what its payloads are compared with."""
    if isinstance(value, str):
        return value
    is_short = isinstance(value, float) or (isinstance(value, int) and value.bit_length() <= 64)
    return repr(value) if is_short else ""


def _step(text: str) -> str | int:
    if text.startswith("."):
        return text[1:]
    inner = text[1:-1]
    return int(inner) if inner.isdigit() else inner[1:-1]


def _follow(value: Any, path: list[str | int]) -> object:
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
