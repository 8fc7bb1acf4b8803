"""What a take-over writes: few statements, however many agreements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from core import db

# Column → its type in an array parameter.
_AGREEMENT = {
    "id": "uuid",
    "recipient_id": "uuid",
    "caregiver_id": "uuid",
    "area_id": "int4",
    "district_id": "int4",
    "township_id": "int4",
    "number": "text",
    "relation": "text",
    "starts_on": "date",
    "ends_on": "date",
    "fee_class": "text",
    "fee_yuan": "int4",
}
_CAREGIVER = {
    "id": "uuid",
    "area_id": "int4",
    "district_id": "int4",
    "name": "text",
    "name_pinyin": "text",
    "name_initials": "text",
    "phone_sealed": "bytea",
    "id_to_confirm_reason": "text",
}
_SIGNATURE = {
    "id": "uuid",
    "agreement_id": "uuid",
    "area_id": "int4",
    "party": "text",
    "capacity": "text",
    "capacity_reason": "text",
    "signer_name_sealed": "bytea",
    "signed_on": "date",
}
_GUARDIAN = {
    "id": "uuid",
    "recipient_id": "uuid",
    "area_id": "int4",
    "who": "text",
    "caregiver_id": "uuid",
    "name_sealed": "bytea",
    "phone_sealed": "bytea",
    "since_on": "date",
}

Row = Mapping[str, Any]


async def add_agreements(rows: Sequence[Row], *, by: UUID, now: datetime) -> set[UUID]:
    """Insert agreements in force; the ids of those now there.

    Left out: whose number another agreement of the district bears, and who has got one in this very moment.
    """
    found = await db.fetch(
        f"INSERT INTO agreement ({', '.join(_AGREEMENT)}, status, source, activated_at, created_by, created_at,"
        f" changed_at) SELECT t.*, 'active', 'ledger', $2, $1, $2, $2 FROM unnest({_arrays(_AGREEMENT, after=2)}) AS t"
        " ON CONFLICT DO NOTHING RETURNING id",
        by,
        now,
        *_values(_AGREEMENT, rows),
    )
    return {row["id"] for row in found}


async def add_caregivers(rows: Sequence[Row], *, by: UUID, now: datetime) -> None:
    await db.execute(
        f"INSERT INTO caregiver ({', '.join(_CAREGIVER)}, kind, created_by, created_at, changed_at)"
        f" SELECT t.*, 'natural', $1, $2, $2 FROM unnest({_arrays(_CAREGIVER, after=2)}) AS t",
        by,
        now,
        *_values(_CAREGIVER, rows),
    )


async def add_signatures(rows: Sequence[Row], *, by: UUID, now: datetime) -> None:
    """Signatures a ledger vouches for: nobody here has seen them."""
    await db.execute(
        f"INSERT INTO signature ({', '.join(_SIGNATURE)}, how, recorded_by, recorded_at)"
        f" SELECT t.*, 'ledger', $1, $2 FROM unnest({_arrays(_SIGNATURE, after=2)}) AS t",
        by,
        now,
        *_values(_SIGNATURE, rows),
    )


async def add_guardians(rows: Sequence[Row], *, by: UUID, now: datetime) -> set[UUID]:
    """Insert guardians of people who have none on record; the ids of those now there."""
    found = await db.fetch(
        f"INSERT INTO care_fact ({', '.join(_GUARDIAN)}, kind, recorded_by, recorded_at)"
        f" SELECT t.*, 'guardian', $1, $2 FROM unnest({_arrays(_GUARDIAN, after=2)}) AS t"
        " ON CONFLICT DO NOTHING RETURNING id",
        by,
        now,
        *_values(_GUARDIAN, rows),
    )
    return {row["id"] for row in found}


def _arrays(columns: Mapping[str, str], *, after: int) -> str:
    return ", ".join(f"${place}::{kind}[]" for place, kind in enumerate(columns.values(), start=after + 1))


def _values(columns: Mapping[str, str], rows: Sequence[Row]) -> list[list[Any]]:
    return [[row[name] for row in rows] for name in columns]
