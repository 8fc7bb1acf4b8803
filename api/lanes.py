"""Lanes over HTTP: opened, filled, given links; and what became of a lane's windows on a day."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import Parameter
from msgspec import Meta

from accounts.permissions import Account
from api import paging
from api.lane_cards import (
    HouseholdCard,
    IssuedLinkCard,
    LaneCard,
    LaneDetail,
    WindowCard,
    household_card,
    issued_link_card,
    lane_card,
    lane_detail,
    window_card,
)
from api.values import AreaId, Moment
from api.watch import Exceptions, PartOfDay, TapTaken, tap_taken
from core import db
from core.clock import local_day
from recipients.queries import masked_names
from visits.daily import actions
from visits.daily.queries import lanes as queries
from visits.daily.queries import links
from visits.daily.queries.lanes import Household, Lane
from visits.daily.refusals import LaneNotFound

_READ = {"permission": "lane.read"}
_MANAGE = {"permission": "lane.manage"}
_TAGS = ("窗帘和灯",)

OwnWindow = Annotated[str, Meta(min_length=11, max_length=11)]
Day = Annotated[date | None, Parameter(description="哪一天；不填为今天。")]


class NewLane(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """account_id 只在守望员有账号时填；其他守望员用个人链接。"""

    area_id: AreaId
    name: Annotated[str, Meta(min_length=1, max_length=40)]
    watcher_name: Annotated[str, Meta(min_length=1, max_length=20)]
    account_id: UUID | None = None


class NewHousehold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """shown_as 是守望员看到的称呼：门牌号或“李奶奶”，不能是全名。时段不填按政策。"""

    recipient_id: UUID
    shown_as: Annotated[str, Meta(min_length=1, max_length=40)]
    morning: OwnWindow | None = None
    evening: OwnWindow | None = None


class OwnWindows(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """这一户自己的时段，如 06:30-08:00；空着的按政策。从下一个还没有开始的时段起生效。"""

    morning: OwnWindow | None = None
    evening: OwnWindow | None = None


class LaneTap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一次点选：all 表示全部正常，exceptions 单独写明哪几户不同。id 由填报的一方生成。"""

    id: UUID
    on_day: date
    part: PartOfDay
    all: bool = False
    exceptions: Exceptions = {}
    made_at: Moment


class Lanes(Controller):
    """守望线"""

    path = "/lanes"
    tags = _TAGS

    @post(opt=_MANAGE)
    async def open_lane(self, data: NewLane, by: Account, now: datetime) -> LaneCard:
        """新建一条守望线。"""
        lane = await actions.open_lane(
            area_id=data.area_id,
            name=data.name,
            watcher_name=data.watcher_name,
            account_id=data.account_id,
            by=by,
            now=now,
        )
        return lane_card(lane, 0)

    @get(opt=_READ)
    async def list_lanes(
        self,
        by: Account,
        status: Literal["active", "ended"] | None = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[LaneCard]:
        """本辖区的守望线，和每条线现在守望的户数。"""
        after = paging.after(cursor, UUID, of="lanes")
        async with db.transaction(by.scope):
            found = await queries.lanes_page(after=after, status=status, limit=size + 1)
        return paging.page(found, size, of="lanes", key=lambda one: one[0].id, item=lambda one: lane_card(*one))

    @get("/{lane_id:uuid}", opt=_READ)
    async def read_lane(self, lane_id: UUID, by: Account) -> LaneDetail:
        """一条守望线：各户和发出的链接。链接本身不再显示。"""
        async with db.transaction(by.scope):
            lane = await _known(lane_id)
            households = await queries.households_of(lane_id)
            who = await masked_names({one.recipient_id for one in households})
            return lane_detail(lane, households, who, await links.links_of(lane_id))

    @get("/{lane_id:uuid}/windows", opt=_READ)
    async def read_windows(self, lane_id: UUID, by: Account, now: datetime, on_day: Day = None) -> list[WindowCard]:
        """这条线某一天各户各时段的情况。"""
        async with db.transaction(by.scope):
            await _known(lane_id)
            found = await queries.windows_of(lane_id, on_day or local_day(now))
            who = await masked_names({one["recipient_id"] for one in found})
        return [window_card(one, who) for one in found]

    @post("/{lane_id:uuid}/end", opt=_MANAGE, status_code=200)
    async def end_lane(self, lane_id: UUID, by: Account, now: datetime) -> LaneCard:
        """停用：各户移出，链接失效；已有的记录和预警都保留。"""
        return lane_card(await actions.end_lane(lane_id, by=by, now=now), 0)

    @post("/{lane_id:uuid}/households", opt=_MANAGE)
    async def add_household(self, lane_id: UUID, data: NewHousehold, by: Account, now: datetime) -> HouseholdCard:
        """加入一户。户数上限按政策。"""
        household = await actions.add_household(
            lane_id,
            recipient_id=data.recipient_id,
            shown_as=data.shown_as,
            morning=data.morning,
            evening=data.evening,
            by=by,
            now=now,
        )
        return household_card(household, await _who(household, by))

    @put("/{lane_id:uuid}/households/{household_id:uuid}/windows", opt=_MANAGE)
    async def set_windows(
        self, lane_id: UUID, household_id: UUID, data: OwnWindows, by: Account, now: datetime
    ) -> HouseholdCard:
        """改这一户自己的时段。"""
        household = await actions.set_windows(
            household_id, lane_id, morning=data.morning, evening=data.evening, by=by, now=now
        )
        return household_card(household, await _who(household, by))

    @delete("/{lane_id:uuid}/households/{household_id:uuid}", opt=_MANAGE)
    async def remove_household(self, lane_id: UUID, household_id: UUID, by: Account, now: datetime) -> None:
        """移出一户。"""
        await actions.remove_household(household_id, lane_id, by=by, now=now)

    @post("/{lane_id:uuid}/links", opt=_MANAGE)
    async def issue_link(self, lane_id: UUID, by: Account, now: datetime) -> IssuedLinkCard:
        """发一个个人链接。口令只显示这一次，请当面交给守望员。"""
        return issued_link_card(await actions.issue_link(lane_id, by=by, now=now))

    @delete("/{lane_id:uuid}/links/{link_id:uuid}", opt=_MANAGE)
    async def revoke_link(self, lane_id: UUID, link_id: UUID, by: Account, now: datetime) -> None:
        """收回一个链接，立即失效。"""
        await actions.revoke_link(link_id, lane_id, by=by, now=now)

    @post("/{lane_id:uuid}/observations", opt={"permission": "check.log"}, status_code=200)
    async def observe(self, lane_id: UUID, data: LaneTap, by: Account, now: datetime) -> TapTaken:
        """登记看到的情况：自己看的，或守望员打电话告知的。"""
        taken = await actions.observe(
            data.id,
            lane_id,
            data.on_day,
            data.part,
            all_changed=data.all,
            exceptions=data.exceptions,
            made_at=data.made_at,
            by=by,
            now=now,
        )
        return tap_taken(taken)


CONTROLLERS = (Lanes,)


async def _known(lane_id: UUID) -> Lane:
    found = await queries.lane(lane_id)
    if found is None:
        raise LaneNotFound
    return found


async def _who(household: Household, by: Account) -> Mapping[UUID, Any]:
    async with db.transaction(by.scope):
        return await masked_names({household.recipient_id})
