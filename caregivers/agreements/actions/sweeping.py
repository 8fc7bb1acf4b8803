"""The sweep over cover: whoever has nobody is told of from the first day on, until somebody cares. It decides nothing.

Level-triggered: whatever was down for a day, the next sweep finds it. Each step is a transaction of its own.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from accounts.queries import policies_for
from alerts.actions import open_alerts_today, resolve_for
from caregivers.agreements import queries
from caregivers.agreements.actions import poison
from caregivers.agreements.actions.gaps import new_uncovered
from caregivers.agreements.actions.signing import activate
from caregivers.agreements.actions.warning import warn_of_ends
from caregivers.agreements.queries import beginning, moves, sweeping
from caregivers.agreements.queries.sweeping import Ended
from caregivers.people.suitability import unsuitable
from core import db, journal, quarantine
from core.clock import local_day
from core.scope import JOBS

Claim = Callable[[str], Awaitable[list[UUID]]]
Work = Callable[[Sequence[UUID]], Awaitable[Counter[str]]]


async def settle_cover(*, now: datetime, limit: int = 5000) -> Counter[str]:
    """Bring what the papers say and what is told into line with the day.

    {"moved": …, "ended": …, "restored": …, "begun": …, "expired": …, "uncovered": …, "settled": …, "warned": …,
    "provided": …}, each at most `limit`: call again while one is as many as that.
    """
    counts: Counter[str] = Counter()
    for step in (_follow, _leave, _come_back, _begin, _run_out, _uncovered, _answered):
        counts += await step(now, limit)
    return counts + await warn_of_ends(now=now, limit=limit)


async def _follow(now: datetime, limit: int) -> Counter[str]:
    async with db.transaction(JOBS):
        return Counter(moved=await sweeping.follow_moves(limit=limit))


async def _leave(now: datetime, limit: int) -> Counter[str]:
    """Who died, moved into collective support or is no longer eligible needs no agreement."""
    today = local_day(now)

    async def work(recipient_ids: Sequence[UUID]) -> Counter[str]:
        ended = await sweeping.end_agreements_of(recipient_ids, today=today, now=now)
        care = await sweeping.end_care_of(recipient_ids, now=now)
        await _tell("agreement.ended", ended, now)
        await _tell("care.ended", care, now)
        await _settle({"agreement_ending"}, ended, "closed", now)
        await _settle({"temporary_care_ending"}, care, "left", now)
        return Counter(ended=len(ended))

    return await _each("cover_leave", lambda job: sweeping.claim_left(job, now=now, limit=limit), work, now)


async def _come_back(now: datetime, limit: int) -> Counter[str]:
    """A standing that was undone brings back what it had ended, if nothing else has begun since."""
    today = local_day(now)

    async def work(recipient_ids: Sequence[UUID]) -> Counter[str]:
        restored = await sweeping.restore_agreements_of(recipient_ids, today=today, now=now)
        care = await sweeping.restore_care_of(recipient_ids, now=now)
        await _tell("agreement.restored", restored, now)
        await _tell("care.restored", care, now)
        return Counter(restored=len(restored))

    return await _each("cover_back", lambda job: sweeping.claim_back(job, today=today, now=now, limit=limit), work, now)


async def _begin(now: datetime, limit: int) -> Counter[str]:
    """What was signed ahead, or by the caregiver last, comes into force."""
    today = local_day(now)

    async def work(agreement_ids: Sequence[UUID]) -> Counter[str]:
        begun = 0
        for agreement_id in agreement_ids:
            begun += await _begin_one(agreement_id, now)
        return Counter(begun=begun)

    async def claim(job: str) -> list[UUID]:
        return await beginning.signed_and_due(job, today=today, now=now, limit=limit)

    return await _each("cover_begin", claim, work, now)


async def _begin_one(agreement_id: UUID, now: datetime) -> bool:
    """Judged as it would be had the last party signed today; what speaks against it leaves it as it is."""
    agreement = await queries.hold_agreement(agreement_id)
    today = local_day(now)
    if agreement is None or agreement.status != "pending_signatures":
        return False
    active = await queries.active_agreement(agreement.recipient_id)
    facts = await beginning.facts_by_clock(agreement_id, today)
    if (
        facts is None
        or (active is not None and active.id != agreement.renewal_of)
        or not await queries.is_supported(agreement.recipient_id)
        or await queries.awaits_decision(agreement_id)
    ):
        return False
    policy = (await policies_for([agreement.district_id], today))[agreement.district_id].policy
    if unsuitable(facts, policy.caregivers, today):
        return False
    await activate(agreement, by=None, now=now)
    return True


async def _run_out(now: datetime, limit: int) -> Counter[str]:
    """The last day is over: no agreement covers anybody any more, and who has nobody now is told of at once."""
    today = local_day(now)

    async def work(recipient_ids: Sequence[UUID]) -> Counter[str]:
        ended = await sweeping.end_run_out(recipient_ids, today=today, now=now)
        await _tell("agreement.ended", ended, now)
        await _settle({"agreement_ending"}, ended, "closed", now)
        opened = await _open(recipient_ids, now)
        return Counter(expired=len(ended), uncovered=opened)

    return await _each(
        "cover_run_out", lambda job: sweeping.claim_run_out(job, today=today, now=now, limit=limit), work, now
    )


async def _uncovered(now: datetime, limit: int) -> Counter[str]:
    today = local_day(now)

    async def work(recipient_ids: Sequence[UUID]) -> Counter[str]:
        return Counter(uncovered=await _open(recipient_ids, now))

    return await _each(
        "cover_gap", lambda job: sweeping.claim_uncovered(job, today=today, now=now, limit=limit), work, now
    )


async def _answered(now: datetime, limit: int) -> Counter[str]:
    today = local_day(now)

    async def work(recipient_ids: Sequence[UUID]) -> Counter[str]:
        answered = await sweeping.answered_among(recipient_ids, today=today, now=now)
        for outcome in ("covered", "left"):
            whose = [one for one, how in answered.items() if how == outcome]
            await resolve_for(whose, kinds={"uncovered"}, outcome=outcome, evidence={}, by=None, now=now)
        return Counter(settled=len(answered))

    return await _each(
        "cover_answer", lambda job: sweeping.claim_answered(job, today=today, now=now, limit=limit), work, now
    )


async def _each(job: str, claim: Claim, work: Work, now: datetime) -> Counter[str]:
    """Claim and work in one transaction. What the database refuses of one row is set aside, for this step alone."""

    async def whole(ids: Sequence[UUID]) -> Counter[str]:
        counts = await work(ids)
        await moves.settle_now()
        await poison.release(job, list(ids), now=now)
        return counts

    async def leave(subject_id: UUID, fault: Exception) -> None:
        await poison.set_aside(job, subject_id, fault, now=now)

    async with db.transaction(JOBS):
        return await quarantine.in_bulk(await claim(job), whole, leave)


async def _open(recipient_ids: Sequence[UUID], now: datetime) -> int:
    """Alerts for those of them who have nobody. Their cover is held: nobody opens or answers one meanwhile."""
    today = local_day(now)
    people = await sweeping.uncovered_among(recipient_ids, today=today, now=now)
    if not people:
        return 0
    new = [new_uncovered(one.id, one.area_id, one.district_id, one.risk, why=one.why, now=now) for one in people]
    return await open_alerts_today(new, now=now)


async def _settle(kinds: set[str], ended: Sequence[Ended], outcome: str, now: datetime) -> None:
    await resolve_for([one.id for one in ended], kinds=kinds, outcome=outcome, evidence={}, by=None, now=now)


async def _tell(kind: str, happened: Sequence[Ended], now: datetime) -> None:
    await journal.write_all(
        [
            journal.Entry(kind=kind, subject_id=one.id, area_id=one.area_id, by=None, at=now, facts=_facts(one))
            for one in happened
        ]
    )


def _facts(one: Ended) -> dict[str, str]:
    return {"reason": one.reason} | ({"on": one.on.isoformat()} if one.on else {})
