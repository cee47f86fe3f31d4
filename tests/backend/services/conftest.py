"""A message that waits to be sent."""

import pytest

from tests.backend.services.hand import Hand
from tests.backend.town import Town


@pytest.fixture
def hand(town: Town) -> Hand:
    town.raise_alert()
    return Hand(town)
