"""Reports after the fact over HTTP: amendments, a supervisor's word on late ones, conflicting ones decided."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from msgspec import Meta

from accounts.permissions import Account
from api import paging
from api.evidence_cards import evidence_of
from api.visit_cards import ReportAnswer, ReportCard, answer_card, report_card
from api.visits import ReportContent, report_of
from core import db
from recipients.queries import masked_names
from visits import actions
from visits.queries import reading
from visits.queries.reading import ConflictRead
from visits.refusals import ReportNotFound
from visits.report import reads_confidential


class Amendment(ReportContent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """更正后的完整内容，编号由手机生成；原记录保留。"""

    id: UUID


class LateWord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """对补录的认定：属实与否，以及如何核实的。"""

    accepted: bool
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class ConflictDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """kept：以先收到的为准；replaced：以另一份为准，作为更正。两份都保留。"""

    decision: Literal["kept", "replaced"]


class ConflictCard(msgspec.Struct, frozen=True, kw_only=True):
    """同一编号下内容不同的两份记录：先收到的(first)和另一份(other)。"""

    id: UUID
    visit_id: UUID
    who: str
    received_at: datetime
    by: str | None
    first: ReportCard | None
    other: dict[str, Any]
    other_confidential: dict[str, Any] | None
    decision: Literal["kept", "replaced"] | None
    decided_at: datetime | None


class Reports(Controller):
    """走访记录"""

    path = "/reports"
    tags = ("探访",)

    @get("/{report_id:uuid}", opt={"permission": "visit.read"})
    async def read_report(self, report_id: UUID, by: Account) -> ReportCard:
        """一份走访记录。"""
        async with db.transaction(by.scope):
            return await _read(report_id, by)

    @post("/{report_id:uuid}/amendments", opt={"permission": "visit.amend"}, status_code=200)
    async def amend_report(self, report_id: UUID, data: Amendment, by: Account, now: datetime) -> ReportAnswer:
        """更正一份记录(本人或民政专干、负责人)。原记录保留，两份相连；更正按其内容重新认定。"""
        answer = await actions.amend(report_id=report_id, amendment_id=data.id, report=report_of(data), by=by, now=now)
        return answer_card(answer)

    @post("/{report_id:uuid}/late-confirmation", opt={"permission": "conflict.decide"}, status_code=200)
    async def confirm_late(self, report_id: UUID, data: LateWord, by: Account, now: datetime) -> ReportCard:
        """认定一份迟报是否属实。不属实的，该次探访按未收到记录重新判定。"""
        await actions.confirm_late(report_id=report_id, accepted=data.accepted, reason=data.reason, by=by, now=now)
        async with db.transaction(by.scope):
            return await _read(report_id, by)


class Conflicts(Controller):
    """内容不一致的走访记录"""

    path = "/conflicts"
    tags = ("探访",)

    @get(opt={"permission": "conflict.decide"})
    async def list_conflicts(
        self,
        by: Account,
        decided: bool = False,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[ConflictCard]:
        """待认定的(decided=true 时为已认定的)，先收到的在前。"""
        of = f"conflicts.{decided}"
        after = paging.after(cursor, tuple[datetime, UUID], of=of)
        async with db.transaction(by.scope):
            found = await reading.conflicts_page(decided=decided, after=after, limit=size + 1)
            names = await masked_names({one.recipient_id for one in found})
            first = {one.report_id: await _shown(one.report_id, by) for one in found}
        return paging.page(
            found,
            size,
            of=of,
            key=lambda one: (one.received_at, one.id),
            item=lambda one: _conflict(one, first[one.report_id], names[one.recipient_id]),
        )

    @post("/{conflict_id:uuid}/decide", opt={"permission": "conflict.decide"}, status_code=200)
    async def decide_conflict(
        self, conflict_id: UUID, data: ConflictDecision, by: Account, now: datetime
    ) -> ReportAnswer | None:
        """认定以哪一份为准。以另一份为准时，返回作为更正保存的答复。"""
        answer = await actions.decide_conflict(conflict_id=conflict_id, decision=data.decision, by=by, now=now)
        return answer_card(answer) if answer else None


CONTROLLERS = (Reports, Conflicts)


async def _read(report_id: UUID, by: Account) -> ReportCard:
    shown = await _shown(report_id, by)
    if shown is None:
        raise ReportNotFound
    return shown


async def _shown(report_id: UUID, by: Account) -> ReportCard | None:
    found = await reading.report_read(report_id, confidential=reads_confidential(by.role))
    return report_card(found, (await evidence_of([found], by)).get(report_id)) if found else None


def _conflict(one: ConflictRead, first: ReportCard | None, who: str) -> ConflictCard:
    decision: Any = one.decision
    return ConflictCard(
        id=one.id,
        visit_id=one.visit_id,
        who=who,
        received_at=one.received_at,
        by=one.by,
        first=first,
        other=dict(one.content),
        other_confidential=dict(one.confidential) if one.confidential else None,
        decision=decision,
        decided_at=one.decided_at,
    )
