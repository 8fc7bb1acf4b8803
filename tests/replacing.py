"""What stories about replacement need: a case as policy opens it, heard and decided, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from accounts.permissions import Account
from caregivers.agreements.cover import NewCare
from caregivers.replacement import actions
from caregivers.replacement.case import Decision
from caregivers.replacement.grounds import Ground
from caregivers.replacement.handover import ITEMS, Recorded
from caregivers.replacement.hearing import Heard, Present
from core import db
from core.ids import new_id
from core.scope import JOBS, Scope
from tests.caring import agreement, linked_caregiver, row_of
from tests.cast import NOW, Cast

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(kw_only=True)
class Trouble:
    """A recipient whose caregiver fails, and the case policy has opened on them."""

    recipient: UUID
    caregiver: UUID
    account: Account
    agreement: UUID
    cycles: tuple[UUID, UUID]
    hazard: UUID
    case: UUID


def failed(cycles: Sequence[UUID], hazard: UUID, *, at: datetime = NOW) -> tuple[Ground, ...]:
    """Failed cycles and the serious hazard still open beside them."""
    grounds = [Ground(kind="failed_cycles", subject_id=one, at=at, needs=2) for one in cycles]
    return (*grounds, Ground(kind="serious_hazard", subject_id=hazard, at=at))


async def trouble(cast: Cast, **columns: Any) -> Trouble:
    """Two failed cycles and a serious hazard still open, in the worker's village."""
    recipient = await cast.recipient(visit_worker_id=cast.worker.id)
    caregiver_id, account = await linked_caregiver(cast)
    agreement_id = await agreement(cast, recipient, caregiver_id, **columns)
    cycles, hazard = (new_id(), new_id()), new_id()
    case = await by_policy(agreement_id, failed(cycles, hazard))
    return Trouble(
        recipient=recipient,
        caregiver=caregiver_id,
        account=account,
        agreement=agreement_id,
        cycles=cycles,
        hazard=hazard,
        case=case,
    )


async def by_policy(
    agreement_id: UUID,
    grounds: Sequence[Ground],
    *,
    confidential: bool = False,
    barred_ids: Sequence[UUID] = (),
    now: datetime = NOW,
    scope: Scope = JOBS,
) -> UUID:
    """Propose as the transaction of a job or a worker does."""
    async with db.transaction(scope):
        return await actions.propose_by_policy(
            agreement_id, grounds, confidential=confidential, barred_ids=barred_ids, now=now
        )


async def fall_away(
    agreement_id: UUID, subject_ids: Sequence[UUID], *, now: datetime = NOW, scope: Scope = JOBS
) -> None:
    """Late evidence takes these grounds away."""
    async with db.transaction(scope):
        await actions.withdraw_grounds(
            agreement_id,
            subject_ids,
            reason="late_evidence",
            evidence={"report": new_id()},
            by=scope.account_id,
            now=now,
        )


def heard(held_at: datetime, *present: Present, **said: str) -> Heard:
    """The caregiver came, unless others are named."""
    words = {
        "caregiver_said": "我一个人忙不过来。",
        "recipient_said": "常常没有饭吃。",
        "village_said": "多次提醒未改。",
    }
    return Heard(held_at=held_at, present=present or ("caregiver", "recipient", "village"), **(words | said))


async def hear(cast: Cast, case: UUID, *, by: Account | None = None, now: datetime | None = None) -> datetime:
    """A hearing the caregiver came to, an hour after the case began; when it was."""
    at = now or cast.now + HOUR
    await actions.hear(case, heard(at), by=by or cast.specialist, now=at)
    return at


def care(now: datetime, **changed: Any) -> NewCare:
    """A neighbour of the village steps in from now on, for two weeks."""
    said: dict[str, Any] = {
        "kind": "village",
        "reason": "照料人被撤换",
        "starts_at": now,
        "ends_by": now + 14 * DAY,
        "carer_name": "刘桂香",
        "carer_phone": "13800138000",
    }
    return NewCare(**(said | changed))


async def decide(
    cast: Cast, case: UUID, decision: Decision = "replace", *, by: Account | None = None, now: datetime, **said: Any
) -> None:
    """The township's head decides; to replace, with temporary care, unless said otherwise."""
    if decision != "keep_with_reason":
        said.setdefault("care", care(now))
    await actions.decide(
        case, decision=decision, by=by or cast.leader, now=now, **({"reason": "两次整改仍有严重隐患。"} | said)
    )


async def hand_over(cast: Cast, case: UUID, *, until: date, now: datetime, but: Sequence[str] = ()) -> None:
    """Every item of the list, but some."""
    for item in ITEMS:
        if item not in but:
            fee: dict[str, Any] = {"settled_until": until, "settled_yuan": 0} if item == "fee_settled" else {}
            await actions.record_handover(case, Recorded(item=item, done=True, **fee), by=cast.specialist, now=now)


async def case_row(cast: Cast, case: UUID) -> asyncpg.Record:
    return await row_of(cast, "replacement_case", case)


async def status(cast: Cast, case: UUID) -> str:
    return str((await case_row(cast, case))["status"])


async def grounds(cast: Cast, case: UUID) -> list[dict[str, Any]]:
    stored: list[dict[str, Any]] = msgspec.json.decode((await case_row(cast, case))["grounds"])
    return stored


async def notices(cast: Cast, account: Account) -> list[str]:
    """The kinds of what an account was told, in order."""
    rows = await cast.owner.fetch("SELECT kind FROM notice WHERE account_id = $1 ORDER BY owed_at, id", account.id)
    return [row["kind"] for row in rows]
