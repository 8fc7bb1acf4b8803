"""Gateways and the sensors they send for: added, given a new key, ended."""

import secrets
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import resolve_for
from core import db, journal
from core.ids import new_id
from recipients.queries import support_facts_of
from recipients.refusals import RecipientNotFound
from visits.sensors.queries import gateways as queries
from visits.sensors.queries.gateways import Gateway, StoredSensor
from visits.sensors.refusals import (
    GatewayAreaUnfit,
    GatewayEnded,
    GatewayNotFound,
    HomeOutsideGateway,
    LabelTaken,
    NotSupported,
    SensorEnded,
    SensorNotFound,
)
from visits.sensors.witness import Kind

SILENCE = frozenset({"sensor_silent"})


async def add_gateway(*, area_id: int, name: str, by: Account, now: datetime) -> tuple[Gateway, str]:
    """A gateway for the homes of one area, and its key, which is told this once."""
    gateway_id, key = new_id(), _new_key()
    async with db.transaction(by.scope):
        if await queries.district_of(area_id) is None:
            raise GatewayAreaUnfit(field="/area_id")
        await queries.add_gateway(gateway_id, area_id=area_id, name=name, key=key, by=by.id, now=now)
        await _tell("gateway.added", gateway_id, area_id, by, now)
        return await _gateway(gateway_id), key


async def renew_key(gateway_id: UUID, *, by: Account, now: datetime) -> tuple[Gateway, str]:
    """Another key, told this once; the one before is good for nothing from now on."""
    key = _new_key()
    async with db.transaction(by.scope):
        found = await _gateway_in_use(gateway_id)
        await queries.save_key(gateway_id, key)
        await _tell("gateway.rekeyed", gateway_id, found.area_id, by, now)
        return found, key


async def end_gateway(gateway_id: UUID, *, by: Account, now: datetime) -> Gateway:
    """Nothing is taken from it any more, and its sensors are ended with it."""
    async with db.transaction(by.scope):
        found = await _gateway_in_use(gateway_id)
        ended = await queries.end_gateway(gateway_id, by=by.id, now=now)
        await _settle(ended, by=by, now=now)
        await _tell("gateway.ended", gateway_id, found.area_id, by, now, sensors=len(ended))
        return await _gateway(gateway_id)


async def install_sensor(
    *, gateway_id: UUID, recipient_id: UUID, kind: Kind, label: str, by: Account, now: datetime
) -> StoredSensor:
    """A sensor in somebody's home, called `label` by its gateway. It speaks of nothing before this moment."""
    sensor_id = new_id()
    async with db.transaction(by.scope):
        gateway = await _gateway_in_use(gateway_id)
        home = (await support_facts_of([recipient_id])).get(recipient_id)
        if home is None:
            raise RecipientNotFound
        if not home.supported:
            raise NotSupported
        if not await queries.inside(home.area_id, gateway.area_id):
            raise HomeOutsideGateway(field="/recipient_id")
        added = await queries.add_sensor(
            sensor_id,
            gateway_id=gateway_id,
            recipient_id=recipient_id,
            area_id=home.area_id,
            district_id=home.district_id,
            kind=kind,
            label=label,
            by=by.id,
            now=now,
        )
        if not added:
            raise LabelTaken(field="/label")
        await _tell("sensor.installed", sensor_id, home.area_id, by, now, recipient=str(recipient_id), sort=kind)
        return await _sensor(sensor_id)


async def end_sensor(sensor_id: UUID, *, by: Account, now: datetime) -> StoredSensor:
    """The sensor is taken down: its readings stay, and it witnesses nothing any more."""
    async with db.transaction(by.scope):
        found = await _sensor(sensor_id)
        if found.ended_at is not None:
            raise SensorEnded
        await queries.end_sensor(sensor_id, by=by.id, now=now)
        await _settle([sensor_id], by=by, now=now)
        await _tell("sensor.ended", sensor_id, found.area_id, by, now)
        return await _sensor(sensor_id)


async def _settle(sensor_ids: list[UUID], *, by: Account, now: datetime) -> None:
    await resolve_for(sensor_ids, kinds=SILENCE, outcome="closed", evidence={}, by=by.id, now=now)


async def _gateway_in_use(gateway_id: UUID) -> Gateway:
    found = await _gateway(gateway_id)
    if found.ended_at is not None:
        raise GatewayEnded
    return found


async def _gateway(gateway_id: UUID) -> Gateway:
    found = await queries.hold_gateway(gateway_id)
    if found is None:
        raise GatewayNotFound
    return found


async def _sensor(sensor_id: UUID) -> StoredSensor:
    found = await queries.hold_sensor(sensor_id)
    if found is None:
        raise SensorNotFound
    return found


def _new_key() -> str:
    return secrets.token_urlsafe(32)


async def _tell(kind: str, subject: UUID, area_id: int, by: Account, now: datetime, **facts: str | int) -> None:
    await journal.write(kind, subject_id=subject, area_id=area_id, by=by.id, at=now, facts=facts)
