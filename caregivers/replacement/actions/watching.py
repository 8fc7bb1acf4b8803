"""The clock's part: what is undecided or not handed over in time, what has come about unnoticed. It decides nothing."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from caregivers.replacement.actions import poison
from caregivers.replacement.actions.alerting import open_about
from caregivers.replacement.actions.handing_over import begin_handover, finish_handover
from caregivers.replacement.queries import watching as queries
from core import db, quarantine
from core.scope import JOBS

Work = Callable[[Sequence[UUID], datetime], Awaitable[int]]


class Claim(Protocol):
    """Locks the cases a step is about."""

    async def __call__(self, job: str, *, now: datetime, limit: int) -> list[UUID]: ...


async def watch_decisions(*, now: datetime, limit: int = 1000) -> Counter[str]:
    """Alert for what is overdue and note what has happened, step by step, each at most `limit` cases.

    {"moved": …, "undecided": …, "followed": …, "handed_over": …, "handover_overdue": …, "quarantined": …}. A case
    somebody is deciding on at this moment is left to them.
    """
    async with db.transaction(JOBS):
        counts = Counter(moved=await queries.follow_moves(limit=limit))
    for name, (claim, work) in _STEPS.items():
        counts += await _step(name, claim, work, now, limit)
    return counts


async def _step(name: str, claim: Claim, work: Work, now: datetime, limit: int) -> Counter[str]:
    job = f"replacement_{name}"

    async def whole(case_ids: Sequence[UUID]) -> Counter[str]:
        done = await work(case_ids, now)
        await poison.release(job, list(case_ids), now=now)
        return Counter({name: done})

    async def leave(case_id: UUID, fault: Exception) -> None:
        await poison.set_aside(job, case_id, fault, now=now)

    async with db.transaction(JOBS):
        return await quarantine.in_bulk(await claim(job, now=now, limit=limit), whole, leave)


async def _alert_undecided(case_ids: Sequence[UUID], now: datetime) -> int:
    return await open_about(
        await queries.cases_of(case_ids),
        "replacement_undecided",
        occurrence=lambda case: f"replacement_undecided:{case.id}",
        since=lambda case: case.decide_by,
        now=now,
    )


async def _note_followers(case_ids: Sequence[UUID], now: datetime) -> int:
    follower = await queries.followers_of(case_ids)
    cases = [case for case in await queries.cases_of(case_ids) if case.id in follower]
    for case in cases:
        await begin_handover(case, follower[case.id], by=None, now=now)
    return len(cases)


async def _note_handed_over(case_ids: Sequence[UUID], now: datetime) -> int:
    for case in await queries.cases_of(case_ids):
        await finish_handover(case, by=None, now=now)
    return len(case_ids)


async def _alert_handovers(case_ids: Sequence[UUID], now: datetime) -> int:
    return await open_about(
        await queries.cases_of(case_ids),
        "handover_overdue",
        occurrence=lambda case: f"handover_overdue:{case.id}",
        since=lambda _: now,
        now=now,
    )


_STEPS: dict[str, tuple[Claim, Work]] = {
    "undecided": (queries.claim_undecided, _alert_undecided),
    "followed": (queries.claim_followed, _note_followers),
    "handed_over": (queries.claim_handed_over, _note_handed_over),
    "handover_overdue": (queries.claim_handovers_due, _alert_handovers),
}
