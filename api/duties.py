"""Who is on duty, who is on leave, and where nobody will answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, delete, get, post
from litestar.params import Parameter

from accounts import actions
from accounts.areas import Area
from accounts.duty import DUTY_NAMES, Duty
from accounts.people import StaffName
from accounts.permissions import Account
from accounts.queries import areas as area_queries
from accounts.queries import coming_gaps, staff_named
from accounts.queries import duties as duty_queries
from accounts.queries.duties import HeldDuty, TakenLeave
from api import paging
from api.openapi import also
from api.values import AreaId, AreaIdInAddress, Moment
from core import db

_READ = {"permission": "duty.read"}
_MANAGE = {"permission": "duty.manage"}


class NewDuty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From now and for good unless said otherwise. Of several holders the one with the lowest position leads."""

    account_id: UUID
    duty: Duty
    area_id: AreaId
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    position: Annotated[int, msgspec.Meta(ge=0, le=99)] = 0


class Made(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID


class DutyCard(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    account_id: UUID
    account_name: str
    duty: str
    duty_name: str
    area_id: int
    area_name: str
    position: int
    starts_at: datetime
    ends_at: datetime | None


class GapCard(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody answers there from `starts_at`; without `ends_at` to the end of the days looked at."""

    area_id: int
    area_name: str
    duty: str
    duty_name: str
    starts_at: datetime
    ends_at: datetime | None


class NewLeave(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    account_id: UUID
    starts_at: Moment
    ends_at: Moment
    cover_id: UUID | None = None
    reason: Annotated[str, msgspec.Meta(max_length=80)] = ""


class LeaveCard(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    account_id: UUID
    account_name: str
    starts_at: datetime
    ends_at: datetime
    cover_id: UUID | None
    cover_name: str | None
    reason: str


class Duties(Controller):
    """The roster within one's areas."""

    path = "/duties"

    @get(opt=_READ)
    async def duties(
        self,
        by: Account,
        now: datetime,
        area_id: AreaIdInAddress = None,
        account_id: UUID | None = None,
        size: paging.PageSize = 100,
        cursor: paging.Cursor = None,
    ) -> paging.Page[DutyCard]:
        """Duties in force or to come, optionally within one area or of one account."""
        async with db.transaction(by.scope):
            found = await duty_queries.duties(
                now=now,
                after=paging.after(cursor, UUID, of="duties"),
                limit=size + 1,
                area_id=area_id,
                account_id=account_id,
            )
            names = await staff_named([one.account_id for one in found])
            areas = await area_queries.areas_by_id({one.area_id for one in found})
        return paging.page(
            found, size, of="duties", key=lambda one: one.id, item=lambda one: _duty_card(one, names, areas)
        )

    @post(opt=_MANAGE, responses=also(404))
    async def add_duty(self, data: NewDuty, by: Account, now: datetime) -> Made:
        """Put somebody on a duty of one's own rung or below."""
        duty_id = await actions.add_duty(
            data.account_id,
            data.duty,
            data.area_id,
            starts_at=data.starts_at,
            ends_at=data.ends_at,
            position=data.position,
            by=by,
            now=now,
        )
        return Made(id=duty_id)

    @delete("/{duty_id:uuid}", opt=_MANAGE)
    async def end_duty(self, duty_id: UUID, by: Account, now: datetime) -> None:
        """End a duty now."""
        await actions.end_duty(duty_id, by=by, now=now)

    @get("/gaps", opt=_READ)
    async def gaps(
        self, by: Account, now: datetime, days: Annotated[int, Parameter(ge=1, le=90)] = 14
    ) -> list[GapCard]:
        """Where within one's areas nobody will answer in the days ahead, at each level by itself."""
        async with db.transaction(by.scope):
            areas = await area_queries.areas_within(by.area_ids)
            gaps = await coming_gaps(now, now + timedelta(days=days), list(areas))
        return [
            GapCard(
                area_id=gap.area_id,
                area_name=areas[gap.area_id].name,
                duty=gap.duty,
                duty_name=DUTY_NAMES[gap.duty],
                starts_at=gap.starts_at,
                ends_at=gap.ends_at,
            )
            for gap in gaps
            if gap.area_id in areas
        ]


class Leaves(Controller):
    """Leave of the people of one's areas."""

    path = "/leaves"

    @get(opt=_READ)
    async def leaves(self, by: Account, now: datetime, account_id: UUID | None = None) -> list[LeaveCard]:
        """Leaves not over yet, the earliest first."""
        async with db.transaction(by.scope):
            found = await duty_queries.leaves(now=now, account_id=account_id)
            involved = [one.account_id for one in found] + [one.cover_id for one in found if one.cover_id]
            names = await staff_named(involved)
        return [_leave_card(one, names) for one in found]

    @post(opt=_MANAGE, responses=also(404))
    async def take_leave(self, data: NewLeave, by: Account, now: datetime) -> Made:
        """Enter a leave, one's own or of somebody of one's own rung or below."""
        leave_id = await actions.take_leave(
            data.account_id,
            starts_at=data.starts_at,
            ends_at=data.ends_at,
            cover_id=data.cover_id,
            reason=data.reason,
            by=by,
            now=now,
        )
        return Made(id=leave_id)

    @delete("/{leave_id:uuid}", opt=_MANAGE)
    async def cancel_leave(self, leave_id: UUID, by: Account, now: datetime) -> None:
        """Cancel a leave to come, or end one under way now."""
        await actions.cancel_leave(leave_id, by=by, now=now)


def _duty_card(held: HeldDuty, names: Mapping[UUID, StaffName], areas: Mapping[int, Area]) -> DutyCard:
    return DutyCard(
        id=held.id,
        account_id=held.account_id,
        account_name=_name(held.account_id, names),
        duty=held.duty,
        duty_name=DUTY_NAMES[held.duty],
        area_id=held.area_id,
        area_name=areas[held.area_id].name,
        position=held.position,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
    )


def _leave_card(leave: TakenLeave, names: Mapping[UUID, StaffName]) -> LeaveCard:
    return LeaveCard(
        id=leave.id,
        account_id=leave.account_id,
        account_name=_name(leave.account_id, names),
        starts_at=leave.starts_at,
        ends_at=leave.ends_at,
        cover_id=leave.cover_id,
        cover_name=_name(leave.cover_id, names) if leave.cover_id else None,
        reason=leave.reason,
    )


def _name(account_id: UUID, names: Mapping[UUID, StaffName]) -> str:
    """Of somebody who moved to another district only the fact remains."""
    return names[account_id].name if account_id in names else "(外区县人员)"


CONTROLLERS = (Duties, Leaves)
