"""Guardians and card holders as stored, with their history. Names are sealed at their row."""

from collections.abc import Collection
from dataclasses import fields
from datetime import datetime
from uuid import UUID

from caregivers.agreements.facts import Fact, FactKind, NewFact
from core import db, vault
from core.ids import new_id

_COLUMNS = ", ".join(one.name for one in fields(Fact))


async def facts_of(recipient_id: UUID) -> list[Fact]:
    """Every fact ever recorded of a recipient, the latest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM care_fact WHERE recipient_id = $1 ORDER BY since_on DESC, id DESC", recipient_id
    )
    return [Fact(**row) for row in rows]


async def facts_in_force(recipient_ids: Collection[UUID]) -> dict[UUID, list[Fact]]:
    rows = await db.fetch(
        f"SELECT recipient_id, {_COLUMNS} FROM care_fact WHERE recipient_id = ANY ($1::uuid[]) AND until_on IS NULL",
        list(recipient_ids),
    )
    found: dict[UUID, list[Fact]] = {recipient_id: [] for recipient_id in recipient_ids}
    for row in rows:
        plain = dict(row)
        found[plain.pop("recipient_id")].append(Fact(**plain))
    return found


async def fact_in_force(recipient_id: UUID, kind: FactKind) -> Fact | None:
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM care_fact WHERE recipient_id = $1 AND kind = $2 AND until_on IS NULL",
        recipient_id,
        kind,
    )
    return Fact(**row) if row else None


async def add_fact(recipient_id: UUID, area_id: int, new: NewFact, *, by: UUID, now: datetime) -> UUID:
    """Store a fact; the one before it holds up to the day the new one begins."""
    row_id = new_id()
    await db.execute(
        "UPDATE care_fact SET until_on = $3 WHERE recipient_id = $1 AND kind = $2 AND until_on IS NULL",
        recipient_id,
        new.kind,
        new.since_on,
    )
    await db.execute(
        "INSERT INTO care_fact (id, recipient_id, area_id, kind, who, caregiver_id, name_sealed, phone_sealed,"
        " relation, since_on, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        row_id,
        recipient_id,
        area_id,
        new.kind,
        new.who,
        new.caregiver_id,
        _sealed(new.name, "name", row_id),
        _sealed(new.phone, "phone", row_id),
        new.relation,
        new.since_on,
        by,
        now,
    )
    return row_id


def _sealed(plain: str | None, name: str, row_id: UUID) -> bytes | None:
    text = (plain or "").strip()
    return vault.seal(text, f"care_fact.{name}_sealed:{row_id}") if text else None
