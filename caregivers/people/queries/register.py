"""Caregivers as they are put on record, held and changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from caregivers.people.caregiver import Caregiver, Status
from caregivers.people.queries.rows import READ, Registered, columns_of, id_index, registered
from core import db

SEEN = "area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = ANY (visible_areas()))"
"""Row-level security says it too; said here, the planner starts from the caller's areas."""

IN_FORCE = "status IN ('active', 'suspended')"

SHOWN = (
    f"({{0}}{SEEN} OR {{0}}id IN (SELECT a.caregiver_id FROM agreement a WHERE a.{IN_FORCE}"
    " AND a.area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = ANY (visible_areas()))))"
)
"""Caregivers (under the alias given) registered in the caller's areas, or caring for somebody there."""


class NumberTaken(Exception):
    """The unique index of ID numbers has refused a row."""


class AccountTaken(Exception):
    """The unique index of accounts has refused a row: a caregiver elsewhere acts with it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A township or village somebody can be registered in."""

    area_id: int
    district_id: int
    name: str


async def place_of(area_id: int, on: date) -> Place | None:
    """A township or village of the caller's areas, valid on a day; None for any other area."""
    row = await db.fetch_one(
        "SELECT id, district_id, name FROM area WHERE id = $1 AND level IN (9, 12) AND district_id IS NOT NULL"
        " AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)"
        " AND id IN (SELECT area_id FROM area_within WHERE ancestor_id = ANY (visible_areas()))",
        area_id,
        on,
    )
    return Place(area_id=row["id"], district_id=row["district_id"], name=row["name"]) if row else None


async def hold_caregiver(caregiver_id: UUID) -> Registered | None:
    """Lock a caregiver until the transaction ends; None when none is registered in the caller's areas."""
    row = await db.fetch_one(f"SELECT {READ} FROM caregiver WHERE id = $1 AND {SEEN} FOR NO KEY UPDATE", caregiver_id)
    return registered(row) if row else None


async def hold_for_care(caregiver_id: UUID) -> bool:
    """Before somebody is entrusted to them for good: hold the caregiver, and the person behind the ID number.

    Two townships that sign with one person at once would otherwise each count the load without the other's. False
    where no such caregiver is registered in the caller's areas.
    """
    row = await db.fetch_one(
        f"SELECT id_index, provider_id FROM caregiver WHERE id = $1 AND {SEEN} FOR NO KEY UPDATE", caregiver_id
    )
    if row is None:
        return False
    if row["id_index"] is not None:
        key = int.from_bytes(row["id_index"][:8], "big", signed=True)
        await db.execute("SELECT pg_advisory_xact_lock($1)", key)
    if row["provider_id"] is not None:
        await db.execute("SELECT FROM provider WHERE id = $1 FOR SHARE", row["provider_id"])
    return True


async def known_here(index: bytes, *, other_than: UUID) -> Registered | None:
    """Who else bears this ID number in the caller's areas."""
    row = await db.fetch_one(
        f"SELECT {READ} FROM caregiver WHERE id_index = $1 AND id <> $2 AND {SEEN} ORDER BY id LIMIT 1",
        index,
        other_than,
    )
    return registered(row) if row else None


async def hold_number(compared: str) -> None:
    """One after the other among those who register this ID number, so that each sees whom the one before registered."""
    await db.execute("SELECT pg_advisory_xact_lock($1)", int.from_bytes(id_index(compared)[:8], "big", signed=True))


async def add_caregiver(one: Caregiver, *, caregiver_id: UUID, district_id: int, by: UUID, at: datetime) -> None:
    """Put somebody on record."""
    row = columns_of(one, id=caregiver_id, at=at) | {
        "id": caregiver_id,
        "district_id": district_id,
        "created_by": by,
        "created_at": at,
    }
    marks = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await db.execute(f"INSERT INTO caregiver ({', '.join(row)}) VALUES ({marks})", *row.values())


async def save_caregiver(one: Caregiver, *, caregiver_id: UUID, at: datetime) -> int:
    """Write what is told of a caregiver who is held; the new version. `NumberTaken` loses the transaction."""
    row = columns_of(one, id=caregiver_id, at=at)
    del row["area_id"]
    changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(row, start=2))
    try:
        version: int = await db.fetch_value(
            f"UPDATE caregiver SET {changes}, version = version + 1 WHERE id = $1 RETURNING version",
            caregiver_id,
            *row.values(),
        )
    except asyncpg.UniqueViolationError:
        raise NumberTaken from None
    return version


async def save_account(caregiver_id: UUID, account_id: UUID | None, *, at: datetime) -> None:
    """Store whose account they act with; None for nobody's. `AccountTaken` loses the transaction."""
    try:
        await db.execute(
            "UPDATE caregiver SET account_id = $2, version = version + 1, changed_at = $3 WHERE id = $1",
            caregiver_id,
            account_id,
            at,
        )
    except asyncpg.UniqueViolationError:
        raise AccountTaken from None


async def save_status(
    caregiver_id: UUID, status: Status, *, left_on: date | None, reason: str | None, at: datetime
) -> None:
    await db.execute(
        "UPDATE caregiver SET status = $2, left_on = $3, left_reason = $4, version = version + 1, changed_at = $5"
        " WHERE id = $1",
        caregiver_id,
        status,
        left_on,
        reason,
        at,
    )


async def cares(caregiver_id: UUID) -> bool:
    """Whether an agreement of theirs is in force, as far as the caller sees."""
    return bool(
        await db.fetch_value(
            f"SELECT EXISTS (SELECT FROM agreement WHERE caregiver_id = $1 AND {IN_FORCE})", caregiver_id
        )
    )


async def visits_own_recipient(caregiver_id: UUID, account_id: UUID) -> bool:
    """Whether an account is the visitor of somebody this caregiver cares for."""
    found = await db.fetch_value(
        "SELECT EXISTS (SELECT FROM agreement a JOIN recipient r ON r.id = a.recipient_id"
        f" WHERE a.caregiver_id = $1 AND a.{IN_FORCE} AND (r.visit_worker_id = $2 OR EXISTS ("
        "SELECT FROM visit_plan p WHERE p.recipient_id = r.id AND p.ended_at IS NULL AND p.worker_id = $2)))",
        caregiver_id,
        account_id,
    )
    return bool(found)


async def changed_since(caregiver_id: UUID, version: int) -> list[str]:
    """Names of the fields changed after a version, as the journal has them."""
    rows: list[Mapping[str, Any]] = await db.fetch(
        "SELECT facts FROM journal WHERE subject_id = $1 AND kind = 'caregiver.edited'"
        " AND (facts->>'version')::int > $2 ORDER BY id",
        caregiver_id,
        version,
    )
    told = [msgspec.json.decode(row["facts"]).get("fields", []) for row in rows]
    return list(dict.fromkeys(name for names in told for name in names))
