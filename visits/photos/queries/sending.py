"""Photos on their way: held under a lock, filled part after part, settled once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core import db, vault
from core.ids import new_id
from visits.photos.exif import Place
from visits.photos.picture import Picture
from visits.photos.sending import Announced, Reason, Sending

_COLUMNS = "id, area_id, subject_kind, subject_id, size, sha256, received, status, refused_reason AS reason, taken_at"


async def hold_own(attachment_id: UUID) -> Sending | None:
    """A photo of the caller's own, locked."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM attachment WHERE id = $1 AND account_id = caller() FOR UPDATE", attachment_id
    )
    return _sending(row) if row else None


def _sending(row: Mapping[str, Any]) -> Sending:
    return Sending(**row)


async def one_at_a_time(subject_id: UUID) -> None:
    """Until the transaction ends, the caller announces no other photo for this: counting and adding are one thing."""
    await db.execute("SELECT pg_advisory_xact_lock(hashtextextended($1 || caller()::text, 0))", str(subject_id))


async def own_of(subject_id: UUID) -> int:
    """How many photos the caller has announced for this."""
    count: int = await db.fetch_value(
        "SELECT count(*) FROM attachment WHERE subject_id = $1 AND account_id = caller()", subject_id
    )
    return count


async def add(
    attachment_id: UUID, new: Announced, *, area_id: int, account_id: UUID, device_id: UUID | None, now: datetime
) -> bool:
    """Whether it was added: False when the id is taken, by whomever."""
    added = await db.execute(
        "INSERT INTO attachment (id, account_id, device_id, area_id, subject_kind, subject_id, size, sha256, taken_at,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        attachment_id,
        account_id,
        device_id,
        area_id,
        new.subject_kind,
        new.subject_id,
        new.size,
        new.sha256,
        new.taken_at,
        now,
    )
    return added == 1


async def begin_anew(known: Sending, new: Announced, *, area_id: int, now: datetime) -> None:
    """A refused photo, announced again: nothing of it has been received."""
    await db.execute(
        "UPDATE attachment SET area_id = $2, subject_kind = $3, subject_id = $4, size = $5, sha256 = $6, taken_at = $7,"
        " created_at = $8, received = 0, status = 'partial', refused_reason = NULL"
        " WHERE id = $1 AND status = 'refused'",
        known.id,
        area_id,
        new.subject_kind,
        new.subject_id,
        new.size,
        new.sha256,
        new.taken_at,
        now,
    )


async def add_part(known: Sending, content: bytes) -> None:
    """The next part of a photo that is held."""
    part_id = new_id()
    await db.execute(
        "WITH part AS (INSERT INTO attachment_part (id, attachment_id, area_id, starts_at_byte, content)"
        "  VALUES ($1, $2, $3, $4, $5))"
        " UPDATE attachment SET received = $4 + $6 WHERE id = $2 AND received = $4",
        part_id,
        known.id,
        known.area_id,
        known.received,
        vault.seal_bytes(content, _part_place(part_id)),
        len(content),
    )


async def content_of(known: Sending) -> bytes:
    """All that has been received of a photo that is held."""
    rows = await db.fetch(
        "SELECT id, content FROM attachment_part WHERE attachment_id = $1 ORDER BY starts_at_byte", known.id
    )
    return b"".join(vault.open_bytes(row["content"], _part_place(row["id"])) for row in rows)


def _part_place(part_id: UUID) -> str:
    return f"attachment_part.content:{part_id}"


async def save_stored(known: Sending, picture: Picture, *, now: datetime) -> None:
    """What is kept of a photo that is held; its parts go. The camera's time is kept before the phone's word."""
    await _forget_parts(known)
    await db.execute(
        "UPDATE attachment SET status = 'stored', picture = $2, width = $3, height = $4, position_sealed = $5,"
        " taken_at = coalesce($6, taken_at), stored_at = $7 WHERE id = $1",
        known.id,
        vault.seal_bytes(picture.jpeg, f"attachment.picture:{known.id}"),
        picture.width,
        picture.height,
        _sealed(picture.place, known.id) if picture.place else None,
        picture.taken_at,
        now,
    )


def _sealed(place: Place, attachment_id: UUID) -> bytes:
    return vault.seal(msgspec.json.encode(place).decode(), f"attachment.position_sealed:{attachment_id}")


async def save_refused(known: Sending, reason: Reason) -> None:
    """Nothing is kept of it but why."""
    await _forget_parts(known)
    await db.execute("UPDATE attachment SET status = 'refused', refused_reason = $2 WHERE id = $1", known.id, reason)


async def _forget_parts(known: Sending) -> None:
    await db.execute("DELETE FROM attachment_part WHERE attachment_id = $1", known.id)


async def purge(*, before: datetime, limit: int) -> list[tuple[UUID, int]]:
    """Photos never finished or never kept, announced before then, with their parts; each with its area."""
    rows = await db.fetch(
        "DELETE FROM attachment WHERE status <> 'stored' AND id IN (SELECT id FROM attachment"
        "  WHERE status <> 'stored' AND created_at < $1 ORDER BY created_at LIMIT $2) RETURNING id, area_id",
        before,
        limit,
    )
    return [(row["id"], row["area_id"]) for row in rows]
