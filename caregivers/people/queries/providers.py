"""Organisations that send staff to care for people, as stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from caregivers.people.queries.register import SEEN
from core import db, vault


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """A provider; `phone` is its office's, in plain text. `staff`: active caregivers it sends."""

    id: UUID
    area_id: int
    district_id: int
    name: str
    credit_code: str | None
    phone: str | None
    ended: bool
    staff: int
    created_at: datetime
    ended_at: datetime | None


_READ = (
    "SELECT p.id, p.area_id, p.district_id, p.name, p.credit_code, p.phone_sealed, p.status, p.created_at, p.ended_at,"
    " (SELECT count(*) FROM caregiver c WHERE c.provider_id = p.id AND c.status = 'active') AS staff"
    f" FROM provider p WHERE p.{SEEN}"
)


async def provider_list(*, ended: bool, after: UUID | None, limit: int) -> list[Provider]:
    """Those of the caller's areas in the order they were added."""
    rows = await db.fetch(
        f"{_READ} AND p.status = $1 AND ($2::uuid IS NULL OR p.id > $2) ORDER BY p.id LIMIT $3",
        "ended" if ended else "active",
        after,
        limit,
    )
    return [_provider(row) for row in rows]


async def provider_of(provider_id: UUID) -> Provider | None:
    return next((_provider(row) for row in await db.fetch(f"{_READ} AND p.id = $1", provider_id)), None)


async def hold_provider(provider_id: UUID) -> Provider | None:
    """The same, locked until the transaction ends: nobody of its staff signs meanwhile (see `hold_for_care`)."""
    rows = await db.fetch(f"{_READ} AND p.id = $1 FOR NO KEY UPDATE OF p", provider_id)
    return next((_provider(row) for row in rows), None)


async def add_provider(provider: Provider, *, by: UUID) -> bool:
    """False where one of that name or credit code is active in the area."""
    count = await db.execute(
        "INSERT INTO provider (id, area_id, district_id, name, credit_code, phone_sealed, created_by, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        provider.id,
        provider.area_id,
        provider.district_id,
        provider.name,
        provider.credit_code,
        vault.seal(provider.phone, _place(provider.id)) if provider.phone else None,
        by,
        provider.created_at,
    )
    return count == 1


async def staff_care(provider_id: UUID) -> bool:
    """Whether an agreement of its staff is in force."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM agreement a JOIN caregiver c ON c.id = a.caregiver_id"
            " WHERE c.provider_id = $1 AND a.status IN ('active', 'suspended'))",
            provider_id,
        )
    )


async def end_provider(provider_id: UUID, *, by: UUID, at: datetime) -> None:
    await db.execute(
        "UPDATE provider SET status = 'ended', ended_by = $2, ended_at = $3 WHERE id = $1", provider_id, by, at
    )


def _place(provider_id: UUID) -> str:
    return f"provider.phone_sealed:{provider_id}"


def _provider(row: Mapping[str, Any]) -> Provider:
    sealed = row["phone_sealed"]
    return Provider(
        id=row["id"],
        area_id=row["area_id"],
        district_id=row["district_id"],
        name=row["name"],
        credit_code=row["credit_code"],
        phone=vault.open_sealed(sealed, _place(row["id"])) if sealed is not None else None,
        ended=row["status"] == "ended",
        staff=row["staff"],
        created_at=row["created_at"],
        ended_at=row["ended_at"],
    )
