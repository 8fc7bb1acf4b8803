"""What stories about rectification need: a household under an agreement, a hazard, an order, and how they stand."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from accounts.permissions import Account
from caregivers.rectification import actions
from caregivers.rectification.actions import NewAnswer, NewItem, PersonsHazard
from caregivers.rectification.order import AnswerKind
from caregivers.rectification.result import ItemResult, Result
from core.ids import new_id
from tests import caring
from tests.cast import Cast

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Home:
    """Somebody cared for under an agreement in force, by a caregiver with an account."""

    recipient: UUID
    caregiver: UUID
    agreement: UUID
    account: Account


async def home(cast: Cast, **columns: Any) -> Home:
    recipient = await cast.recipient(risk=columns.pop("risk", "high"), **columns)
    caregiver, account = await caring.linked_caregiver(cast)
    agreement = await caring.agreement(cast, recipient, caregiver)
    return Home(recipient=recipient, caregiver=caregiver, agreement=agreement, account=account)


async def hazard(
    cast: Cast,
    at: Home,
    *,
    severity: str = "serious",
    by: Account | None = None,
    now: datetime | None = None,
    **said: Any,
) -> UUID:
    """A hazard somebody found on an inspection."""
    moment = now or cast.now
    new = PersonsHazard(
        **{
            "id": new_id(),
            "recipient_id": at.recipient,
            "source": "inspection",
            "severity": severity,
            "block": "safety",
            "what": "灶台旁堆放柴草",
            "found_at": moment,
            **said,
        }
    )
    return await actions.record_hazard(new, by=by or cast.specialist, now=moment)


async def order(
    cast: Cast,
    at: Home,
    *hazards: UUID,
    severity: str = "serious",
    by: Account | None = None,
    now: datetime | None = None,
) -> UUID:
    """An order of the specialist about these hazards, or a new one."""
    about = hazards or (await hazard(cast, at, severity=severity, now=now),)
    items = [NewItem(hazard_id=one, must_be="柴草移出灶间", duty="保障居住安全") for one in about]
    return await actions.issue(new_id(), items, evidence="走访照片两张", by=by or cast.specialist, now=now or cast.now)


async def answer(
    at: Home,
    order_id: UUID,
    kind: AnswerKind,
    *,
    now: datetime,
    made_at: datetime | None = None,
    by: Account | None = None,
    **said: Any,
) -> UUID:
    new = NewAnswer(
        **{
            "id": new_id(),
            "kind": kind,
            "text": "已清理" if kind == "done" else "当天住院，有病历",
            "made_at": made_at or now,
            **said,
        }
    )
    await actions.answer(order_id, new, by=by or at.account, now=now)
    return new.id


async def watch(now: datetime) -> Counter[str]:
    """Rounds of the job until nothing is due."""
    counts: Counter[str] = Counter()
    while (found := await actions.watch_orders(now=now, limit=100))["claimed"]:
        counts += found
    return counts


async def verification_of(cast: Cast, order_id: UUID) -> asyncpg.Record:
    found = await cast.owner.fetchrow(
        "SELECT * FROM verification WHERE order_id = $1 ORDER BY planned_at DESC LIMIT 1", order_id
    )
    assert found
    return found


async def items_of(cast: Cast, order_id: UUID) -> list[asyncpg.Record]:
    return list(await cast.owner.fetch("SELECT * FROM order_item WHERE order_id = $1 ORDER BY id", order_id))


async def result_of(
    cast: Cast, order_id: UUID, *, passed: bool | dict[UUID, bool], now: datetime, **said: Any
) -> tuple[UUID, Result]:
    """A verification, and a result of it: everything passed or failed, or as said by hazard."""
    items = [one for one in await items_of(cast, order_id) if one["status"] == "open"]
    results = []
    for one in items:
        good = passed if isinstance(passed, bool) else passed[one["hazard_id"]]
        results.append(ItemResult(item=one["id"], passed=good, note="" if good else "柴草仍在"))
    known: dict[str, Any] = {"id": new_id(), "made_at": now, "person_seen": True, "items": results}
    return (await verification_of(cast, order_id))["id"], Result(**known | said)


async def verify(
    cast: Cast,
    order_id: UUID,
    *,
    passed: bool | dict[UUID, bool],
    now: datetime,
    by: Account | None = None,
    **said: Any,
) -> str:
    """A result by the worker."""
    verification, result = await result_of(cast, order_id, passed=passed, now=now, **said)
    return await actions.log_verification(verification, result, by=by or cast.worker, now=now)


async def fail(cast: Cast, at: Home, order_id: UUID, *, now: datetime) -> datetime:
    """Submitted, and found undone at the door; when that was."""
    await answer(at, order_id, "done", now=now)
    await watch(now)
    await verify(cast, order_id, passed=False, now=now + HOUR)
    return now + HOUR


async def row(cast: Cast, table: str, row_id: UUID) -> asyncpg.Record:
    found = await cast.owner.fetchrow(f"SELECT * FROM {table} WHERE id = $1", row_id)
    assert found
    return found


async def status(cast: Cast, order_id: UUID) -> str:
    return str((await row(cast, "rectification_order", order_id))["status"])


async def cycles(cast: Cast, at: Home) -> list[asyncpg.Record]:
    return list(
        await cast.owner.fetch("SELECT * FROM failed_cycle WHERE agreement_id = $1 ORDER BY counted_at", at.agreement)
    )


async def cases(cast: Cast, at: Home) -> list[asyncpg.Record]:
    return list(
        await cast.owner.fetch(
            "SELECT * FROM replacement_case WHERE agreement_id = $1 ORDER BY proposed_at", at.agreement
        )
    )


async def alerts(cast: Cast, kind: str) -> list[tuple[str, str | None]]:
    """Status and outcome of each alert of a kind, oldest first."""
    rows = await cast.owner.fetch("SELECT status, outcome FROM alert WHERE kind = $1 ORDER BY opened_at, id", kind)
    return [(one["status"], one["outcome"]) for one in rows]


async def history(cast: Cast, subject: UUID) -> list[str]:
    rows = await cast.owner.fetch("SELECT kind FROM journal WHERE subject_id = $1 ORDER BY id", subject)
    return [one["kind"] for one in rows]


async def notices(cast: Cast, account: Account) -> list[str]:
    rows = await cast.owner.fetch(
        "SELECT kind FROM notice WHERE account_id = $1 AND channel = 'inbox' ORDER BY owed_at, id", account.id
    )
    return [one["kind"] for one in rows]


async def related(cast: Cast, caregiver: UUID, account: Account) -> None:
    """A tie between a caregiver and somebody's account, declared."""
    await caring.insert(
        cast.owner,
        "relation",
        {
            "id": new_id(),
            "caregiver_id": caregiver,
            "area_id": cast.village,
            "account_id": account.id,
            "kind": "sibling",
            "declared_by": cast.specialist.id,
            "declared_at": cast.now,
        },
    )
