"""The inbox over HTTP: what one was told, latest first."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, get, post

from accounts.permissions import Account
from accounts.policy_words import SEVERITY_NAMES, Severity
from alerts import actions
from alerts.kinds import name_of
from alerts.queries.inbox import InboxNotice, inbox
from api import paging
from api.alert_story import Named, Names
from core import db
from recipients.queries import masked_names


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `alert_status` is the alert's status now; `covering_for`: told in that colleague's place."""

    id: UUID
    kind: str
    kind_name: str
    severity: str
    severity_name: str
    urgent: bool
    alert_id: UUID | None
    alert_status: str | None
    recipient: Named | None
    rung: int | None
    covering_for: Named | None
    area: str
    facts: dict[str, Any]
    owed_at: datetime
    read_at: datetime | None


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """When the message was first read."""

    id: UUID
    read_at: datetime


class Notices(Controller):
    """站内消息"""

    path = "/notices"
    tags = ("消息",)

    @get(opt={"permission": "notice.read"})
    async def list_notices(
        self, by: Account, unread: bool = False, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[Notice]:
        """本人的站内消息，最近的在前；unread=true 只列未读的。"""
        after = paging.after(cursor, tuple[datetime, UUID], of="notices")
        async with db.transaction(by.scope):
            found = await inbox(by.id, unread=unread, after=after, limit=size + 1)
            recipients = await masked_names({one.recipient_id for one in found if one.recipient_id})
            colleagues = await actions.colleagues({one.covering_for for one in found if one.covering_for})
        return paging.page(
            found,
            size,
            of="notices",
            key=lambda one: (one.owed_at, one.id),
            item=lambda one: _notice(one, Names(recipients), Names(colleagues)),
        )

    @post("/{notice_id:uuid}/read", opt={"permission": "notice.read"}, status_code=200)
    async def read_notice(self, notice_id: UUID, by: Account, now: datetime) -> Read:
        """标为已读。已读不等于签收：预警仍会继续升级。"""
        return Read(id=notice_id, read_at=await actions.read_notice(notice_id, by=by, now=now))


CONTROLLERS = (Notices,)


def _notice(found: InboxNotice, recipients: Names, colleagues: Names) -> Notice:
    return Notice(
        id=found.id,
        kind=found.kind,
        kind_name=name_of(found.kind),
        severity=found.severity,
        severity_name=SEVERITY_NAMES[Severity(found.severity)],
        urgent=found.urgent,
        alert_id=found.alert_id,
        alert_status=found.alert_status,
        recipient=recipients(found.recipient_id),
        rung=found.rung,
        covering_for=colleagues(found.covering_for),
        area=found.area,
        facts=found.facts,
        owed_at=found.owed_at,
        read_at=found.read_at,
    )
