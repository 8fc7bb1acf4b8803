"""Who a caregiver is related to, and the accounts that may therefore not judge them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from caregivers.people.conflict import DECIDERS, RelationKind
from caregivers.people.queries.register import SEEN
from caregivers.people.refusals import CaregiverNotFound
from core import db
from recipients import masking


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """A tie that was declared; in force until somebody else than the related account ends it."""

    id: UUID
    caregiver_id: UUID
    area_id: int
    account_id: UUID
    kind: RelationKind
    note: str
    declared_by: UUID
    declared_at: datetime
    ended_by: UUID | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ConflictOfInterest:
    """A caregiver related to somebody who decides. `cares_for`: people under an agreement of theirs in force."""

    relation: Relation
    caregiver_name: str  # masked
    account_name: str
    account_role: str
    cares_for: int


_COLUMNS = "id, caregiver_id, area_id, account_id, kind, note, declared_by, declared_at, ended_by, ended_at, end_reason"
_OF_RELATION = ", ".join(f"r.{column}" for column in _COLUMNS.split(", "))


async def caregivers_side(caregiver_id: UUID) -> frozenset[UUID]:
    """The accounts they act with, and every account related to them, under whatever township that was declared.

    `CaregiverNotFound` where the caller cannot reach them: a side not seen is never taken for an empty one.
    """
    function = "whole_side_of" if db.held().scope.eyes == "jobs" else "caregivers_side"
    found = await db.fetch_value(f"SELECT {function}($1)", caregiver_id)
    if found is None:
        raise CaregiverNotFound
    return frozenset(found)


async def relations_of(caregiver_id: UUID) -> list[Relation]:
    """Every relation ever declared, the newest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM relation WHERE caregiver_id = $1 AND {SEEN} ORDER BY id DESC", caregiver_id
    )
    return [_relation(row) for row in rows]


async def relation_of(caregiver_id: UUID, relation_id: UUID) -> Relation | None:
    """One relation of a caregiver registered in the caller's areas."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM relation WHERE id = $1 AND caregiver_id = $2 AND {SEEN}", relation_id, caregiver_id
    )
    return _relation(row) if row else None


async def add_relation(relation: Relation) -> bool:
    """False where this account is related to this caregiver already."""
    count = await db.execute(
        "INSERT INTO relation (id, caregiver_id, area_id, account_id, kind, note, declared_by, declared_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (caregiver_id, account_id) WHERE ended_at IS NULL DO NOTHING",
        relation.id,
        relation.caregiver_id,
        relation.area_id,
        relation.account_id,
        relation.kind,
        relation.note,
        relation.declared_by,
        relation.declared_at,
    )
    return count == 1


async def end_relation(relation_id: UUID, *, by: UUID, at: datetime, reason: str) -> bool:
    """False where it has ended before."""
    count = await db.execute(
        "UPDATE relation SET ended_by = $2, ended_at = $3, end_reason = $4 WHERE id = $1 AND ended_at IS NULL",
        relation_id,
        by,
        at,
        reason,
    )
    return count == 1


async def conflicts(*, after: UUID | None, limit: int) -> list[ConflictOfInterest]:
    """Caregivers of the caller's areas who are related to a cadre who decides, in the order it was declared."""
    rows = await db.fetch(
        f"SELECT {_OF_RELATION}, c.name AS caregiver_name, s.name AS account_name, s.role AS account_role,"
        " (SELECT count(*) FROM agreement a WHERE a.caregiver_id = c.id AND a.status IN ('active', 'suspended'))"
        " AS cares_for"
        " FROM relation r JOIN caregiver c ON c.id = r.caregiver_id"
        " CROSS JOIN LATERAL staff_named(ARRAY[r.account_id]) s"
        f" WHERE r.ended_at IS NULL AND r.{SEEN} AND s.role = ANY ($1::text[]) AND c.status = 'active'"
        " AND ($2::uuid IS NULL OR r.id > $2) ORDER BY r.id LIMIT $3",
        [role.value for role in DECIDERS],
        after,
        limit,
    )
    return [
        ConflictOfInterest(
            relation=_relation(row),
            caregiver_name=masking.name(row["caregiver_name"]),
            account_name=row["account_name"],
            account_role=row["account_role"],
            cares_for=row["cares_for"],
        )
        for row in rows
    ]


def _relation(row: Mapping[str, Any]) -> Relation:
    return Relation(**{name: row[name] for name in _COLUMNS.split(", ")})
