"""Text in the language of the person who asks. The source text is Japanese."""

from flask_babel import gettext


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))
