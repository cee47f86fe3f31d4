"""Who speaks in these tests, and empty databases."""

import shutil
from pathlib import Path

import pytest

from backend.adapters.store import Store
from backend.adapters.store.migrate import migrate
from backend.channels.sip.speech import Speech


@pytest.fixture(scope="session")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    """One for all, so that a sentence is read aloud once."""
    return Speech(tmp_path_factory.mktemp("speech"))


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tables") / "empty.db"
    store = Store(f"sqlite:///{path}")
    migrate(store)
    store.close()
    return path


@pytest.fixture
def database_url(tables: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(tables, tmp_path / 'world.db')}"
