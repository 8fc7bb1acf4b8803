"""What tests about sensors need: a gateway, sensors in homes, signed requests, windows to witness."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import msgspec

from core.ids import new_id
from tests.cast import Cast
from visits.sensors import actions
from visits.sensors.actions import Admitted, Outcome
from visits.sensors.queries.gateways import Gateway, StoredSensor
from visits.sensors.reading import Reading
from visits.sensors.signing import sign
from visits.sensors.witness import Kind

LONG_AGO = timedelta(days=30)


async def gateway(cast: Cast, *, area_id: int | None = None) -> tuple[Gateway, str]:
    """A gateway of the township, added a month ago, and its key."""
    place = cast.township if area_id is None else area_id
    by = cast.specialist if area_id is None else cast.district
    return await actions.add_gateway(area_id=place, name="镇网关", by=by, now=cast.now - LONG_AGO)


async def sensor(
    cast: Cast, of: Gateway, recipient: UUID, *, kind: Kind = "water", label: str = "", hung: timedelta = LONG_AGO
) -> StoredSensor:
    """In somebody's home for a month, unless said otherwise."""
    return await actions.install_sensor(
        gateway_id=of.id,
        recipient_id=recipient,
        kind=kind,
        label=label or str(new_id())[:30],
        by=cast.district,
        now=cast.now - hung,
    )


async def send(of: Gateway, *readings: Reading, now: datetime) -> list[Outcome]:
    """What a gateway that was admitted gets for these."""
    admitted = Admitted(id=of.id, area_id=of.area_id, district_id=of.district_id)
    return await actions.take_readings(readings, gateway=admitted, now=now)


def counted(sensor: StoredSensor | str, amount: float | str, at: datetime, *, event_id: str | None = None) -> Reading:
    name = sensor if isinstance(sensor, str) else str(sensor.id)
    return Reading(sensor=name, event_id=event_id or str(new_id()), at=at, amount=Decimal(str(amount)))


async def window(cast: Cast, recipient: UUID, *, closes_at: datetime, **columns: Any) -> UUID:
    """A morning of two hours somebody is expected to look at."""
    row: dict[str, Any] = {
        "id": new_id(),
        "recipient_id": recipient,
        "area_id": cast.village,
        "district_id": cast.district_area,
        "risk": "high",
        "on_day": closes_at.date(),
        "part": "morning",
        "opens_at": closes_at - timedelta(hours=2),
        "closes_at": closes_at,
        "status": "expected",
        **columns,
    }
    marks = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await cast.owner.execute(f"INSERT INTO daily_check ({', '.join(row)}) VALUES ({marks})", *row.values())
    return UUID(str(row["id"]))


async def witnessed(cast: Cast, recipient: UUID) -> list[str]:
    """What sensors were heard to say of somebody's windows."""
    rows = await cast.owner.fetch(
        "SELECT seen FROM observation WHERE recipient_id = $1 AND source = 'sensor' ORDER BY logged_at", recipient
    )
    return [row["seen"] for row in rows]


async def post_readings(
    http: httpx.AsyncClient,
    gateway_id: UUID | str,
    key: str,
    readings: Sequence[Any] | bytes,
    *,
    at: datetime,
    **headers: str,
) -> httpx.Response:
    """A batch signed as a gateway signs; `headers` replace what it would send."""
    body = readings if isinstance(readings, bytes) else msgspec.json.encode({"readings": readings})
    timestamp = str(int(at.timestamp()))
    given: Mapping[str, str] = {
        "content-type": "application/json",
        "x-gateway": str(gateway_id),
        "x-timestamp": timestamp,
        "x-signature": sign(key, timestamp, body),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return await http.post("/v1/sensors/readings", content=body, headers=given)
