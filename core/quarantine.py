"""Rows a job could not judge: set aside with the reason, so that the others go on and a human looks."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

import asyncpg

from core import db
from core.errors import Unavailable
from core.ids import new_id
from core.scope import JOBS

Row = TypeVar("Row")

_SYSTEM_FAULTS = (
    OSError,
    Unavailable,
    db.OutsideTransaction,
    db.Abandoned,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.SyntaxOrAccessError,
)


def rows_fault(fault: Exception) -> bool:
    """Whether a fault can be the row's own. A lost connection or a deadlock never is: every row would be set aside."""
    return isinstance(fault, ValueError) or not isinstance(fault, _SYSTEM_FAULTS)


async def in_bulk(
    rows: Sequence[Row],
    work: Callable[[Sequence[Row]], Awaitable[Counter[str]]],
    leave: Callable[[Row, Exception], Awaitable[None]],
) -> Counter[str]:
    """Do the work on all of these, or halve them until a row that cannot be judged lies alone, and leave that one.

    Joins the jobs' transaction under way; each attempt is a savepoint. A fault that is nobody's row is raised.
    """
    if not rows:
        return Counter()
    try:
        async with db.transaction(JOBS):
            return await work(rows)
    except Exception as fault:
        if not rows_fault(fault):
            raise
        if len(rows) == 1:
            await leave(rows[0], fault)
            return Counter(quarantined=1)
    half = len(rows) // 2
    return await in_bulk(rows[:half], work, leave) + await in_bulk(rows[half:], work, leave)


async def set_aside(job: str, subject_id: UUID, *, area_id: int | None, fault: Exception, now: datetime) -> bool:
    """Quarantine one row for one job, in the transaction under way; False when it lies there already.

    Only the kind of fault is kept: its text may quote the row.
    """
    return bool(
        await db.execute(
            "INSERT INTO quarantined (id, job, subject_id, area_id, error, at) VALUES ($1, $2, $3, $4, $5, $6)"
            " ON CONFLICT (job, subject_id) WHERE released_at IS NULL DO NOTHING",
            new_id(),
            job,
            subject_id,
            area_id,
            type(fault).__name__,
            now,
        )
    )


async def release(job: str, subject_ids: list[UUID], *, now: datetime) -> list[UUID]:
    """The rows among these that lay in quarantine and were judged after all; they are released."""
    rows = await db.fetch(
        "UPDATE quarantined SET released_at = $3 WHERE job = $1 AND subject_id = ANY ($2::uuid[])"
        " AND released_at IS NULL RETURNING subject_id",
        job,
        subject_ids,
        now,
    )
    return [row["subject_id"] for row in rows]


async def rest(job: str, subject_id: UUID, *, now: datetime) -> None:
    """Note that a row in quarantine failed again: who claims rows leaves it alone for a while from here."""
    await db.execute(
        "UPDATE quarantined SET at = $3 WHERE job = $1 AND subject_id = $2 AND released_at IS NULL",
        job,
        subject_id,
        now,
    )
