"""Readings as they are taken: many in a statement, each once by its own number. The gateway's eyes: its own area."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from core import db
from core.ids import new_id
from visits.sensors.reading import Installed


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """A reading put to its sensor, its amount as it is stored."""

    sensor: Installed
    event_id: str
    at: datetime
    amount: Decimal

    @property
    def key(self) -> tuple[UUID, str]:
        return self.sensor.id, self.event_id

    @property
    def content(self) -> tuple[datetime, Decimal]:
        return self.at, self.amount


async def hear_gateway(gateway_id: UUID, *, now: datetime) -> bool:
    """Note that a gateway spoke, and hold it: what it sends at once is taken one batch after the other.

    False where it has been ended since its signature was checked.
    """
    return bool(
        await db.execute(
            "UPDATE sensor_gateway SET heard_at = greatest(heard_at, $2) WHERE id = $1 AND ended_at IS NULL",
            gateway_id,
            now,
        )
    )


async def hold_installed(gateway_id: UUID, named: Collection[str]) -> list[Installed]:
    """The sensors in use a gateway names by their id or by what it calls them, held; never another gateway's."""
    rows = await db.fetch(
        "SELECT id, area_id, label, created_at AS installed_at FROM sensor WHERE gateway_id = $1 AND ended_at IS NULL"
        " AND (id::text = ANY ($2::text[]) OR label = ANY ($2::text[])) ORDER BY id FOR NO KEY UPDATE",
        gateway_id,
        list(named),
    )
    return [Installed(**row) for row in rows]


async def add_readings(readings: Sequence[Counted], *, now: datetime) -> set[tuple[UUID, str]]:
    """Store what is new of these; the keys of what was. Each sensor has then been heard at its latest reading."""
    rows = await db.fetch(
        "WITH given AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::timestamptz[],"
        "   $6::numeric[]) AS g (id, sensor_id, event_id, area_id, at, amount)),"
        " added AS (INSERT INTO sensor_event (id, sensor_id, event_id, area_id, at, amount, received_at)"
        "   SELECT id, sensor_id, event_id, area_id, at, amount, $7 FROM given"
        "   ON CONFLICT (sensor_id, event_id) DO NOTHING RETURNING sensor_id, event_id, at),"
        " heard AS (UPDATE sensor s SET heard_at = greatest(s.heard_at, least(a.at, $7))"
        "   FROM (SELECT sensor_id, max(at) AS at FROM added GROUP BY sensor_id) a WHERE s.id = a.sensor_id)"
        " SELECT sensor_id, event_id FROM added",
        [new_id() for _ in readings],
        [one.sensor.id for one in readings],
        [one.event_id for one in readings],
        [one.sensor.area_id for one in readings],
        [one.at for one in readings],
        [one.amount for one in readings],
        now,
    )
    return {(row["sensor_id"], row["event_id"]) for row in rows}


async def known_readings(keys: Collection[tuple[UUID, str]]) -> dict[tuple[UUID, str], tuple[datetime, Decimal]]:
    """What was stored first under these numbers: when, and how much."""
    if not keys:
        return {}
    rows = await db.fetch(
        "SELECT e.sensor_id, e.event_id, e.at, e.amount FROM sensor_event e"
        " JOIN unnest($1::uuid[], $2::text[]) AS k (sensor_id, event_id) USING (sensor_id, event_id)",
        [sensor_id for sensor_id, _ in keys],
        [event_id for _, event_id in keys],
    )
    return {(row["sensor_id"], row["event_id"]): (row["at"], row["amount"]) for row in rows}


async def districts_with_sensors() -> list[int]:
    rows = await db.fetch("SELECT DISTINCT district_id FROM sensor")
    return [row["district_id"] for row in rows]


async def remove_older(kept: dict[int, timedelta], *, now: datetime, limit: int) -> int:
    """Delete up to `limit` readings their district keeps no longer."""
    return await db.execute(
        "DELETE FROM sensor_event WHERE id IN (SELECT e.id FROM sensor s"
        " JOIN unnest($1::int[], $2::interval[]) AS k (district_id, kept) ON k.district_id = s.district_id"
        " JOIN sensor_event e ON e.sensor_id = s.id AND e.at < $3::timestamptz - k.kept LIMIT $4)",
        list(kept),
        list(kept.values()),
        now,
        limit,
    )
