"""What a process of the night shift has besides its pools: settings of its own, read once."""

from collections.abc import Iterator

import pytest

from core import settings
from core.settings import Settings
from workers import senders


@pytest.fixture
def process(test_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The jobs find the settings of this run; nothing is printed."""
    monkeypatch.setattr(settings, "read", lambda: test_settings)
    senders.outside.cache_clear()
    yield
    senders.outside.cache_clear()
