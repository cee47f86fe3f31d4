"""Stores for one database after another.

What SQLAlchemy has compiled is kept with its engine: with a new engine for each test, compiling would take a fifth of
the time.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.engine import Dialect

from backend.adapters.store import Store
from backend.adapters.store.repeats import Repeats


class Stores:
    """Gives a store at a URL, and takes it back for the next."""

    def __init__(self) -> None:
        self._spare: dict[str, list[_MovingStore]] = defaultdict(list)

    @contextmanager
    def at(self, url: str) -> Iterator[Store]:
        """A store that is nobody else's until the block ends; its database may be dropped then."""
        spare = self._spare[make_url(url).get_backend_name()]
        store = spare.pop() if spare else _MovingStore(url)
        store.move(url)
        yield store
        store.close()
        spare.append(store)


class _MovingStore(Store):
    def __init__(self, url: str) -> None:
        super().__init__(url)
        event.listen(self.engine, "do_connect", self._lead)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _write_in_haste)

    def move(self, url: str) -> None:
        self.engine.url = make_url(url)
        self.written.clear()
        self._repeats = Repeats()

    def _lead(self, dialect: Dialect, _record: object, positional: list[Any], named: dict[str, Any]) -> None:
        where, how = dialect.create_connect_args(self.engine.url)
        positional[:] = where
        named.update(how)


def _write_in_haste(connection: Any, _record: object) -> None:
    """Nothing here survives a power cut, or has to; the kill of a process it does."""
    connection.execute("PRAGMA synchronous=OFF")
