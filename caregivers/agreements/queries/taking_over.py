"""What a take-over must know of the system: agreements kept, caregivers of the villages, guardians, the parties."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from caregivers.agreements.taking_over import Kept, Named
from core import db, vault
from recipients.queries.register import SEEN


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A village and the township above it: two of the four parties."""

    village: str
    township_id: int
    township: str


_BY_STATUS = "array_position('{active,suspended,pending_signatures,draft,ended}'::text[], a.status::text)"
_KEPT = ("status", "number", "caregiver", "starts_on", "ends_on", "ended_on", "ended_reason", "undecided", "new")


async def kept_for(recipient_ids: Collection[UUID], *, since: datetime) -> dict[UUID, Kept]:
    """The agreement under way of each recipient, else the last that was ever in force; those without one left out.

    `since`: when the import was committed that may have brought it.
    """
    rows = await db.fetch(
        "SELECT DISTINCT ON (a.recipient_id) a.recipient_id, a.status, a.number, c.name AS caregiver, a.starts_on,"
        " a.ends_on, a.ended_on, a.ended_reason, a.status = 'ended' AND awaits_decision(a.id) AS undecided,"
        " a.source = 'ledger' AND a.created_at >= $2 AS new"
        " FROM agreement a LEFT JOIN caregiver c ON c.id = a.caregiver_id WHERE a.recipient_id = ANY ($1::uuid[])"
        f" AND a.{SEEN} AND a.ended_reason IS DISTINCT FROM 'abandoned'"
        f" ORDER BY a.recipient_id, {_BY_STATUS}, a.ended_on DESC NULLS LAST, a.id DESC",
        list(recipient_ids),
        since,
    )
    return {row["recipient_id"]: Kept(**{name: row[name] for name in _KEPT}) for row in rows}


async def arranged_for(recipient_ids: Collection[UUID]) -> set[UUID]:
    """Of whose care somebody has said otherwise in the system: temporary care runs, or nobody cares for them."""
    rows = await db.fetch(
        f"SELECT recipient_id FROM temporary_care WHERE recipient_id = ANY ($1::uuid[]) AND ended_at IS NULL AND {SEEN}"
        " UNION ALL"
        f" SELECT recipient_id FROM no_cover WHERE recipient_id = ANY ($1::uuid[]) AND ended_at IS NULL AND {SEEN}",
        list(recipient_ids),
    )
    return {row["recipient_id"] for row in rows}


async def named_in(area_ids: Collection[int], names: Collection[str], *, on: date) -> list[Named]:
    """Who is registered in these villages under these names: still active, or barred."""
    rows = await db.fetch(
        "SELECT c.id, c.area_id, c.name, c.phone_sealed, c.account_id, c.status = 'active' AS active, b.barred"
        " FROM caregiver c CROSS JOIN LATERAL (SELECT caregiver_barred(c.id, $3) AS barred) b"
        f" WHERE c.area_id = ANY ($1::int[]) AND c.name = ANY ($2::text[]) AND c.{SEEN}"
        " AND (c.status = 'active' OR b.barred) ORDER BY c.id",
        list(area_ids),
        list(names),
        on,
    )
    return await asyncio.to_thread(lambda: [_named(row) for row in rows])


def _named(row: Mapping[str, Any]) -> Named:
    sealed = row["phone_sealed"]
    phone = None if sealed is None else vault.open_sealed(sealed, f"caregiver.phone_sealed:{row['id']}")
    names = ("id", "area_id", "name", "account_id", "active", "barred")
    return Named(phone=phone, **{name: row[name] for name in names})


async def guardians_of(recipient_ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Who is on record as a person's guardian today: the name, None for one on record without a name."""
    rows = await db.fetch(
        "SELECT f.id, f.recipient_id, coalesce(f.name_sealed, ''::bytea) AS name_sealed, c.name AS caregiver"
        " FROM care_fact f LEFT JOIN caregiver c ON c.id = f.caregiver_id"
        f" WHERE f.kind = 'guardian' AND f.until_on IS NULL AND f.recipient_id = ANY ($1::uuid[]) AND f.{SEEN}",
        list(recipient_ids),
    )
    return await asyncio.to_thread(lambda: {row["recipient_id"]: _guardian(row) for row in rows})


def _guardian(row: Mapping[str, Any]) -> str | None:
    sealed = row["name_sealed"]
    name: str | None = vault.open_sealed(sealed, f"care_fact.name_sealed:{row['id']}") if sealed else row["caregiver"]
    return name


async def caregivers_of(recipient_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, str]]:
    """Id and name of who cares for each under an agreement in force."""
    rows = await db.fetch(
        "SELECT a.recipient_id, c.id, c.name FROM agreement a JOIN caregiver c ON c.id = a.caregiver_id"
        f" WHERE a.recipient_id = ANY ($1::uuid[]) AND a.status = 'active' AND a.{SEEN}",
        list(recipient_ids),
    )
    return {row["recipient_id"]: (row["id"], row["name"]) for row in rows}


async def places_of(area_ids: Collection[int]) -> dict[int, Place]:
    rows = await db.fetch(
        "SELECT v.id, v.name AS village, t.id AS township_id, t.name AS township FROM area v"
        " JOIN area t ON t.id = v.parent WHERE v.id = ANY ($1::int[])",
        list(area_ids),
    )
    return {row["id"]: Place(**{name: row[name] for name in ("village", "township_id", "township")}) for row in rows}
