"""Phones in use, for whoever answers for their owners: when each was last heard, and what has not arrived."""

from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, get

from accounts.permissions import Account
from api import paging
from core import db
from visits.sync.queries import watching
from visits.sync.queries.watching import PhoneRead
from visits.sync.silence import told


class PhoneCard(msgspec.Struct, frozen=True, kw_only=True):
    """一部在用的手机。unsent 为手机自报尚未上传的条数，missing 为编号缺失、没有收到的条数，tasks 为未完成的探访。"""

    id: UUID
    account_id: UUID
    name: str
    label: str
    last_seen_at: datetime
    tasks: int
    unsent: int
    oldest_unsent_at: datetime | None
    missing: int
    words: str


class Phones(Controller):
    """走访手机"""

    path = "/phones"
    tags = ("手机同步",)

    @get(opt={"permission": "account.read"})
    async def list_phones(
        self, by: Account, now: datetime, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[PhoneCard]:
        """辖区内在用的走访手机：最近联系时间、未收到和未上传的记录，最久没有联系的在前。用于联系本人，不用于评比。"""
        after = paging.after(cursor, tuple[datetime, UUID], of="phones")
        async with db.transaction(by.scope):
            found = await watching.phones_page(after=after, limit=size + 1)
        return paging.page(
            found,
            size,
            of="phones",
            key=lambda one: (one.last_seen_at, one.device_id),
            item=lambda one: _card(one, now),
        )


CONTROLLERS = (Phones,)


def _card(one: PhoneRead, now: datetime) -> PhoneCard:
    return PhoneCard(
        id=one.device_id,
        account_id=one.account_id,
        name=one.name,
        label=one.label,
        last_seen_at=one.last_seen_at,
        tasks=one.tasks,
        unsent=one.unsent,
        oldest_unsent_at=one.oldest_unsent_at,
        missing=one.missing,
        words=told(missing=one.missing, unsent=one.unsent, last_seen_at=one.last_seen_at, now=now),
    )
