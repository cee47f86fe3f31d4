"""The product with a phone company around it, on both databases."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.phone_company.line import LineCompany
from tests.phone_company.mail import MailServer
from tests.phone_company.push_service import PushService
from tests.phone_company.world import World
from tests.postgres import Postgres


@pytest.fixture
def database_url(empty_sqlite: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(empty_sqlite, tmp_path / 'world.db')}"


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with World(database_url) as world:
        yield world


@pytest.fixture
def line() -> Iterator[LineCompany]:
    with LineCompany() as line:
        yield line


@pytest.fixture
def push() -> Iterator[PushService]:
    with PushService() as push:
        yield push


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    with MailServer(tmp_path) as mail:
        yield mail


@pytest.fixture
def postgres_url(postgres: Postgres, empty_postgres: str) -> Iterator[str]:
    url = postgres.fresh(like=empty_postgres)
    yield url
    postgres.drop(url)


@pytest.fixture(params=["database_url", "postgres_url"])
def either_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """The same world on both databases."""
    with World(request.getfixturevalue(request.param)) as world:
        yield world
