"""Refusals and faults: RFC 9457 problems in Chinese that leak neither SQL nor people."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
from litestar import Litestar
from structlog.testing import capture_logs

from api.errors import KINDS
from core import db, errors
from core import pools as core_pools
from core.errors import Refusal, TooMany
from core.ids import new_id
from core.scope import JOBS, Scope
from tests.api.probes import SECRET, trouble
from tests.cast import Cast


def _refusals() -> list[type[Refusal]]:
    found, ahead = [], [Refusal]
    while ahead:
        kind = ahead.pop()
        ahead += kind.__subclasses__()
        found.append(kind)
    return [kind for kind in found if kind is not Refusal and not kind.__module__.startswith("tests")]


def test_every_refusal_there_is_has_a_status(app: Litestar) -> None:
    kinds = tuple(kind for kind, _, _ in KINDS)
    assert [kind for kind in _refusals() if not issubclass(kind, kinds)] == []


class VisitCancelled(errors.Conflict):
    detail = "这次走访已取消。请刷新任务列表。"


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (errors.Invalid("走访时间不能晚于现在。", field="/made_at"), 400, "invalid"),
        (errors.Unauthenticated(), 401, "unauthenticated"),
        (errors.Forbidden(), 403, "forbidden"),
        (errors.NotFound(), 404, "not-found"),
        (VisitCancelled(), 409, "visit-cancelled"),
        (errors.PreconditionFailed(), 412, "precondition-failed"),
        (TooMany(retry_after=timedelta(seconds=89.2)), 429, "too-many"),
        (errors.Unavailable(), 503, "unavailable"),
    ],
)
async def test_a_refusal_is_a_problem_and_pages_nobody(
    nobody: httpx.AsyncClient, refusal: Refusal, status: int, code: str
) -> None:
    async def refuse() -> None:
        raise refusal

    trouble.do = refuse
    with capture_logs() as logs:
        answer = await nobody.get("/v1/probe/trouble")
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["type"]) == (status, status, f"/problems/{code}")
    assert problem["detail"] == refusal.detail
    assert problem.get("field") == refusal.field
    assert answer.headers.get("retry-after") == {429: "90", 503: "2"}.get(status)
    assert logs == []


async def test_a_fault_is_logged_without_values_and_told_without_its_cause(nobody: httpx.AsyncClient) -> None:
    async def fail() -> None:
        raise ValueError(SECRET)

    trouble.do = fail
    with capture_logs() as logs:
        answer = await nobody.get("/v1/probe/trouble?who=nobody")
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (500, "/problems/fault")
    assert len(logs) == 1
    assert logs[0]["log_level"] == "error"
    assert logs[0]["error"] == "builtins.ValueError"
    assert logs[0]["route"] == "/v1/probe/trouble"
    assert logs[0]["request_id"] == problem["request_id"] == answer.headers["x-request-id"]
    assert any("make_trouble" in place for place in logs[0]["at"])
    for name in SECRET.split():
        assert name not in f"{logs} {answer.text} {answer.headers}"


async def _twice() -> None:
    async with db.transaction(JOBS):
        await db.execute("INSERT INTO heartbeat (job, beat_at, ran_by) VALUES ($1, now(), 'x')", SECRET[:3])
        await db.execute("INSERT INTO heartbeat (job, beat_at, ran_by) VALUES ($1, now(), 'x')", SECRET[:3])


def _said(*sql: str, scope: Scope | None = None, args: tuple[Any, ...] = ()) -> Callable[[], Any]:
    async def say() -> None:
        async with db.transaction(scope or Scope()):
            for statement in sql[:-1]:
                await db.execute(statement)
            await db.fetch(sql[-1], *args)

    return say


@pytest.mark.parametrize(
    ("do", "status"),
    [
        (_twice, 409),
        (_said("SET LOCAL statement_timeout = 10", "SELECT pg_sleep(1)"), 503),
        (_said("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$"), 503),
        (_said("DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$"), 503),
        (_said("DO $$ BEGIN RAISE SQLSTATE '53300'; END $$"), 503),
        (_said("DO $$ BEGIN RAISE SQLSTATE '57P03'; END $$"), 503),
        (_said("SELECT $1::int", args=(10**12,)), 400),
        (_said("SELECT $1::text", args=("a\0b",)), 400),
        (_said("SELECT 1 FROM no_such_table"), 500),
        (_said("DELETE FROM journal"), 500),
        (_said("SELECT 1 / 0"), 500),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)
async def test_what_the_database_refuses_is_told_without_its_words(
    nobody: httpx.AsyncClient, do: Callable[[], Any], status: int
) -> None:
    trouble.do = do
    with capture_logs() as logs:
        answer = await nobody.get("/v1/probe/trouble")
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) == (status == 503)
    assert len(logs) == 1
    assert logs[0]["request_id"] == answer.json()["request_id"]
    for word in ("SELECT", "select", "heartbeat", "journal", "李桂英", "duplicate", "asyncpg"):
        assert word not in answer.text
    assert "李桂英" not in str(logs)


async def test_a_lost_connection_is_503(nobody: httpx.AsyncClient, owner: asyncpg.Connection) -> None:
    async def lose() -> None:
        async with db.transaction(Scope()):
            pid = await db.fetch_value("SELECT pg_backend_pid()")
            await owner.execute("SELECT pg_terminate_backend($1)", pid)
            await db.fetch("SELECT 1")

    trouble.do = lose
    for _ in range(5):
        with capture_logs() as logs:
            answer = await nobody.get("/v1/probe/trouble")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert [line["log_level"] for line in logs] == ["warning"]


async def test_an_area_of_others_answers_like_a_missing_one(nobody: httpx.AsyncClient, cast: Cast) -> None:
    known = await cast.recipient()
    trouble.do = _said(
        "UPDATE recipient SET area_id = $1 WHERE id = $2",
        scope=cast.specialist.scope,
        args=(cast.foreign_village, known),
    )
    moved = (await nobody.get("/v1/probe/trouble")).json()

    async def miss() -> None:
        raise errors.NotFound

    trouble.do = miss
    missing = (await nobody.get("/v1/probe/trouble")).json()
    assert moved | {"request_id": ""} == missing | {"request_id": ""}


async def test_no_free_connection_is_503(nobody: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_pools, "_WAIT_FOR_CONNECTION", 0.05)
    pool = core_pools.pool_of(db.APP_ROLE)
    taken = [await pool.acquire() for _ in range(pool.get_max_size())]
    try:
        for path in ("/readyz", f"/v1/probe/{new_id()}"):
            answer = await nobody.get(path, headers={"authorization": "Bearer " + "x" * 43})
            assert answer.status_code == 503
        assert (await nobody.get("/healthz")).status_code == 200
    finally:
        for connection in taken:
            await pool.release(connection)
