"""The node's pure parts and its store, on both interpreters."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.plain import plain_tests

HERE = Path(__file__).parent


@pytest.mark.parametrize("check", plain_tests(HERE / "plain_core.py") + plain_tests(HERE / "plain_store.py"))
def test_plain(check: Callable[[], None]) -> None:
    check()
