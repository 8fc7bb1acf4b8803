"""Alive, ready, and what is owed."""

import re
from datetime import datetime, timedelta

import asyncpg
import httpx
import pytest
from litestar import Litestar

from api import health
from core import migrations
from core import pools as core_pools
from core.ids import new_id
from tests.cast import NOW, Cast, Clock
from tests.conftest import ClientOf


async def _beat(owner: asyncpg.Connection, *jobs: str, at: datetime = NOW) -> None:
    for job in jobs:
        await owner.execute(
            "INSERT INTO heartbeat (job, beat_at, ran_by, counts) VALUES ($1, $2, 'worker', '{}')"
            " ON CONFLICT (job) DO UPDATE SET beat_at = excluded.beat_at",
            job,
            at,
        )


async def test_ready_means_database_migrations_and_jobs(nobody: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
    await _beat(owner, *health.VITAL_JOBS)
    answer = await nobody.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


@pytest.mark.parametrize("job", health.VITAL_JOBS)
async def test_a_silent_job_is_named(
    nobody: httpx.AsyncClient, owner: asyncpg.Connection, job: str, clock: Clock
) -> None:
    await _beat(owner, *(other for other in health.VITAL_JOBS if other != job))
    never = await nobody.get("/readyz")
    await _beat(owner, job)
    clock.forward(seconds=30)
    assert (await nobody.get("/readyz")).status_code == 200
    clock.forward(seconds=1)
    await _beat(owner, *(other for other in health.VITAL_JOBS if other != job), at=clock.at)
    stale = await nobody.get("/readyz")
    for answer in (never, stale):
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")
        assert answer.json()["detail"] == f"未就绪：后台任务没有按时运行：{job}。"


async def test_a_migration_that_has_not_run_is_told(
    nobody: httpx.AsyncClient, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _beat(owner, *health.VITAL_JOBS)
    ahead = migrations.known() | {"visits 9999"}
    monkeypatch.setattr(migrations, "known", lambda: ahead)
    answer = await nobody.get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "有 1 个数据库迁移尚未执行" in answer.json()["detail"]


async def test_the_process_is_alive_whatever_the_database_does(
    nobody: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_pools, "_pools", {})
    assert (await nobody.get("/healthz")).json() == {"status": "alive"}


async def test_the_metrics_say_what_is_owed(client: ClientOf, cast: Cast, owner: asyncpg.Connection) -> None:
    recipient_id = await cast.recipient()
    for status, late in (("open", 1), ("open", 5), ("open", -1), ("missed", 9)):
        await owner.execute(
            "INSERT INTO visit (id, recipient_id, area_id, district_id, risk, opens_at, due_at, missed_after, status)"
            " VALUES ($1, $2, $3, $4, 'high', $5, $5, $5, $6)",
            *(new_id(), recipient_id, cast.village, cast.district_area, NOW - timedelta(days=late), status),
        )
    for kind, severity, resolved in (
        ("visit_missed", "critical", False),
        ("visit_missed", "critical", False),
        ("late_entry", "general", False),
        ("canary", "general", False),
        ("visit_missed", "serious", True),
    ):
        await owner.execute(
            "INSERT INTO alert (id, occurrence, kind, severity, area_id, district_id, ladder, opened_at, status,"
            " next_at, resolved_at, outcome) VALUES ($1, $2, $3, $4, $5, $6, '{}', $7, $8, $9, $10, $11)",
            *(new_id(), str(new_id()), kind, severity, cast.village, cast.district_area, NOW),
            *(("resolved", None, NOW, "made") if resolved else ("open", NOW, None, None)),
        )
    for minutes in (3, 7):
        await owner.execute(
            "INSERT INTO notice (id, occurrence, kind, severity, account_id, channel, owed_at, next_try_at)"
            " VALUES ($1, $2, 'visit_missed', 'critical', $3, 'webhook', $4, $4)",
            *(new_id(), str(new_id()), cast.worker.id, NOW - timedelta(minutes=minutes)),
        )
    await _beat(owner, "sweep", at=NOW - timedelta(seconds=4))
    answer = await (await client(cast.administrator)).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    for line in (
        "chuangdeng_visits_overdue 2.0",
        'chuangdeng_alerts_unacknowledged{severity="critical"} 2.0',
        'chuangdeng_alerts_unacknowledged{severity="serious"} 0.0',
        'chuangdeng_alerts_unacknowledged{severity="general"} 1.0',
        "chuangdeng_notice_oldest_owed_seconds 420.0",
        'chuangdeng_job_silent_seconds{job="sweep"} 4.0',
    ):
        assert line in lines


async def test_the_metrics_count_routes_and_know_no_ids(app: Litestar, client: ClientOf, cast: Cast) -> None:
    worker, known = await client(cast.worker), new_id()
    await worker.get(f"/v1/probe/{known}")
    await worker.get(f"/nowhere/{known}")
    text = (await (await client(cast.administrator)).get("/metrics")).text
    assert re.search(r'requests_total\{method="GET",route="/v1/probe/\{id\}",status="200"\} \d', text)
    assert re.search(r'requests_total\{method="-",route="unmatched",status="404"\} \d', text)
    assert str(known) not in text
