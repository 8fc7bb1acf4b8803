"""Absences as stored. Their whereabouts are sealed and opened for nobody here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core import db, vault
from core.journal import Entry
from recipients.absence import Absence
from recipients.queries.facts import ABSENCE_COLUMNS, absence_from
from recipients.queries.register import SEEN
from recipients.risk import Risk

_COLUMNS = ", ".join(ABSENCE_COLUMNS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """Whose absence it is, as far as judging one needs."""

    recipient_id: UUID
    area_id: int
    district_id: int
    risk: Risk


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredAbsence:
    recipient_id: UUID
    area_id: int
    absence: Absence


async def owner_of(recipient_id: UUID) -> Owner | None:
    """None when there is no such recipient in the caller's areas."""
    row = await db.fetch_one(
        f"SELECT id AS recipient_id, area_id, district_id, risk FROM recipient WHERE id = $1 AND {SEEN}",
        recipient_id,
    )
    return Owner(**row) if row else None


async def waiting_absences(*, now: datetime, after: UUID | None, limit: int) -> list[StoredAbsence]:
    """What still waits to be confirmed in the caller's areas, oldest first."""
    rows = await db.fetch(
        f"SELECT recipient, area_id, {_COLUMNS} FROM absence WHERE confirmed_at IS NULL AND ended_at IS NULL"
        f" AND ends_at > $1 AND {SEEN} AND id > $2 ORDER BY id LIMIT $3",
        now,
        after or UUID(int=0),
        limit,
    )
    return [_stored(row) for row in rows]


async def hold_absence(absence_id: UUID) -> StoredAbsence | None:
    """Lock an absence until the transaction ends; None when there is none in the caller's areas."""
    row = await db.fetch_one(
        f"SELECT recipient, area_id, {_COLUMNS} FROM absence WHERE id = $1 AND {SEEN} FOR NO KEY UPDATE",
        absence_id,
    )
    return _stored(row) if row else None


def _stored(row: Mapping[str, Any]) -> StoredAbsence:
    return StoredAbsence(recipient_id=row["recipient"], area_id=row["area_id"], absence=absence_from(row))


async def add_absence(stored: StoredAbsence, *, whereabouts: str | None) -> None:
    one = stored.absence
    sealed = vault.seal(whereabouts, f"absence.whereabouts_sealed:{one.id}") if whereabouts else None
    await db.execute(
        "INSERT INTO absence (id, recipient, area_id, kind, starts_at, ends_at, whereabouts_sealed, reported_by,"
        " reported_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        one.id,
        stored.recipient_id,
        stored.area_id,
        one.kind,
        one.starts_at,
        one.ends_at,
        sealed,
        one.reported_by,
        one.reported_at,
    )


async def whereabouts_of(recipient_ids: Collection[UUID]) -> dict[UUID, str]:
    """Where recipients were said to be, by absence; only of absences that were told a place."""
    rows = await db.fetch(
        "SELECT id, whereabouts_sealed FROM absence WHERE recipient = ANY ($1::uuid[])"
        " AND whereabouts_sealed IS NOT NULL",
        list(recipient_ids),
    )
    return {
        row["id"]: vault.open_sealed(row["whereabouts_sealed"], f"absence.whereabouts_sealed:{row['id']}")
        for row in rows
    }


async def save_absence(was: Absence, now: Absence) -> bool:
    """Write a confirmation or an early end, if the absence is still as it was judged."""
    return bool(
        await db.execute(
            "UPDATE absence SET confirmed_by = $2, confirmed_at = $3, confirmed_how = $4, ended_by = $5, ended_at = $6"
            " WHERE id = $1 AND confirmed_at IS NOT DISTINCT FROM $7 AND ended_at IS NOT DISTINCT FROM $8",
            now.id,
            now.confirmed_by,
            now.confirmed_at,
            now.confirmed_how,
            now.ended_by,
            now.ended_at,
            was.confirmed_at,
            was.ended_at,
        )
    )


async def close_run_out(now: datetime, limit: int) -> list[Entry]:
    """Write the end on absences that have run out, confirmed or not; what the journal is to say of each."""
    rows = await db.fetch(
        "WITH over AS (SELECT id FROM absence WHERE ended_at IS NULL AND ends_at <= $1"
        " ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED)"
        " UPDATE absence SET ended_at = ends_at FROM over WHERE absence.id = over.id"
        " RETURNING absence.id, recipient, area_id, absence.ends_at, confirmed_at IS NOT NULL AS confirmed",
        now,
        limit,
    )
    return [
        Entry(
            kind="absence.expired",
            subject_id=row["recipient"],
            area_id=row["area_id"],
            by=None,
            at=now,
            facts={
                "absence": str(row["id"]),
                "ends_at": row["ends_at"].isoformat(),
                "confirmed": row["confirmed"],
            },
        )
        for row in rows
    ]


async def save_return_checked(recipient_id: UUID, *, seen_at: datetime) -> list[UUID]:
    """Mark the absences that were over when the person was seen; their ids."""
    rows = await db.fetch(
        "UPDATE absence SET return_checked_at = $2 WHERE recipient = $1 AND return_checked_at IS NULL"
        " AND least(ends_at, ended_at) <= $2 RETURNING id",
        recipient_id,
        seen_at,
    )
    return [row["id"] for row in rows]
