"""What stories about assessments need: one that is due, one that was settled, orders and hazards beside it."""

import itertools
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from caregivers.assessment import actions
from core.ids import new_id
from tests.caring import insert
from tests.cast import Cast

DAY = timedelta(days=1)
APRIL = datetime(2026, 4, 1, 2, 0, tzinfo=Cast.now.tzinfo)
"""Wednesday, 1 April 2026, 10:00 in Shanghai: the first quarter is over."""


async def only_row(cast: Cast, agreement_id: UUID) -> Any:
    """The one assessment of an agreement, as the database holds it."""
    rows = await cast.owner.fetch("SELECT * FROM assessment WHERE agreement_id = $1", agreement_id)
    assert len(rows) == 1, f"{len(rows)} assessments"
    return rows[0]


async def row_of(cast: Cast, assessment_id: UUID) -> Any:
    return await cast.owner.fetchrow("SELECT * FROM assessment WHERE id = $1", assessment_id)


async def opened(cast: Cast, agreement_id: UUID, *, now: datetime = APRIL) -> UUID:
    """The first quarter's assessment of an agreement, opened by the clock."""
    await actions.watch_assessments(now=now)
    found: UUID = (await only_row(cast, agreement_id))["id"]
    return found


async def asked(
    cast: Cast, assessment_id: UUID, *, recipient: int = 90, neighbours: int = 90, by: Account | None = None
) -> None:
    """Recipient and neighbours were asked by the worker, unless said otherwise."""
    await actions.record_recipient_opinion(
        assessment_id,
        score=recipient,
        how="voice",
        proxy_reason=None,
        said="还行",
        by=by or cast.worker,
        now=APRIL,
    )
    await actions.record_neighbours_opinion(
        assessment_id, score=neighbours, asked=2, said="", by=by or cast.worker, now=APRIL
    )


async def settled(
    cast: Cast, agreement_id: UUID, *, recipient: int, by: Account | None = None, now: datetime = APRIL
) -> UUID:
    """The first quarter settled by the specialist; the recipient's score decides, for nothing else is on record."""
    assessment_id = await opened(cast, agreement_id)
    await asked(cast, assessment_id, recipient=recipient, neighbours=recipient)
    await actions.settle(assessment_id, by=by or cast.specialist, now=now)
    return assessment_id


_serials = itertools.count(1)


async def hazard(cast: Cast, agreement_id: UUID, recipient: UUID, at: datetime, **columns: Any) -> UUID:
    row = {
        "id": new_id(),
        "recipient_id": recipient,
        "agreement_id": agreement_id,
        "area_id": cast.village,
        "district_id": cast.district_area,
        "source": "inspection",
        "severity": "general",
        "block": "hygiene",
        "what": "被褥潮湿",
        "found_at": at,
        "recorded_at": at,
    } | columns
    await insert(cast.owner, "hazard", row)
    return UUID(str(row["id"]))


async def order(
    cast: Cast, agreement_id: UUID, recipient: UUID, caregiver_id: UUID, at: datetime, **columns: Any
) -> UUID:
    row = {
        "id": new_id(),
        "agreement_id": agreement_id,
        "recipient_id": recipient,
        "caregiver_id": caregiver_id,
        "area_id": cast.village,
        "district_id": cast.district_area,
        "number": f"整改-{(serial := next(_serials))}",
        "year": 2026,
        "serial": serial,
        "severity": "general",
        "issued_by": cast.specialist.id,
        "issued_at": at,
        "deadline_at": at + 7 * DAY,
        "first_deadline_at": at + 7 * DAY,
        "statement_until": at + 3 * DAY,
    } | columns
    await insert(cast.owner, "rectification_order", row)
    return UUID(str(row["id"]))


def local(day: int, month: int = 3, hour: int = 2) -> datetime:
    """A moment of 2026 by day and month; 10:00 in Shanghai unless said otherwise."""
    return datetime(2026, month, day, hour, tzinfo=APRIL.tzinfo)


YEAR = {"starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}
