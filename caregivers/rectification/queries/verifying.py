"""Verifications as stored: planned, assigned, done once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from caregivers.rectification.queries.orders import SEEN
from caregivers.rectification.result import Result
from core import db

VERIFIERS = ("worker", "township_specialist", "township_leader")
"""Roles that look at the door."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """A verification as stored. Its result, once it has one, never changes."""

    id: UUID
    order_id: UUID
    status: str
    due_at: datetime
    result_id: UUID | None
    sha256: bytes | None
    results: Sequence[dict[str, Any]]

    @property
    def all_passed(self) -> bool:
        return all(one["passed"] for one in self.results)


async def order_of(verification_id: UUID) -> UUID | None:
    """The order a verification of the caller's areas looks at."""
    found: UUID | None = await db.fetch_value(
        f"SELECT order_id FROM verification v WHERE v.id = $1 AND v.{SEEN}", verification_id
    )
    return found


async def hold_verification(verification_id: UUID) -> Planned | None:
    """Lock a verification of the caller's areas; its order is held first."""
    row = await db.fetch_one(
        "SELECT v.id, v.order_id, v.status, v.due_at, v.result_id, v.sha256, v.results FROM verification v"
        f" WHERE v.id = $1 AND v.{SEEN} FOR NO KEY UPDATE",
        verification_id,
    )
    return Planned(**{**row, "results": msgspec.json.decode(row["results"])}) if row else None


async def save_result(verification_id: UUID, result: Result, sha256: bytes, *, by: UUID, now: datetime) -> bool:
    """Store a result and what it says of each item; False when its id is taken by another verification."""
    if await db.fetch_value("SELECT EXISTS (SELECT FROM verification WHERE result_id = $1)", result.id):
        return False
    await db.execute(
        "UPDATE verification SET status = 'done', result_id = $2, by_account_id = $3, person_seen = $4,"
        " results = $5::jsonb, made_at = $6, logged_at = $7, sha256 = $8 WHERE id = $1",
        verification_id,
        result.id,
        by,
        result.person_seen,
        msgspec.json.encode(
            [{"item": one.item, "passed": one.passed, "note": one.note} for one in result.items]
        ).decode(),
        result.made_at,
        now,
        sha256,
    )
    await db.execute(
        "UPDATE order_item i SET status = CASE WHEN n.passed THEN 'passed' ELSE 'failed' END, note = n.note"
        " FROM unnest($1::uuid[], $2::bool[], $3::text[]) AS n (id, passed, note) WHERE i.id = n.id",
        [one.item for one in result.items],
        [one.passed for one in result.items],
        [one.note.strip() for one in result.items],
    )
    return True


async def may_verify(account_id: UUID, area_id: int) -> bool:
    """Whether an account is active staff, among those the caller sees, whose areas hold this one."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM account a JOIN account_area r ON r.account = a.id"
            " JOIN area_within w ON w.ancestor_id = r.area AND w.area_id = $2"
            " WHERE a.id = $1 AND a.status = 'active' AND a.role = ANY ($3::text[]))",
            account_id,
            area_id,
            list(VERIFIERS),
        )
    )


async def save_verifier(verification_id: UUID, verifier_id: UUID) -> None:
    await db.execute("UPDATE verification SET verifier_id = $2 WHERE id = $1", verification_id, verifier_id)
