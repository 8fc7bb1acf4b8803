"""A short run of the machine. The whole one: `make machines`."""

import random
import secrets
from collections.abc import AsyncIterator

import pytest

from cli.servers import Servers
from core import pools
from tests.conftest import KEYRING, administer, url_of
from tests.machines.running import Share, run

EXAMPLES, STEPS = 20, 30


@pytest.fixture
async def database(servers: Servers, template: str) -> AsyncIterator[str]:
    """A database nobody else uses: whatever happens at once is the machine's own doing."""
    name = f"{template.removesuffix('_template')}_{secrets.token_hex(2)}"
    await administer(servers, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield url_of(servers, name)
    await administer(servers, f"DROP DATABASE {name} WITH (FORCE)")


def test_whatever_people_and_the_clock_do_nobody_is_left_alone_or_removed_by_nobody(
    database: str, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "_pools", {})  # the run's own belong to a loop that stands still meanwhile
    environment = {"DATABASE_URL": database, "REDIS_URL": servers.redis_url, "CHUANGDENG_KEYRING": KEYRING}
    seed = random.randrange(2**32)
    tally = run(Share(environment=environment, examples=EXAMPLES, steps=STEPS, seed=seed))
    assert tally["examples"] >= EXAMPLES and tally["steps"] > EXAMPLES * STEPS / 2, seed
