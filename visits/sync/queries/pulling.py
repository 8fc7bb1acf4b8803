"""What phones hold: the generations kept of each, and what went out to whom and left again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from core import db
from core.ids import new_id
from visits.sync.manifest import Left, Manifest
from visits.sync.things import VisitTask


async def generations(device_id: UUID) -> dict[int, Manifest]:
    """What this phone held after each pull that is still kept."""
    rows = await db.fetch("SELECT generation, contents FROM held WHERE device_id = $1", device_id)
    return {row["generation"]: msgspec.json.decode(row["contents"], type=dict[str, str]) for row in rows}


async def save_generation(
    device_id: UUID, generation: int, manifest: Manifest, *, keep: int | None, at: datetime
) -> None:
    """Keep what the phone holds once this answer reaches it, and what it held before, should it never arrive."""
    await db.execute("DELETE FROM held WHERE device_id = $1 AND generation IS DISTINCT FROM $2", device_id, keep)
    await db.execute(
        "INSERT INTO held (id, device_id, generation, contents, at) VALUES ($1, $2, $3, $4, $5)",
        new_id(),
        device_id,
        generation,
        msgspec.json.encode(manifest).decode(),
        at,
    )


async def save_pulled(device_id: UUID, now: datetime) -> None:
    await db.execute("UPDATE device_state SET pulled_at = $2 WHERE id = $1", device_id, now)


async def save_told_to_wipe(device_id: UUID, now: datetime) -> None:
    """When a phone that was cut off was first told to forget."""
    await db.execute("UPDATE device_state SET wiped_at = $2 WHERE id = $1 AND wiped_at IS NULL", device_id, now)


async def out_still(account_id: UUID) -> set[UUID]:
    """Visits that went out to somebody's phones and have not left them."""
    rows = await db.fetch("SELECT visit_id FROM task_issued WHERE account_id = $1 AND left_at IS NULL", account_id)
    return {row["visit_id"] for row in rows}


async def save_issued(visits: Sequence[tuple[VisitTask, int]], *, account_id: UUID, now: datetime) -> None:
    """Visits, with their areas, that go out now. One that had left and comes back keeps when it first went out."""
    ordered = sorted(visits, key=lambda one: one[0].id)
    await db.execute(
        "INSERT INTO task_issued (id, visit_id, account_id, recipient_id, area_id, issued_at)"
        " SELECT n.id, n.visit_id, $5, n.recipient_id, n.area_id, $6"
        " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[]) AS n (id, visit_id, recipient_id, area_id)"
        " ON CONFLICT (visit_id, account_id) DO UPDATE SET left_at = NULL, left_why = NULL"
        " WHERE task_issued.left_at IS NOT NULL",
        [new_id() for _ in ordered],
        [visit.id for visit, _ in ordered],
        [visit.recipient_id for visit, _ in ordered],
        [area_id for _, area_id in ordered],
        account_id,
        now,
    )


async def save_left(why: Mapping[UUID, str], *, account_id: UUID, now: datetime) -> None:
    ordered = sorted(why)
    await db.execute(
        "UPDATE task_issued t SET left_at = $4, left_why = n.why FROM unnest($1::uuid[], $2::text[]) AS n (id, why)"
        " WHERE t.visit_id = n.id AND t.account_id = $3 AND t.left_at IS NULL",
        ordered,
        [why[one] for one in ordered],
        account_id,
        now,
    )


async def visits_left(visit_ids: Collection[UUID]) -> dict[UUID, Left]:
    """What became of visits that once went out to the caller."""
    rows = await db.fetch("SELECT * FROM visits_left($1::uuid[])", list(visit_ids))
    return {
        row["visit_id"]: Left(
            kind="visit",
            seen=row["seen"],
            status=row["status"],
            reason=row["reason"],
            mine=row["mine"],
            by_me=row["by_me"],
        )
        for row in rows
    }


_OTHERS = (
    ("recipient", "standing", "support_mode", "caller()"),
    ("verification", "status", "NULL", "verifier_id"),
    ("call_back", "status", "NULL", "assigned_to"),
    ("alert", "status", "NULL", "caller()"),
    ("rectification_order", "status", "NULL", "caller()"),
    ("agreement", "status", "NULL", "caller()"),
    ("lane", "status", "NULL", "account_id"),
)
_KIND_OF = {"rectification_order": "order"}
_FOUND = " UNION ALL ".join(
    f"SELECT '{_KIND_OF.get(table, table)}' AS kind, id, {status}::text AS status, {reason}::text AS reason,"
    f" {holder} IS NOT DISTINCT FROM caller() AS mine FROM {table} WHERE id = ANY ($1::uuid[])"
    for table, status, reason, holder in _OTHERS
)


async def others_left(ids: Collection[UUID]) -> dict[UUID, Left]:
    """What became of anything else, as far as the caller may still see it; whatever they may not is left out."""
    rows = await db.fetch(_FOUND, list(ids))
    return {
        row["id"]: Left(kind=row["kind"], seen=True, status=row["status"], reason=row["reason"], mine=row["mine"])
        for row in rows
    }
