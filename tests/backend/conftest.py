"""Every store test runs on SQLite and on PostgreSQL, each in a fresh copy of one small organisation."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.core.clocks import instant
from backend.services import beginning
from backend.services.seed import Seeded, seed
from tests.backend.town import START, Town
from tests.postgres import Postgres
from tests.stores import Stores

NewTown = Callable[[], Town]


def _lay_out(url: str) -> None:
    store = Store(url)
    migrate(store)
    store.close()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    _lay_out(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def empty_postgres(postgres: Postgres) -> str:
    """The same on PostgreSQL."""
    url = postgres.fresh()
    _lay_out(url)
    return url


def _furnish(url: str) -> Seeded:
    store = Store(url)
    migrate(store)
    seeded = seed(store, beginning.register(), now=instant(START), real_now=instant(START))
    store.close()
    return seeded


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Seeded]:
    path = tmp_path_factory.mktemp("template") / "template.db"
    seeded = _furnish(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as database:  # what only the log beside it held would not be copied
        assert database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    return path, seeded


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> tuple[str, Seeded]:
    url = postgres.fresh()
    return url, _furnish(url)


@pytest.fixture(scope="session")
def stores() -> Stores:
    return Stores()


@pytest.fixture
def sqlite_town(stores: Stores, sqlite_template: tuple[Path, Seeded], tmp_path: Path) -> Iterator[NewTown]:
    path, seeded = sqlite_template
    with ExitStack() as stack:

        def make() -> Town:
            copy = tmp_path / f"town-{len(list(tmp_path.iterdir()))}.db"
            shutil.copy(path, copy)
            return Town(stack.enter_context(stores.at(f"sqlite:///{copy}")), seeded)

        yield make


@pytest.fixture
def postgres_town(stores: Stores, postgres: Postgres, postgres_template: tuple[str, Seeded]) -> Iterator[NewTown]:
    template, seeded = postgres_template
    with ExitStack() as stack:

        def make() -> Town:
            url = postgres.fresh(like=template)
            stack.callback(postgres.drop, url)
            return Town(stack.enter_context(stores.at(url)), seeded)

        yield make


@pytest.fixture(params=["sqlite", "postgres"])
def new_town(request: pytest.FixtureRequest) -> NewTown:
    make: NewTown = request.getfixturevalue(f"{request.param}_town")
    return make


@pytest.fixture
def town(new_town: NewTown) -> Town:
    return new_town()
