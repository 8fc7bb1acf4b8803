"""Ends that come near: agreements nobody has looked at, temporary care that runs out. In the jobs' eyes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from caregivers.agreements.renewal import Horizon
from core import db
from recipients.queries.support import SUPPORTED


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """An end that comes near. `asks`: "review" whether it goes on, or a "successor" that nobody has found yet."""

    id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    risk: str
    asks: str
    ends_on: date | None = None
    ends_by: datetime | None = None


async def districts_with_care() -> list[int]:
    rows = await db.fetch(
        "SELECT DISTINCT district_id FROM agreement WHERE status IN ('active', 'suspended')"
        " UNION SELECT DISTINCT district_id FROM temporary_care WHERE ended_at IS NULL"
    )
    return [row["district_id"] for row in rows]


# Nothing that has its alert already, whatever became of it: it is asked for once.
_UNTOLD = " AND NOT EXISTS (SELECT FROM alert x WHERE x.occurrence = {0})"
AGREEMENT = "'agreement_ending:' || a.id || ':' || a.ends_on || ':' || {asks}"
CARE = "'temporary_care_ending:' || t.id || ':' || extract(epoch FROM t.ends_by)::bigint"

_ASKS = "CASE WHEN a.renewal_reviewed_at IS NULL THEN 'review' ELSE 'successor' END"
_FOLLOWED = (
    "EXISTS (SELECT FROM agreement f WHERE f.renewal_of = a.id"
    " AND f.status IN ('pending_signatures', 'active', 'suspended'))"
)


async def agreements_ending(horizons: Sequence[Horizon], *, limit: int) -> list[Coming]:
    """Not reviewed in time; or reviewed, and half of that time is gone with nothing signed or about to be."""
    rows = await db.fetch(
        f"SELECT a.id, a.recipient_id, a.area_id, a.district_id, r.risk, {_ASKS} AS asks, a.ends_on"
        " FROM agreement a JOIN recipient r ON r.id = a.recipient_id"
        " JOIN unnest($1::int[], $2::date[], $3::date[]) AS h (district_id, review_up_to, succeed_up_to)"
        "  ON h.district_id = a.district_id"
        f" WHERE a.status IN ('active', 'suspended') AND {SUPPORTED} AND NOT {_FOLLOWED}"
        " AND a.ends_on <= CASE WHEN a.renewal_reviewed_at IS NULL THEN h.review_up_to ELSE h.succeed_up_to END"
        f"{_UNTOLD.format(AGREEMENT.format(asks=_ASKS))} ORDER BY a.ends_on, a.id LIMIT $4",
        [one.district_id for one in horizons],
        [one.review_up_to for one in horizons],
        [one.succeed_up_to for one in horizons],
        limit,
    )
    return [Coming(**row) for row in rows]


async def care_ending(horizons: Sequence[Horizon], *, limit: int) -> list[Coming]:
    rows = await db.fetch(
        "SELECT t.id, t.recipient_id, t.area_id, t.district_id, r.risk, 'successor' AS asks, t.ends_by"
        " FROM temporary_care t JOIN recipient r ON r.id = t.recipient_id"
        " JOIN unnest($1::int[], $2::timestamptz[]) AS h (district_id, care_up_to) ON h.district_id = t.district_id"
        f" WHERE t.ended_at IS NULL AND t.ends_by <= h.care_up_to AND {SUPPORTED}{_UNTOLD.format(CARE)}"
        " ORDER BY t.ends_by, t.id LIMIT $3",
        [one.district_id for one in horizons],
        [one.care_up_to for one in horizons],
        limit,
    )
    return [Coming(**row) for row in rows]


async def warned_in_vain(*, limit: int) -> dict[UUID, str]:
    """What is still warned of though it is over or provided for: how each of these warnings ends, by its subject."""
    rows = await db.fetch(
        "SELECT a.id, CASE WHEN a.status = 'ended' THEN 'closed' ELSE 'renewed' END AS outcome FROM alert x"
        " JOIN agreement a ON a.id = x.subject_id WHERE x.kind = 'agreement_ending' AND x.status <> 'resolved'"
        f" AND (a.status = 'ended' OR {_FOLLOWED})"
        " UNION ALL SELECT t.id, 'arranged' FROM alert x JOIN temporary_care t ON t.id = x.subject_id"
        " WHERE x.kind = 'temporary_care_ending' AND x.status <> 'resolved' AND t.ended_at IS NOT NULL LIMIT $1",
        limit,
    )
    return {row["id"]: row["outcome"] for row in rows}
