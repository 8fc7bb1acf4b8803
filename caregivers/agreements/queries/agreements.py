"""Agreements as the rules see them: looked up, locked, and who cares for whom. In a person's eyes and the jobs'."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any
from uuid import UUID

from caregivers.agreements.lifecycle import Agreement
from core import db

_NAMES = tuple(one.name for one in fields(Agreement))
COLUMNS = ", ".join(f"a.{name}" for name in _NAMES)
"""Of an `agreement a`; all of them columns the jobs may read."""


def agreement_from(row: Mapping[str, Any]) -> Agreement:
    return Agreement(**{name: row[name] for name in _NAMES})


async def hold_cover(recipient_id: UUID) -> None:
    """Nobody else changes who cares for this person, nor their standing, until the transaction ends.

    Always before any agreement or temporary care is locked: so two never wait for each other.
    """
    await db.execute("SELECT hold_cover($1)", recipient_id)


async def hold_agreement(agreement_id: UUID) -> Agreement | None:
    """Lock an agreement, and who cares for its recipient; None when the caller has no such agreement."""
    recipient_id = await db.fetch_value("SELECT recipient_id FROM agreement WHERE id = $1", agreement_id)
    if recipient_id is None:
        return None
    await hold_cover(recipient_id)
    row = await db.fetch_one(f"SELECT {COLUMNS} FROM agreement a WHERE a.id = $1 FOR NO KEY UPDATE", agreement_id)
    return agreement_from(row) if row else None


async def agreement_of(agreement_id: UUID) -> Agreement | None:
    """One agreement; None for somebody else's as for none at all."""
    row = await db.fetch_one(f"SELECT {COLUMNS} FROM agreement a WHERE a.id = $1", agreement_id)
    return agreement_from(row) if row else None


async def agreement_in_force(recipient_id: UUID) -> Agreement | None:
    """The active agreement of a recipient, else the one suspended last."""
    row = await db.fetch_one(
        f"SELECT {COLUMNS} FROM agreement a WHERE a.recipient_id = $1 AND a.status IN ('active', 'suspended')"
        " ORDER BY a.status = 'active' DESC, a.suspended_at DESC LIMIT 1",
        recipient_id,
    )
    return agreement_from(row) if row else None


async def active_agreement(recipient_id: UUID) -> Agreement | None:
    """The one active agreement of a recipient."""
    found = await agreement_in_force(recipient_id)
    return found if found is not None and found.status == "active" else None


async def follower_of(agreement_id: UUID) -> UUID | None:
    """The agreement that is to follow this one, as far as it has come; the furthest first."""
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM agreement WHERE renewal_of = $1 AND status <> 'ended'"
        " ORDER BY array_position(ARRAY['active', 'suspended', 'pending_signatures', 'draft']::varchar[], status)"
        " LIMIT 1",
        agreement_id,
    )
    return found


async def cares_for(account_id: UUID, recipient_id: UUID) -> bool:
    """Whether this account is a caregiver's of this person, under an agreement in force or in temporary care.

    Answers for every caregiver of the district, whatever the caller sees.
    """
    return bool(await db.fetch_value("SELECT cares_for($1, $2)", account_id, recipient_id))


async def case_awaits_decision(agreement_id: UUID) -> bool:
    """Whether a mandatory replacement case that the caller may see must be decided before it comes into force."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM agreement a JOIN replacement_case c ON c.recipient_id = a.recipient_id"
            " AND (c.agreement_id IN (a.id, a.renewal_of) OR c.caregiver_id = a.caregiver_id)"
            " WHERE a.id = $1 AND c.mandatory AND c.status IN ('proposed', 'heard'))",
            agreement_id,
        )
    )


async def awaits_decision(agreement_id: UUID) -> bool:
    """The same in truth: also of a case the caller may not learn of. Never to be answered with a reason."""
    return bool(await db.fetch_value("SELECT awaits_decision($1)", agreement_id))


async def caregiver_account(caregiver_id: UUID) -> UUID | None:
    """The account a caregiver acts with, where they have one and the caller may see them."""
    found: UUID | None = await db.fetch_value("SELECT account_id FROM caregiver WHERE id = $1", caregiver_id)
    return found


async def caregiver_died(caregiver_id: UUID) -> bool:
    """Whether the caregiver is registered as dead."""
    return bool(
        await db.fetch_value("SELECT EXISTS (SELECT FROM caregiver WHERE id = $1 AND status = 'died')", caregiver_id)
    )
