"""Phones as stored: when each last spoke, whose they are, and the codes that bind them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A phone bound to an account."""

    id: UUID
    label: str
    activated_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Activated:
    """Whom an activation code was made for."""

    activation_id: UUID
    account_id: UUID
    district_id: int
    area_id: int | None


async def phones_last_seen(account_ids: Collection[UUID]) -> dict[UUID, datetime | None]:
    """When a phone of each account last spoke to the server; None for an account without a bound phone."""
    rows = await db.fetch(
        "SELECT account, max(last_seen_at) AS seen FROM device"
        " WHERE account = ANY ($1::uuid[]) AND revoked_at IS NULL GROUP BY account",
        list(account_ids),
    )
    seen = {row["account"]: row["seen"] for row in rows}
    return {account_id: seen.get(account_id) for account_id in account_ids}


async def devices_of(account_id: UUID) -> tuple[Device, ...]:
    """The phones of an account, revoked ones too, the latest first."""
    rows = await db.fetch(
        "SELECT id, label, activated_at, last_seen_at, revoked_at FROM device WHERE account = $1"
        " ORDER BY activated_at DESC, id DESC",
        account_id,
    )
    return tuple(
        Device(
            id=row["id"],
            label=row["label"],
            activated_at=row["activated_at"],
            last_seen_at=row["last_seen_at"],
            revoked_at=row["revoked_at"],
        )
        for row in rows
    )


async def add_activation(
    activation_id: UUID, *, code_hash: bytes, account_id: UUID, by: UUID, expires_at: datetime, now: datetime
) -> None:
    """Keep a new code, by its keyed hash; codes of the same account not used yet are void."""
    await db.execute(
        "UPDATE activation SET expires_at = $2 WHERE account = $1 AND used_at IS NULL AND expires_at > $2",
        account_id,
        now,
    )
    await db.execute(
        "INSERT INTO activation (id, code_hash, account, created_by, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        activation_id,
        code_hash,
        account_id,
        by,
        now,
        expires_at,
    )


async def use_activation(code_hash: bytes, now: datetime) -> Activated | None:
    """Use up a code; None when it is unknown, used, void or expired, or its account has ended."""
    row = await db.fetch_one(
        "UPDATE activation v SET used_at = $2 FROM account a"
        " WHERE v.code_hash = $1 AND v.used_at IS NULL AND v.expires_at > $2 AND a.id = v.account"
        " AND a.status = 'active' RETURNING v.id, v.account, a.district_id,"
        " (SELECT min(r.area) FROM account_area r WHERE r.account = a.id) AS area_id",
        code_hash,
        now,
    )
    if row is None:
        return None
    return Activated(
        activation_id=row["id"],
        account_id=row["account"],
        district_id=row["district_id"],
        area_id=row["area_id"],
    )


async def add_device(device_id: UUID, *, activation: Activated, label: str, now: datetime) -> None:
    """Bind a phone by the code it was given."""
    await db.execute(
        "INSERT INTO device (id, account, label, activated_at, last_seen_at) VALUES ($1, $2, $3, $4, $4)",
        device_id,
        activation.account_id,
        label,
        now,
    )
    await db.execute("UPDATE activation SET device = $2 WHERE id = $1", activation.activation_id, device_id)


async def close_device(device_id: UUID, account_id: UUID, *, by: UUID, now: datetime) -> bool | None:
    """Revoke a phone of this account and end its sessions. False: it was revoked before; None: no such phone."""
    found = await db.fetch_one(
        "SELECT revoked_at FROM device WHERE id = $1 AND account = $2 FOR UPDATE", device_id, account_id
    )
    if found is None:
        return None
    if found["revoked_at"] is not None:
        return False
    await db.execute("UPDATE device SET revoked_at = $2, revoked_by = $3 WHERE id = $1", device_id, now, by)
    await db.execute(
        "UPDATE session SET ended_at = $2, ended_reason = 'device_revoked' WHERE device = $1 AND ended_at IS NULL",
        device_id,
        now,
    )
    return True


async def close_devices(account_id: UUID, *, by: UUID, now: datetime) -> int:
    """Revoke every phone of an account, and the codes that would bind another."""
    await db.execute(
        "UPDATE activation SET expires_at = $2 WHERE account = $1 AND used_at IS NULL AND expires_at > $2",
        account_id,
        now,
    )
    return await db.execute(
        "UPDATE device SET revoked_at = $2, revoked_by = $3 WHERE account = $1 AND revoked_at IS NULL",
        account_id,
        now,
        by,
    )
