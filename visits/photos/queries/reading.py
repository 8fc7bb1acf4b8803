"""Photos as people read them: row-level security shows them to whoever reads what they belong to."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import db, vault
from visits.photos.sending import Kind, Reason, Status


@dataclass(frozen=True, kw_only=True, slots=True)
class PhotoRead:
    id: UUID
    subject_kind: Kind
    subject_id: UUID
    account_id: UUID
    size: int
    received: int
    status: Status
    reason: Reason | None
    taken_at: datetime | None
    stored_at: datetime | None
    width: int | None
    height: int | None
    has_position: bool


_OWN = (
    "(a.account_id = caller() OR (a.subject_kind = 'order_answer' AND EXISTS (SELECT FROM order_answer s"
    " JOIN rectification_order o ON o.id = s.order_id WHERE s.id = a.subject_id"
    " AND o.caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids()))))))"
)
"""Sent by the caller, or part of an answer to an order of their own."""
_MOST = 100


async def picture_of(attachment_id: UUID, *, own: bool) -> bytes | None:
    """The JPEG that is kept; None when there is none, or it is not the caller's to see."""
    sealed = await db.fetch_value(
        f"SELECT a.picture FROM attachment a WHERE a.id = $1 AND a.status = 'stored' AND ({_OWN} OR NOT $2)",
        attachment_id,
        own,
    )
    return vault.open_bytes(sealed, f"attachment.picture:{attachment_id}") if sealed else None


async def photos_about(kind: Kind, subject_id: UUID, *, own: bool) -> list[PhotoRead]:
    """The photos of one thing, the first announced first: those kept, and the caller's own in whatever state."""
    rows = await db.fetch(
        "SELECT a.id, a.subject_kind, a.subject_id, a.account_id, a.size, a.received, a.status,"
        " a.refused_reason AS reason, a.taken_at, a.stored_at, a.width, a.height,"
        " a.position_sealed IS NOT NULL AS has_position FROM attachment a"
        " WHERE a.subject_kind = $1 AND a.subject_id = $2 AND (a.status = 'stored' OR a.account_id = caller())"
        f" AND ({_OWN} OR NOT $3) ORDER BY a.created_at, a.id LIMIT $4",
        kind,
        subject_id,
        own,
        _MOST,
    )
    return [PhotoRead(**row) for row in rows]


async def photos_of(kind: Kind, subject_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The ids of the photos kept of each of these, as far as the caller sees them; the first kept first."""
    rows = await db.fetch(
        "SELECT a.subject_id, a.id FROM attachment a WHERE a.subject_kind = $1 AND a.subject_id = ANY ($2::uuid[])"
        " AND a.status = 'stored' ORDER BY a.stored_at, a.id",
        kind,
        list(subject_ids),
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        found[row["subject_id"]].append(row["id"])
    return found
