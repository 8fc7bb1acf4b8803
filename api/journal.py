"""The journal over HTTP: what happened in one's areas, by whom, latest first. It is only ever read."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.params import Parameter

from accounts.permissions import Account
from alerts import actions
from alerts.queries.journal import JournalLine, journal_page
from api import paging
from api.alert_story import Named, Names
from api.values import AreaIdInAddress
from core import db


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `by` is null for the clock; `at` is when it happened, `written_at` when the server wrote it down."""

    id: int
    kind: str
    subject_id: UUID | None
    area_id: int | None
    by: Named | None
    at: datetime
    written_at: datetime
    facts: dict[str, Any]


class Journal(Controller):
    """日志"""

    path = "/journal"
    tags = ("日志",)

    @get(opt={"permission": "journal.read"})
    async def list_journal(
        self,
        by: Account,
        kind: Annotated[str | None, Parameter(max_length=60, description="如 alert.opened，或一类：alert。")] = None,
        subject_id: UUID | None = None,
        area_id: AreaIdInAddress = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[JournalEntry]:
        """本辖区内发生的事，最近的在前。日志只能追加，不能修改。"""
        async with db.transaction(by.scope):
            found = await journal_page(
                area_ids=by.area_ids,
                kind=kind,
                subject_id=subject_id,
                area_id=area_id,
                after=paging.after(cursor, int, of="journal"),
                limit=size + 1,
            )
            names = Names(await actions.colleagues({one.by for one in found if one.by}))
        return paging.page(found, size, of="journal", key=lambda one: one.id, item=lambda one: _entry(one, names))


CONTROLLERS = (Journal,)


def _entry(found: JournalLine, names: Names) -> JournalEntry:
    return JournalEntry(
        id=found.id,
        kind=found.kind,
        subject_id=found.subject_id,
        area_id=found.area_id,
        by=names(found.by),
        at=found.at,
        written_at=found.written_at,
        facts=found.facts,
    )
