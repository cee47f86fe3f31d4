"""What every template can use: filters for instants and words, and the frame of the page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contract.reports import Words
from flask import Flask, g
from flask_babel import Babel
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from backend.core.numbers import as_written
from backend.web import formats, live, rota_words, words
from backend.web.frame import web
from backend.web.pages import language, shared
from backend.web.views.shapes import Reason

TABLES: Mapping[str, Mapping[str, object]] = {
    prefix + name: table
    for prefix, module in (("", words), ("ROTA_", rota_words))
    for name, table in vars(module).items()
    if name.isupper() and isinstance(table, dict)
}

FILTERS = (
    formats.instant,
    formats.span,
    formats.clock_time,
    formats.duration,
    formats.about,
    formats.moment,
    formats.unix,
    formats.later,
)


def register(app: Flask) -> None:
    """Install filters, languages and the context of every page."""
    Babel(app, default_locale="ja", locale_selector=language.chosen)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for convert in FILTERS:
        app.add_template_filter(convert)
    app.add_template_filter(as_written, "phone")
    app.add_template_filter(_word, "word")
    app.add_template_filter(_said, "said")
    app.add_template_filter(shared.digest)
    app.add_template_global(_forgery, "forgery")
    app.add_template_global(shared.head)
    app.jinja_env.globals["rotations"] = tuple(rota_words.ROTATION)
    app.context_processor(_context)
    app.url_defaults(_with_version(Path(app.static_folder or "")))


def _word(key: str | int | None, table: str) -> str:
    return words.word(TABLES[table], key)


def _said(reason: Reason | Words) -> str:
    return reason.en if language.chosen() == "en" else reason.ja


def _forgery() -> Markup:
    """The hidden field that shows that a form is ours."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def _context() -> dict[str, Any]:
    parts = web()
    organisation_id = getattr(current_user, "organisation_id", 0)
    return {
        "language": language.chosen(),
        "live": g.get("news") or live.news(parts, organisation_id),
        "now": parts.now(),
        "demo": parts.config.demo,
        "human_limits_s": parts.config.limits.human_limits_s,
    }


def _with_version(folder: Path) -> Any:
    """Let a browser keep a file for long, and fetch it anew once it has changed."""
    stamps: dict[str, str] = {}

    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        name = values.get("filename")
        if endpoint != "static" or not name:
            return
        if name not in stamps:
            file = folder / name
            stamps[name] = format(file.stat().st_mtime_ns // 1000 if file.exists() else 0, "x")
        values["v"] = stamps[name]

    return add_version
