"""What stories about evidence need: a report, its grade, and the call-back about it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.permissions import Account
from core import db
from core.ids import new_id
from tests.cast import Cast
from tests.visiting import HOUR, log, normal, slot
from visits.evidence import actions
from visits.evidence.queries import calling_back as queries
from visits.evidence.queries.calling_back import CallBack


async def reported(
    cast: Cast,
    recipient: UUID | None = None,
    *,
    at: datetime | None = None,
    by: Account | None = None,
    **said: Any,
) -> UUID:
    """The id of a report made now by the worker at a home of its own, unless said otherwise."""
    made_at = at or cast.now
    visit, report = await slot(cast, recipient, due_at=made_at + HOUR), new_id()
    await log(cast, visit, normal(made_at, **said), now=max(made_at, cast.now), report_id=report, by=by)
    return report


async def graded(cast: Cast, report: UUID) -> tuple[str, list[str]]:
    """The grade of a report, and its doubts."""
    row = await cast.owner.fetchrow("SELECT grade, flags FROM grade WHERE id = $1", report)
    assert row
    return row["grade"], [one["flag"] for one in msgspec.json.decode(row["flags"])]


async def call_back_of(cast: Cast, report: UUID) -> CallBack:
    call_back_id = await cast.owner.fetchval("SELECT id FROM call_back WHERE report_id = $1", report)
    async with db.transaction(cast.district.scope):
        found = await queries.hold_call_back(call_back_id)
    assert found
    return found


async def odd(cast: Cast, *, by: Account | None = None) -> CallBack:
    """A call-back about a visit at which the visitor did not make sure whom they met."""
    report = await reported(cast, by=by, identified_by="not_confirmed")
    await actions.grade_reports(now=cast.now)
    return await call_back_of(cast, report)
