"""The clock's part in orders: what is due is found, written down and told to people. It decides nothing.

Each step asks the tables what is due and not done, in a transaction of its own: whatever was down for a day, the next
round finds it.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from alerts.actions import open_alerts_today, poison, resolve_for
from alerts.actions.poison import Bad
from alerts.opening import NewAlert
from caregivers.rectification.actions.batch import judged
from caregivers.rectification.actions.counting import count, judge
from caregivers.rectification.actions.lapsing import lapse
from caregivers.rectification.actions.planning import plan
from caregivers.rectification.actions.taking_away import take_cycles
from caregivers.rectification.actions.telling import entry
from caregivers.rectification.hazards import GRAVE
from caregivers.rectification.queries import cycles, orders
from caregivers.rectification.queries import sweeping as queries
from caregivers.rectification.queries.sweeping import Due, Unattended, Waiting
from core import db, journal, quarantine
from core.scope import JOBS

JOB = "orders"
Row = TypeVar("Row", Due, Unattended, Waiting)


async def watch_orders(*, now: datetime, limit: int = 5000) -> Counter[str]:
    """One round: up to `limit` rows of each sort that is due. {"claimed": …, "overdue": …, "planned": …, …}.

    Call again until nothing is claimed. Several rounds at once share the rows.
    """
    counts: Counter[str] = Counter()
    # What arrived late is looked at first: nothing is counted that evidence has taken back already.
    counts += await _step(queries.claim_to_take_back, _take_back, now, limit)
    counts += await _step(queries.claim_lapsed, lapse, now, limit)
    counts += await _step(queries.claim_to_verify, plan, now, limit)
    counts += await _step(queries.claim_to_count, _count, now, limit)
    counts += await _step(queries.claim_unattended, _tell_unattended, now, limit)
    counts += await _step(queries.claim_unheard, _tell_unheard, now, limit)
    counts += await _step(queries.claim_unverified, _tell_unverified, now, limit)
    counts += await _step(queries.claim_to_close, _close, now, limit)
    return counts + await _judge_restored(now, limit)


async def _judge_restored(now: datetime, limit: int) -> Counter[str]:
    async with db.transaction(JOBS):
        restored = await queries.take_restored(limit=limit)
        if restored:
            await judge(restored, now=now)
        return Counter(claimed=len(restored))


async def _step(
    claim: Callable[..., Awaitable[list[Row]]],
    do: Callable[[Sequence[Row], datetime], Awaitable[Counter[str]]],
    now: datetime,
    limit: int,
) -> Counter[str]:
    async with db.transaction(JOBS):
        rows = await claim(job=JOB, now=now, limit=limit)

        async def work(some: Sequence[Row]) -> Counter[str]:
            counts = await do(some, now)
            await poison.release(JOB, [_bad(one).subject_id for one in some], now=now)
            return counts

        async def leave(one: Row, fault: Exception) -> None:
            await poison.set_aside(JOB, _bad(one), fault, now=now)

        counts = await quarantine.in_bulk(rows, work, leave)
        counts["claimed"] = len(rows)
        return counts


def _bad(row: Due | Unattended | Waiting) -> Bad:
    one = row.order if isinstance(row, Due) else row
    return Bad(subject_id=one.id, recipient_id=one.recipient_id, area_id=one.area_id, district_id=one.district_id)


async def _count(due: Sequence[Due], now: datetime) -> Counter[str]:
    """Asked once more: a failure counts only when the statement has had its chance."""
    found = [one.order for one in due]
    asked = await judged(found, now)
    ripe = [one for one in found if asked.counts_from[one.id] <= now]
    await orders.save_count_at({one: moment for one, moment in asked.counts_from.items() if moment > now})
    return Counter(counted=await count(ripe, asked.statements, now=now))


async def _take_back(due: Sequence[Due], now: datetime) -> Counter[str]:
    """The order was not late after all: its failure falls, and whatever rested on it. A failed verification stands."""
    found = [one.order for one in due]
    why = {one.order.id: one.take_back for one in due}
    counts_from = (await judged(found, now)).counts_from
    await queries.save_taken_back([(one.id, counts_from[one.id] if one.status == "failed" else None) for one in found])
    for word, reason, kinds, outcome in (
        ("late_evidence", "期限内已完成，记录迟到", {"rectification_overdue"}, "late_evidence"),
        ("extended", "期限内申请延期，已获批准", {"rectification_overdue", "verification_overdue"}, "decided"),
    ):
        ids = [one.id for one in found if why[one.id] == word]
        evidence = {"why": word}
        gone = await cycles.withdraw_cycles(ids, why={"overdue"}, reason=reason, evidence=evidence, now=now)
        await take_cycles(gone, reason=reason, evidence=evidence, by=None, now=now)
        await resolve_for(ids, kinds=kinds, outcome=outcome, evidence=evidence, by=None, now=now)
    await journal.write_all([entry("order.not_late", one, by=None, now=now, why=why[one.id]) for one in found])
    return Counter(taken_back=len(due))


async def _close(due: Sequence[Due], now: datetime) -> Counter[str]:
    found = {one.order.id: one.order for one in due}
    await orders.one_at_a_time({one.agreement_id for one in found.values()})
    closed = await queries.save_closed(list(found), now=now)
    await journal.write_all([entry("order.closed", found[one], by=None, now=now, was="passed") for one in closed])
    return Counter(closed=len(closed))


async def _tell_unattended(due: Sequence[Unattended], now: datetime) -> Counter[str]:
    """A grave hazard is told as if about somebody at high risk, whoever lives there."""
    await queries.save_unattended([one.id for one in due], now=now)
    told = [one for one in due if one.lives_here]
    await open_alerts_today(
        [
            NewAlert(
                occurrence=f"hazard_unattended:{one.id}:{one.attend_by.isoformat()}",
                kind="hazard_unattended",
                risk="high" if one.severity in GRAVE else one.risk,
                area_id=one.area_id,
                district_id=one.district_id,
                recipient_id=one.recipient_id,
                subject_id=one.id,
                facts={"severity": one.severity, "agreement_id": one.agreement_id, "since": one.attend_by},
            )
            for one in told
        ],
        now=now,
    )
    return Counter(unattended=len(told))


async def _tell_unheard(due: Sequence[Waiting], now: datetime) -> Counter[str]:
    await queries.save_unheard([one.id for one in due], now=now)
    return Counter(unheard=await open_alerts_today(_waiting("statement_unheard", due), now=now))


async def _tell_unverified(due: Sequence[Waiting], now: datetime) -> Counter[str]:
    await queries.save_unverified([one.id for one in due], now=now)
    return Counter(unverified=await open_alerts_today(_waiting("verification_overdue", due), now=now))


def _waiting(kind: str, due: Sequence[Waiting]) -> list[NewAlert]:
    return [
        NewAlert(
            occurrence=f"{kind}:{one.id}",
            kind=kind,
            risk=one.risk,
            area_id=one.area_id,
            district_id=one.district_id,
            recipient_id=one.recipient_id,
            subject_id=one.order_id,
            owner_id=one.owner_id,
            facts={"agreement_id": one.agreement_id, "since": one.due_at},
        )
        for one in due
        if not one.over
    ]
