"""Processes of the night shift in a test, and what must hold after any night, asked by SQL of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from cli.servers.keeper import die_with_keeper

NEVER = {
    "a visit past its grace has no alert, or several": """
        SELECT v.id FROM visit v WHERE v.missed_after <= $1 AND v.status IN ('open', 'missed', 'not_known')
        AND (SELECT count(*) FROM alert a WHERE a.subject_id = v.id) <> 1""",
    "a visit past its grace was not judged": """
        SELECT v.id FROM visit v WHERE v.missed_after <= $1 AND v.status = 'open'""",
    "a visit was judged twice": """
        SELECT subject_id FROM journal WHERE kind IN ('visit.missed', 'visit.not_known')
        GROUP BY subject_id HAVING count(*) > 1""",
    "a sound row was set aside": """
        SELECT id FROM quarantined""",
    "an alert has not fired a rung it stands on, or has skipped one": """
        SELECT a.id FROM alert a WHERE a.rung >= 0 AND (SELECT count(DISTINCT r.rung) FROM alert_rung r
            WHERE r.alert_id = a.id AND r.rung BETWEEN 0 AND a.rung) <> a.rung + 1
        UNION SELECT r.alert_id FROM alert_rung r JOIN alert a ON a.id = r.alert_id WHERE r.rung > a.rung""",
    "a rung fired twice": """
        SELECT alert_id FROM alert_rung GROUP BY alert_id, rung, repeat HAVING count(*) > 1""",
    "a rung that is no gap told nobody": """
        SELECT r.id FROM alert_rung r WHERE NOT r.gap AND NOT EXISTS (SELECT FROM notice n
            WHERE n.alert_id = r.alert_id AND n.rung = r.rung AND n.repeat = r.repeat AND n.channel = 'inbox')""",
    "the journal names somebody as told who has no notice, or not the other way round": """
        WITH told AS (SELECT j.subject_id AS alert_id, (j.facts ->> 'rung')::int AS rung,
            (j.facts ->> 'repeat')::int AS repeat, t.value::uuid AS account_id
            FROM journal j, jsonb_array_elements_text(j.facts -> 'told') t WHERE j.kind = 'alert.climbed'),
        owed AS (SELECT alert_id, rung::int, repeat, account_id FROM notice
            WHERE rung IS NOT NULL AND channel = 'inbox')
        (SELECT alert_id FROM (SELECT * FROM told EXCEPT ALL SELECT * FROM owed) lost)
        UNION ALL (SELECT alert_id FROM (SELECT * FROM owed EXCEPT ALL SELECT * FROM told) doubled)""",
    "an open alert has waited too long for its next step": """
        SELECT id FROM alert WHERE status <> 'resolved' AND next_at < $1""",
}
"""What must never be found, by SQL of its own. $1: a moment by which everything due has been done."""


async def broken(owner: asyncpg.Connection, *, by: datetime) -> dict[str, list[UUID]]:
    """The invariants that do not hold, each with the rows that break it."""
    found = {}
    for name, sql in NEVER.items():
        rows = await owner.fetch(sql, *([by] if "$1" in sql else []))
        if rows:
            found[name] = [row[0] for row in rows]
    return found


async def until(holds: Callable[[], Awaitable[object]], *, within: float = 10.0) -> float:
    """Wait until something holds; the seconds it took. The test fails when it does not happen in time."""
    began = time.monotonic()
    while not await holds():
        if time.monotonic() - began > within:
            pytest.fail(f"it did not happen within {within:.0f} seconds")
        await asyncio.sleep(0.05)
    return time.monotonic() - began


@contextmanager
def started(*arguments: str, environment: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A Python process of the product for the length of the block; killed at its end, or with the test's own."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=Path(__file__).parents[1],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=die_with_keeper(signal.SIGKILL),
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
