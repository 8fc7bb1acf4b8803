"""The two jobs that carry an alert to people, run as the timetable runs them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from core import settings
from core.settings import Settings
from tests.alerting import alert_row, new_alert, open_all
from tests.cast import Cast
from workers import climb, deliver, senders


@pytest.fixture(autouse=True)
def console(test_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The settings of a process that prints its notices."""
    monkeypatch.setattr(
        settings, "read", lambda: replace(test_settings, console_notices=True, public_url="https://chuangdeng.example")
    )
    senders.outside.cache_clear()
    yield
    senders.outside.cache_clear()


async def test_a_round_climbs_batch_after_batch_until_nothing_is_due(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(climb, "_BATCH", 4)
    alerts = await open_all(cast, [new_alert(cast) for _ in range(10)])
    assert (await climb.run(cast.now))["fired"] == 10
    assert {(await alert_row(cast, one))["rung"] for one in alerts} == {0}
    assert (await climb.run(cast.now))["claimed"] == 0


async def test_a_notice_owed_by_a_climb_is_printed_by_the_next_delivery(cast: Cast) -> None:
    (alert,) = await open_all(cast, [new_alert(cast)])
    await climb.run(cast.now)
    with structlog.testing.capture_logs() as lines:
        counts = await deliver.run(cast.now)
    assert counts["sent"] == 1
    (line,) = (one for one in lines if one["event"].startswith("【严重】"))
    assert line["account"] == str(cast.worker.id)
    assert line["link"] == f"https://chuangdeng.example/alerts/{alert}"
    assert (await deliver.run(cast.now + timedelta(minutes=1)))["messages"] == 0
