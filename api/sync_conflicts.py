"""Contents that conflict under one id, side by side, and a supervisor's word on them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post

from accounts.people import StaffName
from accounts.permissions import Account
from accounts.queries import staff_named
from api import paging
from api.sync import read_item
from api.sync_kinds import KINDS
from api.values import name_of
from core import db
from visits.sync.actions import decide_item_conflict
from visits.sync.queries.conflicts import Content, ItemConflict, conflict, conflicts_page
from visits.sync.refusals import ItemConflictNotFound

_SEALED = ("complainant",)
KIND_NAMES: Mapping[str, str] = {
    "report": "走访记录",
    "amendment": "走访记录更正",
    "doorstep_code": "门口码",
    "photo": "照片",
    "daily_check": "窗帘、灯光查看",
    "absence": "外出报备",
    "statement": "整改答复",
    "attendance": "到户记录",
    "verification": "回访复核",
    "concern": "涉密事项",
    "hazard": "隐患",
}


class ItemConflictDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """kept：以先收到的为准；replaced：采用另一份(以提交人的名义)。两份都保留。"""

    decision: Literal["kept", "replaced"]


class ContentCard(msgspec.Struct, frozen=True, kw_only=True):
    """一份内容。unreadable 说明现在为什么不能显示。"""

    received_at: datetime
    content: dict[str, Any]
    unreadable: str | None


class ItemConflictCard(msgspec.Struct, frozen=True, kw_only=True):
    """同一编号下内容不同的两份：先收到的(first)和另一份(other)。instead：不能采用另一份时，应怎样办理。"""

    id: UUID
    kind: str
    kind_name: str
    by: str | None
    first: ContentCard
    other: ContentCard
    instead: str | None
    decision: str | None
    decided_at: datetime | None


class SyncConflicts(Controller):
    """手机同步：同一编号内容不一致"""

    path = "/sync/conflicts"
    tags = ("手机同步",)

    @get(opt={"permission": "conflict.decide"})
    async def list_conflicts(
        self, by: Account, decided: bool = False, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[ItemConflictCard]:
        """待认定的(decided=true 时为已认定的)，先收到的在前。走访记录的见“内容不一致的走访记录”。"""
        of = f"sync-conflicts.{decided}"
        after = paging.after(cursor, tuple[datetime, UUID], of=of)
        async with db.transaction(by.scope):
            found = await conflicts_page(decided=decided, after=after, limit=size + 1)
            staff = await staff_named({one.account_id for one in found})
        return paging.page(
            found, size, of=of, key=lambda one: (one.other.received_at, one.id), item=lambda one: _card(one, staff)
        )

    @post("/{conflict_id:uuid}/decide", opt={"permission": "conflict.decide"}, status_code=200)
    async def decide(
        self, conflict_id: UUID, data: ItemConflictDecision, by: Account, now: datetime
    ) -> ItemConflictCard:
        """认定以哪一份为准，只能认定一次。"""
        await decide_item_conflict(
            conflict_id, data.decision, kinds=KINDS, read=lambda raw: read_item(raw, by.id)[1], by=by, now=now
        )
        async with db.transaction(by.scope):
            found = await conflict(conflict_id)
            if found is None:
                raise ItemConflictNotFound
            return _card(found, await staff_named({found.account_id}))


CONTROLLERS = (SyncConflicts,)


def _card(one: ItemConflict, staff: Mapping[UUID, StaffName]) -> ItemConflictCard:
    replace = KINDS[one.kind].replace
    return ItemConflictCard(
        id=one.id,
        kind=one.kind,
        kind_name=KIND_NAMES[one.kind],
        by=name_of(one.account_id, staff),
        first=_content(one.first, one.account_id),
        other=_content(one.other, one.account_id),
        instead=replace if isinstance(replace, str) else None,
        decision=one.decision,
        decided_at=one.decided_at,
    )


def _content(content: Content, account_id: UUID) -> ContentCard:
    """What a complaint keeps sealed stays sealed: it is opened elsewhere, for a purpose that is noted."""
    item = read_item(content.raw, account_id)[1]
    said: dict[str, Any] = {} if item.refusal else msgspec.to_builtins(item.body)
    hidden = {field: "(已封存)" for field in _SEALED if said.get(field)}
    return ContentCard(
        received_at=content.received_at,
        content=said | hidden,
        unreadable=item.refusal.detail if item.refusal else None,
    )
