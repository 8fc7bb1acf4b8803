"""Sensors over HTTP: gateways and devices managed by the township, readings taken from whoever signs them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Request, get, post
from msgspec import Meta

from accounts.permissions import Account
from api import paging
from api.alert_story import Named, Names
from api.openapi import also
from api.permissions import PUBLIC
from api.request import decode
from api.values import AreaId, Moment
from core import db
from core.errors import Refusal, code_of
from recipients.queries import masked_names
from visits.sensors import actions
from visits.sensors.actions import Admitted, Outcome
from visits.sensors.queries import gateways as queries
from visits.sensors.queries.gateways import Gateway, StoredSensor
from visits.sensors.reading import MOST_AT_ONCE, Reading
from visits.sensors.refusals import SignatureRefused, TooManyReadings
from visits.sensors.witness import KIND_NAMES, Kind

_LATE = "已保存。读数到达过晚，只作记录，不再作为当时早晚查看的依据。"
_GATEWAY = "gateway"
_READ, _MANAGE = {"permission": "sensor.read"}, {"permission": "sensor.manage"}


class NewGateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    area_id: AreaId
    name: Annotated[str, Meta(min_length=1, max_length=40)]


class NewSensor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """label 为网关对这个设备的称呼，读数里可以用它，也可以用设备编号；请勿填写姓名、住址。"""

    gateway_id: UUID
    recipient_id: UUID
    kind: Kind
    label: Annotated[str, Meta(min_length=1, max_length=40)]


class GatewayCard(msgspec.Struct, frozen=True, kw_only=True):
    """heard_at：最近一次收到数据的时间。"""

    id: UUID
    area_id: int
    name: str
    created_at: datetime
    ended_at: datetime | None
    heard_at: datetime | None


class KeyedGateway(msgspec.Struct, frozen=True, kw_only=True):
    """密钥只显示这一次，请直接录入网关。签名为 HMAC-SHA256(密钥, 时间戳 + "." + 正文) 的十六进制。"""

    gateway: GatewayCard
    key: str


class SensorCard(msgspec.Struct, frozen=True, kw_only=True):
    """silent_since：设备无信号的起始时间；无信号不等于无活动。"""

    id: UUID
    gateway_id: UUID
    recipient: Named | None
    area_id: int
    kind: str
    kind_name: str
    label: str
    created_at: datetime
    ended_at: datetime | None
    heard_at: datetime | None
    silent_since: datetime | None


class OneReading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """amount：距上一条读数的用水(升)、用电(瓦时)或开门次数；没有用量也须按时发送 0。"""

    sensor: Annotated[str, Meta(min_length=1, max_length=40)]
    event_id: Annotated[str, Meta(min_length=1, max_length=64)]
    at: Moment
    amount: Decimal


class Readings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一批读数，最多 1000 条，每条为 {sensor, event_id, at, amount}；其中一条有问题，不影响其他各条。"""

    readings: list[msgspec.Raw]


class ReadingResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """taken：已接收；repeated：此前已收到同一条；refused：未采用，原因见 detail。"""

    index: int
    status: Literal["taken", "repeated", "refused"]
    code: str | None = None
    detail: str | None = None
    field: str | None = None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    server_time: datetime
    results: list[ReadingResult]


async def check_signature(request: Request[Any, Any, Any]) -> None:
    """Before the body is read as anything: whoever sent just these bytes, just now, holds a gateway's key."""
    body = await request.body()
    try:
        gateway_id = UUID(request.headers.get("x-gateway", ""))
    except ValueError:
        raise SignatureRefused from None
    request.state[_GATEWAY] = await actions.admit(
        gateway_id,
        timestamp=request.headers.get("x-timestamp", ""),
        signature=request.headers.get("x-signature", ""),
        body=body,
        now=request.app.state.now(),
    )


class Gateways(Controller):
    """感应设备网关"""

    path = "/sensor-gateways"
    tags = ("感应设备",)

    @get(opt=_READ)
    async def list_gateways(
        self, by: Account, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[GatewayCard]:
        """辖区内的网关，含已停用的。不含密钥。"""
        async with db.transaction(by.scope):
            after = paging.after(cursor, UUID, of="sensor_gateways")
            found = await queries.gateways(after=after, limit=size + 1)
        return paging.page(found, size, of="sensor_gateways", key=lambda one: one.id, item=_gateway)

    @post(opt=_MANAGE)
    async def add_gateway(self, data: NewGateway, by: Account, now: datetime) -> KeyedGateway:
        """登记一个网关，取得它的编号和密钥。"""
        return _keyed(*await actions.add_gateway(area_id=data.area_id, name=data.name, by=by, now=now))

    @post("/{gateway_id:uuid}/key", opt=_MANAGE, status_code=200)
    async def renew_key(self, gateway_id: UUID, by: Account, now: datetime) -> KeyedGateway:
        """更换密钥，旧密钥立即失效。"""
        return _keyed(*await actions.renew_key(gateway_id, by=by, now=now))

    @post("/{gateway_id:uuid}/end", opt=_MANAGE, status_code=200)
    async def end_gateway(self, gateway_id: UUID, by: Account, now: datetime) -> GatewayCard:
        """停用网关和它名下的全部设备，立即生效。"""
        return _gateway(await actions.end_gateway(gateway_id, by=by, now=now))


class Sensors(Controller):
    """感应设备"""

    path = "/sensors"
    tags = ("感应设备",)

    @get(opt=_READ)
    async def list_sensors(
        self,
        by: Account,
        recipient_id: UUID | None = None,
        gateway_id: UUID | None = None,
        silent: bool = False,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[SensorCard]:
        """在用的设备；silent=true 只列无信号的。不提供读数明细。"""
        async with db.transaction(by.scope):
            found = await queries.sensors(
                recipient_id=recipient_id,
                gateway_id=gateway_id,
                silent=silent,
                after=paging.after(cursor, UUID, of="sensors"),
                limit=size + 1,
            )
            names = await masked_names({one.recipient_id for one in found})
        return paging.page(found, size, of="sensors", key=lambda one: one.id, item=lambda one: _sensor(one, names))

    @post(opt=_MANAGE, responses=also(404))
    async def install(self, data: NewSensor, by: Account, now: datetime) -> SensorCard:
        """在一户安装一个设备。此前的读数不作数。"""
        found = await actions.install_sensor(
            gateway_id=data.gateway_id,
            recipient_id=data.recipient_id,
            kind=data.kind,
            label=data.label,
            by=by,
            now=now,
        )
        return await _card(found, by)

    @post("/{sensor_id:uuid}/end", opt=_MANAGE, status_code=200)
    async def end(self, sensor_id: UUID, by: Account, now: datetime) -> SensorCard:
        """停用一个设备。"""
        return await _card(await actions.end_sensor(sensor_id, by=by, now=now), by)

    @post(
        "/readings",
        opt={"permission": PUBLIC, "apart": True},
        status_code=200,
        before_request=check_signature,
        responses=also(401),
    )
    async def take_readings(self, request: Request[Any, Any, Any], data: Readings, now: datetime) -> Taken:
        """网关发送读数。请求头：X-Gateway 网关编号，X-Timestamp 时间戳(Unix 秒，与服务器相差不超过 5 分钟)，

        X-Signature 签名。重复发送无妨：每个设备的每个 event_id 只计一次。
        """
        if len(data.readings) > MOST_AT_ONCE:
            raise TooManyReadings(field="/readings")
        gateway: Admitted = request.state[_GATEWAY]
        outcomes = await actions.take_readings([_read(raw) for raw in data.readings], gateway=gateway, now=now)
        return Taken(server_time=now, results=[_result(index, one) for index, one in enumerate(outcomes)])


CONTROLLERS = (Gateways, Sensors)


def _read(raw: msgspec.Raw) -> Reading | Refusal:
    try:
        found: OneReading = decode(bytes(raw), OneReading)
    except Refusal as refusal:
        return refusal
    return Reading(sensor=found.sensor, event_id=found.event_id, at=found.at, amount=found.amount)


def _result(index: int, one: Outcome) -> ReadingResult:
    if one.refusal is not None:
        code, told = code_of(one.refusal), one.refusal
        return ReadingResult(index=index, status=one.status, code=code, detail=told.detail, field=told.field)
    if one.late:
        return ReadingResult(index=index, status=one.status, code="late", detail=_LATE)
    return ReadingResult(index=index, status=one.status)


def _keyed(one: Gateway, key: str) -> KeyedGateway:
    return KeyedGateway(gateway=_gateway(one), key=key)


def _gateway(one: Gateway) -> GatewayCard:
    return GatewayCard(
        id=one.id,
        area_id=one.area_id,
        name=one.name,
        created_at=one.created_at,
        ended_at=one.ended_at,
        heard_at=one.heard_at,
    )


async def _card(one: StoredSensor, by: Account) -> SensorCard:
    async with db.transaction(by.scope):
        return _sensor(one, await masked_names([one.recipient_id]))


def _sensor(one: StoredSensor, names: Mapping[UUID, str]) -> SensorCard:
    return SensorCard(
        id=one.id,
        gateway_id=one.gateway_id,
        recipient=Names(names)(one.recipient_id),
        area_id=one.area_id,
        kind=one.kind,
        kind_name=KIND_NAMES[one.kind],  # type: ignore[index]  # the table's own check holds it to the three words
        label=one.label,
        created_at=one.created_at,
        ended_at=one.ended_at,
        heard_at=one.heard_at,
        silent_since=one.silent_since,
    )
