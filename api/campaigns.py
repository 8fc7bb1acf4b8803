"""Campaigns over HTTP: begun over a filter, watched by who is still unseen, stopped cleanly."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from msgspec import Meta

from accounts.people import StaffName
from accounts.permissions import Account
from accounts.policy_words import SEVERITY_NAMES
from accounts.queries import staff_named
from api import paging
from api.values import AreaId, Moment, name_of
from core import db
from recipients.queries import masked_names
from recipients.risk import CATEGORY_WORDS, RISK_WORDS
from visits.campaigns import actions
from visits.campaigns.choosing import REASON_NAMES, Chosen
from visits.campaigns.queries import campaigns as queries
from visits.campaigns.queries import coverage as counting
from visits.campaigns.queries.campaigns import Campaign
from visits.campaigns.queries.coverage import Covered, Unseen
from visits.campaigns.refusals import CampaignNotFound
from visits.report import BLOCKS

_STATUS_NAMES = {"running": "进行中", "over": "已到期", "stopped": "提前结束"}


class ChosenPeople(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """走访对象的条件；每一项留空表示不限，多项同时满足才算。"""

    risks: Annotated[list[Literal["high", "key", "general"]], Meta(max_length=3)] = []
    categories: Annotated[
        list[Literal["aged", "severe_disability", "serious_illness", "incapacity", "minor", "living_alone"]],
        Meta(max_length=6),
    ] = []
    self_care: Annotated[list[Literal["self", "partial", "full"]], Meta(max_length=3)] = []
    living_alone: bool | None = None
    area_ids: Annotated[list[AreaId], Meta(max_length=200)] = []


class PreviewCampaign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    area_id: AreaId
    chosen: ChosenPeople


class NewCampaign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """opens_at 不填表示立即开始；到 deadline_at 仍未见到的人会逐级预警。"""

    area_id: AreaId
    title: Annotated[str, Meta(min_length=1, max_length=60)]
    reason: Literal["cold_wave", "heat", "flood", "festival", "sweep", "disaster", "other"]
    deadline_at: Moment
    opens_at: Moment | None = None
    document_number: Annotated[str, Meta(max_length=60)] = ""
    chosen: ChosenPeople


class StopCampaign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """按条件现在会走访多少人。"""

    people: int
    by_risk: dict[str, int]


class CampaignCard(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    area_id: int
    title: str
    reason: str
    reason_name: str
    document_number: str
    opens_at: datetime
    deadline_at: datetime
    status: str
    status_name: str
    chosen: ChosenPeople
    created_by: UUID
    created_by_name: str | None
    created_at: datetime
    stopped_at: datetime | None
    stop_reason: str | None


class CoveredCard(msgspec.Struct, frozen=True, kw_only=True):
    """一类人：共多少，其中已上门见到多少。"""

    word: str
    name: str
    people: int
    seen: int


class FoundCard(msgspec.Struct, frozen=True, kw_only=True):
    """一类发现，有几处。"""

    word: str
    name: str
    found: int


class CampaignDetail(msgspec.Struct, frozen=True, kw_only=True):
    """专项走访的进度，只含本辖区。统计的是还没有见到的人，不统计走访员。"""

    campaign: CampaignCard
    people: int
    seen: int
    unseen: int
    away: int
    by_risk: list[CoveredCard]
    by_category: list[CoveredCard]
    by_village: list[CoveredCard]
    hazards: list[FoundCard]
    exceptions: list[FoundCard]


class UnseenCard(msgspec.Struct, frozen=True, kw_only=True):
    """还没有见到的人。"""

    visit_id: UUID
    recipient_id: UUID
    who: str
    village: str
    risk: str
    risk_name: str
    worker_id: UUID | None
    worker: str | None


class Campaigns(Controller):
    """专项走访"""

    path = "/campaigns"
    tags = ("专项走访",)

    @post("/preview", opt={"permission": "campaign.manage"}, status_code=200)
    async def preview(self, data: PreviewCampaign, by: Account) -> Reached:
        """按条件会走访多少人；什么都不保存。"""
        found = await actions.preview_campaign(area_id=data.area_id, chosen=_chosen(data.chosen), by=by)
        return Reached(people=sum(found.values()), by_risk=found)

    @post(opt={"permission": "campaign.manage"})
    async def begin(self, data: NewCampaign, by: Account, now: datetime) -> CampaignCard:
        """开始一次专项走访：符合条件的人各排一次探访，截止时间为期限；期间新登记的人也会排上。"""
        campaign = await actions.begin_campaign(
            area_id=data.area_id,
            title=data.title,
            reason=data.reason,
            document_number=data.document_number,
            chosen=_chosen(data.chosen),
            opens_at=data.opens_at,
            deadline_at=data.deadline_at,
            by=by,
            now=now,
        )
        return _card(campaign, by.name)

    @get(opt={"permission": "campaign.read"})
    async def list_campaigns(
        self, by: Account, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[CampaignCard]:
        """本辖区的专项走访，和上级布置到本辖区的；截止最晚的在前。"""
        after = paging.after(cursor, tuple[datetime, UUID], of="campaigns")
        async with db.transaction(by.scope):
            found = await queries.campaigns_page(after=after, limit=size + 1)
            names = await staff_named({one.created_by for one in found})
        return paging.page(
            found,
            size,
            of="campaigns",
            key=lambda one: (one.deadline_at, one.id),
            item=lambda one: _card(one, name_of(one.created_by, names)),
        )

    @get("/{campaign_id:uuid}", opt={"permission": "campaign.read"})
    async def read_campaign(self, campaign_id: UUID, by: Account) -> CampaignDetail:
        """进度：应见多少人、已见多少人、发现了什么、哪些村还没有走完。"""
        async with db.transaction(by.scope):
            campaign = await _known(campaign_id)
            names = await staff_named({campaign.created_by})
            found = await counting.coverage(campaign_id)
        return CampaignDetail(
            campaign=_card(campaign, name_of(campaign.created_by, names)),
            people=found.people,
            seen=found.seen,
            unseen=found.people - found.seen - found.excused,
            away=found.excused,
            by_risk=[_covered(one, RISK_WORDS) for one in found.by_risk],
            by_category=[_covered(one, CATEGORY_WORDS) for one in found.by_category],
            by_village=[_covered(one, {}) for one in found.by_village],
            hazards=_found(found.hazards, SEVERITY_NAMES),
            exceptions=_found(found.exceptions, BLOCKS),
        )

    @get("/{campaign_id:uuid}/unseen", opt={"permission": "campaign.read"})
    async def list_unseen(
        self, campaign_id: UUID, by: Account, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[UnseenCard]:
        """还没有见到的人，本辖区的。已核实外出的不在内。"""
        after = paging.after(cursor, UUID, of=f"unseen.{campaign_id}")
        async with db.transaction(by.scope):
            await _known(campaign_id)
            found = await counting.unseen_page(campaign_id, after=after, limit=size + 1)
            who = await masked_names({one.recipient_id for one in found})
            names = await staff_named({one.worker_id for one in found if one.worker_id})
        return paging.page(
            found,
            size,
            of=f"unseen.{campaign_id}",
            key=lambda one: one.visit_id,
            item=lambda one: _unseen(one, who, names),
        )

    @post("/{campaign_id:uuid}/stop", opt={"permission": "campaign.manage"}, status_code=200)
    async def stop(self, campaign_id: UUID, data: StopCampaign, by: Account, now: datetime) -> CampaignCard:
        """提前结束：还没有去的探访取消，已有的记录、发现和预警都保留。"""
        campaign = await actions.stop_campaign(campaign_id, reason=data.reason, by=by, now=now)
        async with db.transaction(by.scope):
            names = await staff_named({campaign.created_by})
        return _card(campaign, name_of(campaign.created_by, names))


CONTROLLERS = (Campaigns,)


async def _known(campaign_id: UUID) -> Campaign:
    found = await queries.campaign(campaign_id)
    if found is None:
        raise CampaignNotFound
    return found


def _chosen(told: ChosenPeople) -> Chosen:
    return Chosen(
        risks=tuple(told.risks),
        categories=tuple(told.categories),
        self_care=tuple(told.self_care),
        living_alone=told.living_alone,
        area_ids=tuple(told.area_ids),
    )


def _card(one: Campaign, by_name: str | None) -> CampaignCard:
    chosen = one.chosen
    return CampaignCard(
        id=one.id,
        area_id=one.area_id,
        title=one.title,
        reason=one.reason,
        reason_name=REASON_NAMES[one.reason],  # type: ignore[index]  # the table's own check holds it to these words
        document_number=one.document_number,
        opens_at=one.opens_at,
        deadline_at=one.deadline_at,
        status=one.status,
        status_name=_STATUS_NAMES[one.status],
        chosen=ChosenPeople(
            risks=list(chosen.risks),
            categories=list(chosen.categories),
            self_care=list(chosen.self_care),
            living_alone=chosen.living_alone,
            area_ids=list(chosen.area_ids),
        ),
        created_by=one.created_by,
        created_by_name=by_name,
        created_at=one.created_at,
        stopped_at=one.stopped_at,
        stop_reason=one.stop_reason,
    )


def _found(counts: Mapping[str, int], names: Mapping[Any, str]) -> list[FoundCard]:
    """In the order of the names: what weighs most, or is looked at first, comes first."""
    return [FoundCard(word=str(word), name=name, found=counts[word]) for word, name in names.items() if word in counts]


def _covered(one: Covered, words: Mapping[Any, str]) -> CoveredCard:
    return CoveredCard(word=one.name, name=words.get(one.name, one.name), people=one.people, seen=one.seen)


def _unseen(one: Unseen, who: Mapping[UUID, str], names: Mapping[UUID, StaffName]) -> UnseenCard:
    return UnseenCard(
        visit_id=one.visit_id,
        recipient_id=one.recipient_id,
        who=who.get(one.recipient_id, ""),
        village=one.village,
        risk=one.risk,
        risk_name=RISK_WORDS[one.risk],  # type: ignore[index]  # the table's own check holds it to these words
        worker_id=one.worker_id,
        worker=name_of(one.worker_id, names),
    )
