"""What items refer to: visits as they were given out, reports as they were claimed, photos that were sent beside."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import db


async def opened_at(visit_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of these visits of the caller's areas opened."""
    rows = await db.fetch("SELECT id, opens_at FROM visit WHERE id = ANY ($1::uuid[])", list(visit_ids))
    return {row["id"]: row["opens_at"] for row in rows}


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """The moment a report claims for its visit, and the moment it is judged as of."""

    claimed_at: datetime
    made_at: datetime


async def claimed(report_id: UUID) -> Claimed | None:
    """None where the caller sees no such report."""
    row = await db.fetch_one(
        "SELECT (content->>'made_at')::timestamptz AS claimed_at, made_at FROM visit_report WHERE id = $1", report_id
    )
    return Claimed(**row) if row else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Photo:
    """A photo as far as it has come, and what it shows."""

    status: str
    refused_reason: str | None
    subject_kind: str
    subject_id: UUID


async def photo(attachment_id: UUID, account_id: UUID) -> Photo | None:
    """A photo this account has sent, or begun to."""
    row = await db.fetch_one(
        "SELECT status, refused_reason, subject_kind, subject_id FROM attachment WHERE id = $1 AND account_id = $2",
        attachment_id,
        account_id,
    )
    return Photo(**row) if row else None
