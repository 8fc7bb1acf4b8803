"""What stories about visits need: a slot, a report, and what the database says of them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from accounts.permissions import Account
from core.ids import new_id
from tests.cast import Cast
from visits import actions
from visits.report import BLOCKS, Finding, Report

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


async def slot(
    cast: Cast,
    recipient: UUID | None = None,
    *,
    due_at: datetime | None = None,
    opens: timedelta = 3 * DAY,
    grace: timedelta = timedelta(),
    risk: str = "high",
    **columns: Any,
) -> UUID:
    """A visit in the worker's village, due an hour from now unless said otherwise; its id."""
    due = cast.now + HOUR if due_at is None else due_at
    row: dict[str, Any] = {
        "id": new_id(),
        "recipient_id": recipient or await cast.recipient(risk=risk),
        "area_id": cast.village,
        "district_id": cast.district_area,
        "reason": "plan",
        "risk": risk,
        "worker_id": cast.worker.id,
        "opens_at": due - opens,
        "due_at": due,
        "missed_after": due + grace,
        "status": "open",
        **columns,
    }
    marks = ", ".join(f"${position}" for position in range(1, len(row) + 1))
    await cast.owner.execute(f"INSERT INTO visit ({', '.join(row)}) VALUES ({marks})", *row.values())
    return UUID(str(row["id"]))


def normal(made_at: datetime, **said: Any) -> Report:
    """All normal, at the door, known personally, no hazards; unless said otherwise."""
    return Report(
        **{
            "outcome": "made",
            "method": "door",
            "made_at": made_at,
            "identified_by": "known_personally",
            "all_normal": True,
            "hazards": (),
            **said,
        }
    )


def detailed(made_at: datetime, **said: Any) -> Report:
    """Every block in order but health; unless said otherwise."""
    blocks = {block: Finding(ok=True) for block in BLOCKS} | {"health": Finding(ok=False, note="咳嗽一周")}
    return normal(made_at, **{"all_normal": False, "blocks": blocks, **said})


def not_met(made_at: datetime) -> Report:
    return Report(outcome="not_met", method="door", made_at=made_at, tried=("knock", "phone"))


async def log(
    cast: Cast,
    visit: UUID,
    report: Report | None = None,
    *,
    by: Account | None = None,
    now: datetime | None = None,
    report_id: UUID | None = None,
) -> actions.Answer:
    """Log a report by the worker, now, unless said otherwise."""
    at = cast.now if now is None else now
    return await actions.log_visit(
        visit_id=visit, report_id=report_id or new_id(), report=report or normal(at), by=by or cast.worker, now=at
    )


async def row(cast: Cast, visit: UUID) -> asyncpg.Record:
    found = await cast.owner.fetchrow("SELECT * FROM visit WHERE id = $1", visit)
    assert found
    return found


async def status(cast: Cast, visit: UUID) -> str:
    return str((await row(cast, visit))["status"])


async def alerts(cast: Cast, *kinds: str) -> list[dict[str, Any]]:
    """Kind, status, outcome and what it is about, oldest first."""
    rows = await cast.owner.fetch(
        "SELECT kind, status, outcome, subject_id, recipient_id, occurrence, facts, severity, owner_id FROM alert"
        " WHERE $1::text[] = '{}' OR kind = ANY ($1) ORDER BY opened_at, id",
        list(kinds),
    )
    return [dict(one) | {"facts": msgspec.json.decode(one["facts"])} for one in rows]


async def journal(cast: Cast, subject: UUID) -> list[str]:
    """What the journal says happened to something, in order."""
    rows = await cast.owner.fetch("SELECT kind FROM journal WHERE subject_id = $1 ORDER BY id", subject)
    return [one["kind"] for one in rows]
