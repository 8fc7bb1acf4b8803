"""The watcher's door over HTTP: a personal link instead of a password, one lane, one window, one tap."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Request, post
from msgspec import Meta

from api.auth import address_of
from api.openapi import also
from api.permissions import PUBLIC
from api.values import Moment
from visits.daily import actions
from visits.daily.actions import Taken
from visits.daily.refusals import LinkUnknown
from visits.daily.settling import SEEN_NAMES
from visits.daily.windows import PART_NAMES

_LONGEST_TOKEN = 200

PartOfDay = Literal["morning", "evening"]
Word = Literal["changed", "unchanged", "closed", "dark", "unseen"]
Exceptions = Annotated[dict[UUID, Word], Meta(max_length=50)]


class WatchTap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一次点选。id 由手机生成，重发同一次不重复计。all 表示全部正常，exceptions 单独写明哪几户不同。

    made_at、sent_at 都是手机自己的时间：只看两者相差多久。
    """

    id: UUID
    on_day: date
    part: PartOfDay
    all: bool = False
    exceptions: Exceptions = {}
    made_at: Moment
    sent_at: Moment


class WatchedHousehold(msgspec.Struct, frozen=True, kw_only=True):
    """一户：称呼，以及本时段已经点选过的情况。不含姓名、地址和以往记录。"""

    id: UUID
    shown_as: str
    seen: str | None
    seen_name: str | None


class WatchCard(msgspec.Struct, frozen=True, kw_only=True):
    """守望员看到的：自己的称呼、守望线、现在该看的时段和各户。没有要看的时，part 为空。"""

    watcher_name: str
    lane_name: str
    on_day: date
    part: str | None
    part_name: str | None
    opens_at: datetime | None
    closes_at: datetime | None
    households: list[WatchedHousehold]


class TapTaken(msgspec.Struct, frozen=True, kw_only=True):
    """已收到：每一户记下的情况。同一次点选重发，回答相同。"""

    on_day: date
    part: str
    seen: dict[UUID, str]


def tap_taken(taken: Taken) -> TapTaken:
    return TapTaken(on_day=taken.on_day, part=taken.part, seen=dict(taken.seen))


class Watch(Controller):
    """邻里守望"""

    path = "/watch"
    tags = ("邻里守望",)

    @post(opt={"permission": PUBLIC}, status_code=200, responses=also(401))
    async def open_link(self, request: Request[Any, Any, Any], now: datetime) -> WatchCard:
        """打开个人链接(请求头 Authorization: Watch 加链接中的口令)：现在该看哪几户。"""
        view = await actions.watch(token_of(request), address=address_of(request), now=now)
        return WatchCard(
            watcher_name=view.link.watcher_name,
            lane_name=view.link.lane_name,
            on_day=view.on_day,
            part=view.part,
            part_name=PART_NAMES[view.part] if view.part else None,
            opens_at=view.opens_at,
            closes_at=view.closes_at,
            households=[
                WatchedHousehold(
                    id=one.household_id,
                    shown_as=one.shown_as,
                    seen=one.seen,
                    seen_name=SEEN_NAMES[one.seen] if one.seen else None,
                )
                for one in view.households
            ],
        )

    @post("/observations", opt={"permission": PUBLIC}, status_code=200, responses=also(401))
    async def observe(self, data: WatchTap, request: Request[Any, Any, Any], now: datetime) -> TapTaken:
        """点选看到的情况：一次点选确认整条线，不同的单独点。没有网络时可以以后补传。"""
        taken = await actions.observe_by_link(
            data.id,
            token_of(request),
            data.on_day,
            data.part,
            all_changed=data.all,
            exceptions=data.exceptions,
            made_at=data.made_at,
            sent_at=data.sent_at,
            address=address_of(request),
            now=now,
        )
        return tap_taken(taken)


def token_of(request: Request[Any, Any, Any]) -> str:
    """The token of a personal link, where the header holds one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "watch" or not 0 < len(token) <= _LONGEST_TOKEN:
        raise LinkUnknown
    return token


CONTROLLERS = (Watch,)
