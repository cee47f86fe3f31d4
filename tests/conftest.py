"""What holds for every test: how Hypothesis plays, and who runs beside whom."""

from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.machine import Machine
from tests.postgres import Postgres
from tests.scale import SCALE

# No example has a time limit: how fast this is, `make bench` says. What has to pass before a change lands plays the
# same examples each time, so that it fails by the change alone; the full counts explore.
settings.register_profile(
    "tomoshibi",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=SCALE > 1,
    print_blob=True,
)
settings.load_profile("tomoshibi")

FIRST = ("tests/system", "tests/browser")
MACHINE = pytest.StashKey[Machine]()


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):  # one of several workers
        assert config.cache is not None
        config.stash[MACHINE] = Machine(config.cache.mkdir("machine"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that measure come first, in one go, then those that take long: the end is for what fills gaps."""
    items.sort(key=lambda item: (not _is_alone(item), not item.nodeid.startswith(FIRST)))


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around the time limit, which does not count the waiting here
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    machine = item.config.stash.get(MACHINE, None)
    if machine is None:
        return (yield)
    machine.enter(alone=_is_alone(item))
    try:
        return (yield)
    finally:
        if nextitem is None or not (_is_alone(item) and _is_alone(nextitem)):
            machine.leave()


def _is_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server
