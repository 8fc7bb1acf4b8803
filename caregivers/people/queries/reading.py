"""Caregivers in plain text: for actions that journal why, or that need the name to store it sealed."""

from uuid import UUID

from caregivers.people.queries.register import SHOWN
from caregivers.people.queries.rows import READ, Registered, registered
from core import db


async def caregiver_in_full(caregiver_id: UUID) -> Registered | None:
    """Registered in the caller's areas, or caring for somebody there; None for anybody else."""
    row = await db.fetch_one(f"SELECT {READ} FROM caregiver WHERE id = $1 AND {SHOWN.format('')}", caregiver_id)
    return registered(row) if row else None
