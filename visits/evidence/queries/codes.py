"""Codes used, and codes that did not fit."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import db
from core.ids import new_id
from visits.queries.reporting import SEEN


@dataclass(frozen=True, kw_only=True, slots=True)
class AtVisit:
    """The visit a code is used at, and how many codes failed there."""

    visit_id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    opens_at: datetime
    status: str
    failures: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Used:
    """A code accepted."""

    id: UUID
    token_id: UUID
    timecode: int
    visit_id: UUID
    moment: str
    claimed_at: datetime
    logged_at: datetime


async def at_visit(visit_id: UUID) -> AtVisit | None:
    """None where the caller has no such visit."""
    row = await db.fetch_one(
        "SELECT v.id AS visit_id, v.recipient_id, v.area_id, v.district_id, v.opens_at, v.status,"
        " (SELECT count(*) FROM code_failure f WHERE f.visit_id = v.id)::int AS failures FROM visit v"
        f" WHERE v.id = $1 AND v.area_id {SEEN}",
        visit_id,
    )
    return AtVisit(**row) if row else None


async def failures_at(visit_id: UUID) -> int:
    """Counted anew with the tokens locked: codes tried at once come one after the other."""
    count: int = await db.fetch_value("SELECT count(*) FROM code_failure WHERE visit_id = $1", visit_id)
    return count


async def used(code_id: UUID) -> Used | None:
    row = await db.fetch_one(
        "SELECT id, token_id, timecode, visit_id, at_moment AS moment, claimed_at, logged_at FROM doorstep_code"
        " WHERE id = $1",
        code_id,
    )
    return Used(**row) if row else None


async def slips_used(token_id: UUID) -> dict[int, datetime]:
    """When each slip of a card was torn off, of those used."""
    rows = await db.fetch("SELECT timecode, claimed_at FROM doorstep_code WHERE token_id = $1", token_id)
    return {row["timecode"]: row["claimed_at"] for row in rows}


async def add_used(code: Used, *, area_id: int, by: UUID, device_id: UUID | None) -> bool:
    """Use a code up; False where it was used before, by whomever."""
    return bool(
        await db.execute(
            "INSERT INTO doorstep_code (id, token_id, timecode, visit_id, area_id, at_moment, claimed_at,"
            " by_account_id, device_id, logged_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            " ON CONFLICT (token_id, timecode) DO NOTHING",
            code.id,
            code.token_id,
            code.timecode,
            code.visit_id,
            area_id,
            code.moment,
            code.claimed_at,
            by,
            device_id,
            code.logged_at,
        )
    )


async def add_failure(at: AtVisit, *, by: UUID, now: datetime) -> None:
    await db.execute(
        "INSERT INTO code_failure (id, visit_id, recipient_id, area_id, by_account_id, at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        new_id(),
        at.visit_id,
        at.recipient_id,
        at.area_id,
        by,
        now,
    )
