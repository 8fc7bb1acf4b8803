"""Signatures as stored: the signer's name is sealed, and none is ever altered or taken back."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from caregivers.agreements.signing import NewSignature
from core import db, vault
from core.ids import new_id

_PLACE = "signature.signer_name_sealed:{}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """One party's signature, without the name of who signed."""

    party: str
    how: str
    capacity: str
    capacity_reason: str | None
    witness: str | None
    signed_on: date
    recorded_by: UUID
    recorded_at: datetime


async def signed_parties(agreement_id: UUID) -> frozenset[str]:
    """Who has signed so far."""
    rows = await db.fetch("SELECT party FROM signature WHERE agreement_id = $1", agreement_id)
    return frozenset(row["party"] for row in rows)


async def signatures_of(agreement_id: UUID) -> list[Signature]:
    rows = await db.fetch(
        "SELECT party, how, capacity, capacity_reason, witness, signed_on, recorded_by, recorded_at FROM signature"
        " WHERE agreement_id = $1 ORDER BY id",
        agreement_id,
    )
    return [Signature(**row) for row in rows]


async def add_signature(agreement_id: UUID, area_id: int, new: NewSignature, *, by: UUID, now: datetime) -> UUID:
    row_id = new_id()
    await db.execute(
        "INSERT INTO signature (id, agreement_id, area_id, party, how, capacity, capacity_reason, signer_name_sealed,"
        " signer_account_id, witness, signed_on, recorded_by, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        row_id,
        agreement_id,
        area_id,
        new.party,
        new.how,
        new.capacity,
        new.capacity_reason,
        vault.seal(new.signer_name.strip(), _PLACE.format(row_id)),
        by if new.how == "electronic" else None,
        new.witness,
        new.signed_on,
        by,
        now,
    )
    return row_id
