"""Hazards over HTTP: recorded by whoever finds them, closed by what was seen."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from msgspec import Meta

from accounts.permissions import Account
from accounts.queries import staff_named
from api import paging
from api.hazard_cards import HazardCard, hazard_card
from api.openapi import also
from api.values import Moment
from caregivers.rectification import actions
from caregivers.rectification.actions import PersonsHazard
from caregivers.rectification.queries import reading
from caregivers.rectification.queries.reading import HazardRead
from caregivers.rectification.refusals import HazardNotFound
from core import db
from recipients.queries import masked_names
from visits.photos.queries import photos_of

Severity = Literal["general", "serious", "critical"]
Block = Literal["identity", "living", "health", "mood", "safety", "hygiene", "neighbours", "money", "care", "needs"]
Status = Literal["open", "removed", "withdrawn", "mistaken"]
Text = Annotated[str, Meta(min_length=1, max_length=500)]


class NewHazard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """投诉、检查发现或未履行约定的一项隐患。编号由提交方生成，重复提交不会重复登记；投诉人只封存，不公开。"""

    id: UUID
    recipient_id: UUID
    source: Literal["complaint", "inspection", "missed_duty"]
    source_id: UUID | None = None
    severity: Severity
    block: Block
    what: Text
    found_at: Moment
    removed_now: bool = False
    complainant: Annotated[str, Meta(max_length=100)] | None = None


class CloseHazard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """办结：已消除，或情况不实；须写明看到的情况。"""

    ending: Literal["removed", "mistaken"]
    evidence: Text


class Purpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """查看投诉人的用途；每次查看都会记录。"""

    purpose: Annotated[str, Meta(min_length=1, max_length=200)]


class Complainant(msgspec.Struct, frozen=True, kw_only=True):
    """投诉人。没有登记的为空。"""

    complainant: str | None


class Hazards(Controller):
    """隐患"""

    path = "/hazards"
    tags = ("隐患整改",)

    @get(opt={"permission": "hazard.read"})
    async def list_hazards(
        self,
        by: Account,
        status: Status | None = None,
        severity: Severity | None = None,
        recipient_id: UUID | None = None,
        agreement_id: UUID | None = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[HazardCard]:
        """本辖区的隐患，最近发现的在前。"""
        after = paging.after(cursor, tuple[datetime, UUID], of="hazards")
        async with db.transaction(by.scope):
            found = await reading.hazards_page(
                status=status,
                severity=severity,
                recipient_id=recipient_id,
                agreement_id=agreement_id,
                after=after,
                limit=size + 1,
            )
            cards = {one.id: one for one in await _cards(found)}
        return paging.page(
            found, size, of="hazards", key=lambda one: (one.found_at, one.id), item=lambda one: cards[one.id]
        )

    @post(opt={"permission": "hazard.record"}, responses=also(404))
    async def record(self, data: NewHazard, by: Account, now: datetime) -> HazardCard:
        """登记一项隐患。严重程度由发现人认定；同一来源重复登记，得到第一次登记的那一项。"""
        new = PersonsHazard(
            id=data.id,
            recipient_id=data.recipient_id,
            source=data.source,
            source_id=data.source_id,
            severity=data.severity,
            block=data.block,
            what=data.what,
            found_at=data.found_at,
            removed_now=data.removed_now,
            complainant=data.complainant,
        )
        return await _card(await actions.record_hazard(new, by=by, now=now), by)

    @get("/{hazard_id:uuid}", opt={"permission": "hazard.read"})
    async def read(self, hazard_id: UUID, by: Account) -> HazardCard:
        """一项隐患。"""
        return await _card(hazard_id, by)

    @post("/{hazard_id:uuid}/close", opt={"permission": "order.decide"}, status_code=200)
    async def close(self, hazard_id: UUID, data: CloseHazard, by: Account, now: datetime) -> HazardCard:
        """办结一项隐患。正在整改的，或撤换事项未决的严重隐患，不能人工办结。"""
        await actions.close_hazard(hazard_id, ending=data.ending, evidence=data.evidence, by=by, now=now)
        return await _card(hazard_id, by)

    @post("/{hazard_id:uuid}/complainant", opt={"permission": "order.decide"}, status_code=200)
    async def reveal(self, hazard_id: UUID, data: Purpose, by: Account, now: datetime) -> Complainant:
        """查看投诉人。与照料人有关系的人员不能查看。"""
        found = await actions.reveal_complainant(hazard_id, purpose=data.purpose, by=by, now=now)
        return Complainant(complainant=found)


CONTROLLERS = (Hazards,)


async def _card(hazard_id: UUID, by: Account) -> HazardCard:
    async with db.transaction(by.scope):
        found = await reading.hazard_read(hazard_id)
        if found is None:
            raise HazardNotFound
        return (await _cards([found]))[0]


async def _cards(found: list[HazardRead]) -> list[HazardCard]:
    names = await masked_names({one.recipient_id for one in found})
    staff = await staff_named({one.found_by for one in found if one.found_by})
    told = {account_id: one.name for account_id, one in staff.items()}
    photos = await photos_of("hazard", {one.id for one in found})
    return [hazard_card(one, names, told, photos) for one in found]
