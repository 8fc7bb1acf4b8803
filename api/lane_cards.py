"""Lanes, households, links and windows as they are shown."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from visits.daily.actions import IssuedLink
from visits.daily.queries.lanes import Household, Lane
from visits.daily.queries.links import Link
from visits.daily.settling import SEEN_NAMES, STATUS_NAMES
from visits.daily.windows import PART_NAMES


class LaneCard(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    area_id: int
    name: str
    watcher_name: str
    account_id: UUID | None
    status: str
    households: int
    created_at: datetime
    ended_at: datetime | None


class HouseholdCard(msgspec.Struct, frozen=True, kw_only=True):
    """supported 为 false：已不在分散供养走访范围，不再查看。"""

    id: UUID
    recipient_id: UUID
    who: str
    shown_as: str
    morning: str | None
    evening: str | None
    added_at: datetime
    supported: bool


class LinkCard(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


class IssuedLinkCard(msgspec.Struct, frozen=True, kw_only=True):
    """token 只显示这一次。"""

    id: UUID
    token: str
    expires_at: datetime


class LaneDetail(msgspec.Struct, frozen=True, kw_only=True):
    lane: LaneCard
    households: list[HouseholdCard]
    links: list[LinkCard]


class WindowCard(msgspec.Struct, frozen=True, kw_only=True):
    """一户一个时段的情况。"""

    id: UUID
    recipient_id: UUID
    who: str
    on_day: date
    part: str
    part_name: str
    opens_at: datetime
    closes_at: datetime
    status: str
    status_name: str
    seen: str | None
    seen_name: str | None
    seen_at: datetime | None


def lane_card(lane: Lane, households: int) -> LaneCard:
    return LaneCard(
        id=lane.id,
        area_id=lane.area_id,
        name=lane.name,
        watcher_name=lane.watcher_name,
        account_id=lane.account_id,
        status=lane.status,
        households=households,
        created_at=lane.created_at,
        ended_at=lane.ended_at,
    )


def household_card(one: Household, who: Mapping[UUID, str]) -> HouseholdCard:
    return HouseholdCard(
        id=one.id,
        recipient_id=one.recipient_id,
        who=who.get(one.recipient_id, ""),
        shown_as=one.shown_as,
        morning=one.morning,
        evening=one.evening,
        added_at=one.added_at,
        supported=one.supported,
    )


def lane_detail(
    lane: Lane, households: Sequence[Household], who: Mapping[UUID, str], links: Sequence[Link]
) -> LaneDetail:
    return LaneDetail(
        lane=lane_card(lane, sum(one.supported for one in households)),
        households=[household_card(one, who) for one in households],
        links=[
            LinkCard(
                id=one.id,
                issued_at=one.issued_at,
                expires_at=one.expires_at,
                revoked_at=one.revoked_at,
                last_used_at=one.last_used_at,
            )
            for one in links
        ],
    )


def issued_link_card(issued: IssuedLink) -> IssuedLinkCard:
    return IssuedLinkCard(id=issued.link.id, token=issued.token, expires_at=issued.link.expires_at)


def window_card(one: Any, who: Mapping[UUID, str]) -> WindowCard:
    return WindowCard(
        id=one["id"],
        recipient_id=one["recipient_id"],
        who=who.get(one["recipient_id"], ""),
        on_day=one["on_day"],
        part=one["part"],
        part_name=PART_NAMES[one["part"]],
        opens_at=one["opens_at"],
        closes_at=one["closes_at"],
        status=one["status"],
        status_name=STATUS_NAMES[one["status"]],
        seen=one["seen"],
        seen_name=SEEN_NAMES[one["seen"]] if one["seen"] else None,
        seen_at=one["seen_at"],
    )
