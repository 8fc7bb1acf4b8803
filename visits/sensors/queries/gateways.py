"""Gateways and sensors as stored. A key is sealed at its own row; only the door reads it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core import db, vault

_GATEWAY = "g.id, g.area_id, a.district_id, g.name, g.created_at, g.ended_at, g.heard_at"
_SENSOR = (
    "s.id, s.gateway_id, s.recipient_id, s.area_id, s.kind, s.label, s.created_at, s.ended_at, s.heard_at,"
    " s.silent_since"
)
_SEEN = "EXISTS (SELECT FROM area_within w WHERE w.area_id = {0}.area_id AND w.ancestor_id = ANY (visible_areas()))"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gateway:
    """Whoever sends for many sensors. `heard_at`: when it last sent anything."""

    id: UUID
    area_id: int
    district_id: int
    name: str
    created_at: datetime
    ended_at: datetime | None
    heard_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredSensor:
    """A meter or contact in a home. `heard_at`: the latest reading's own time."""

    id: UUID
    gateway_id: UUID
    recipient_id: UUID
    area_id: int
    kind: str
    label: str
    created_at: datetime
    ended_at: datetime | None
    heard_at: datetime | None
    silent_since: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Keyed:
    """A gateway by its id alone, before anything it sends is believed."""

    area_id: int
    district_id: int
    key: str


async def keyed(gateway_id: UUID) -> Keyed | None:
    """A gateway in use with its key, whoever asks: for checking a signature."""
    row = await db.ask("SELECT * FROM gateway_key($1)", gateway_id)
    if row is None:
        return None
    key = vault.open_sealed(row["key_sealed"], _place(gateway_id))
    return Keyed(area_id=row["area_id"], district_id=row["district_id"], key=key)


async def district_of(area_id: int) -> int | None:
    """The district of one of the caller's areas; None for any other, and above districts."""
    found: int | None = await db.fetch_value(
        f"SELECT g.district_id FROM (SELECT id AS area_id, district_id FROM area WHERE id = $1) g"
        f" WHERE {_SEEN.format('g')}",
        area_id,
    )
    return found


async def inside(area_id: int, of: int) -> bool:
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM area_within WHERE area_id = $1 AND ancestor_id = $2)", area_id, of
        )
    )


async def add_gateway(gateway_id: UUID, *, area_id: int, name: str, key: str, by: UUID, now: datetime) -> None:
    await db.execute(
        "INSERT INTO sensor_gateway (id, area_id, name, key_sealed, created_by, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        gateway_id,
        area_id,
        name,
        vault.seal(key, _place(gateway_id)),
        by,
        now,
    )


async def save_key(gateway_id: UUID, key: str) -> None:
    sealed = vault.seal(key, _place(gateway_id))
    await db.execute("UPDATE sensor_gateway SET key_sealed = $2 WHERE id = $1", gateway_id, sealed)


async def hold_gateway(gateway_id: UUID) -> Gateway | None:
    """Lock a gateway of the caller's areas until the transaction ends."""
    row = await db.fetch_one(
        f"SELECT {_GATEWAY} FROM sensor_gateway g JOIN area a ON a.id = g.area_id"
        f" WHERE g.id = $1 AND {_SEEN.format('g')} FOR NO KEY UPDATE OF g",
        gateway_id,
    )
    return Gateway(**row) if row else None


async def end_gateway(gateway_id: UUID, *, by: UUID, now: datetime) -> list[UUID]:
    """End a gateway and every sensor it sends for; their ids."""
    await db.execute("UPDATE sensor_gateway SET ended_by = $2, ended_at = $3 WHERE id = $1", gateway_id, by, now)
    rows = await db.fetch(
        "UPDATE sensor SET ended_by = $2, ended_at = $3, silent_since = NULL"
        " WHERE gateway_id = $1 AND ended_at IS NULL RETURNING id",
        gateway_id,
        by,
        now,
    )
    return [row["id"] for row in rows]


async def gateways(*, after: UUID | None, limit: int) -> list[Gateway]:
    """The next gateways of the caller's areas by id, ended ones too."""
    rows = await db.fetch(
        f"SELECT {_GATEWAY} FROM sensor_gateway g JOIN area a ON a.id = g.area_id"
        f" WHERE {_SEEN.format('g')} AND ($1::uuid IS NULL OR g.id > $1) ORDER BY g.id LIMIT $2",
        after,
        limit,
    )
    return [Gateway(**row) for row in rows]


async def add_sensor(
    sensor_id: UUID,
    *,
    gateway_id: UUID,
    recipient_id: UUID,
    area_id: int,
    district_id: int,
    kind: str,
    label: str,
    by: UUID,
    now: datetime,
) -> bool:
    """Store a sensor; False where its gateway calls another one the same."""
    return bool(
        await db.execute(
            "INSERT INTO sensor (id, gateway_id, recipient_id, area_id, district_id, kind, label, created_by,"
            " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " ON CONFLICT (gateway_id, label) WHERE ended_at IS NULL DO NOTHING",
            sensor_id,
            gateway_id,
            recipient_id,
            area_id,
            district_id,
            kind,
            label,
            by,
            now,
        )
    )


async def hold_sensor(sensor_id: UUID) -> StoredSensor | None:
    row = await db.fetch_one(
        f"SELECT {_SENSOR} FROM sensor s WHERE s.id = $1 AND {_SEEN.format('s')} FOR NO KEY UPDATE", sensor_id
    )
    return _sensor(row) if row else None


async def end_sensor(sensor_id: UUID, *, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE sensor SET ended_by = $2, ended_at = $3, silent_since = NULL WHERE id = $1", sensor_id, by, now
    )


async def sensors(
    *, recipient_id: UUID | None, gateway_id: UUID | None, silent: bool, after: UUID | None, limit: int
) -> list[StoredSensor]:
    """The next sensors in use in the caller's areas by id, of one home or one gateway where given."""
    rows = await db.fetch(
        f"SELECT {_SENSOR} FROM sensor s WHERE s.ended_at IS NULL AND {_SEEN.format('s')}"
        " AND ($1::uuid IS NULL OR s.recipient_id = $1) AND ($2::uuid IS NULL OR s.gateway_id = $2)"
        " AND (NOT $3 OR s.silent_since IS NOT NULL) AND ($4::uuid IS NULL OR s.id > $4) ORDER BY s.id LIMIT $5",
        recipient_id,
        gateway_id,
        silent,
        after,
        limit,
    )
    return [_sensor(row) for row in rows]


def _place(gateway_id: UUID) -> str:
    return f"sensor_gateway.key_sealed:{gateway_id}"


def _sensor(row: Mapping[str, Any]) -> StoredSensor:
    return StoredSensor(**row)
