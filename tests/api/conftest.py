"""The API of this folder's tests: the real one, with a few routes more."""

from collections.abc import AsyncIterator
from types import SimpleNamespace

import httpx
import pytest
from litestar import Litestar

import api.app
from api.app import create_app
from core.settings import Settings
from tests.api import probes
from tests.conftest import ClientOf, standing_clock, started


@pytest.fixture(scope="session")
async def app(test_settings: Settings, _open_pools: None) -> AsyncIterator[Litestar]:
    """The run's API with a few routes of the test's own, for this folder alone."""
    own = SimpleNamespace(CONTROLLERS=(probes.take, probes.take_large, probes.make_trouble, probes.one, probes.own))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.app, "RESOURCES", (*api.app.RESOURCES, own))
        probed = create_app(test_settings, now=standing_clock)
    async with started(probed):
        yield probed


@pytest.fixture
async def nobody(app: Litestar, client: ClientOf) -> httpx.AsyncClient:
    return await client(None)
