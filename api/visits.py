"""Visits over HTTP: what is to be done, and the report a phone sends in, under an id it made itself."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, put
from litestar.params import Parameter
from msgspec import Meta

from accounts.permissions import Account
from api import paging
from api.evidence_cards import evidence_of
from api.values import Moment, MomentText, moment
from api.visit_cards import (
    PlanCard,
    ReportAnswer,
    ReportCard,
    VisitCard,
    VisitDetail,
    answer_card,
    plan_card,
    report_card,
    visit_card,
)
from core import db
from core.errors import Forbidden
from recipients.queries import masked_names
from recipients.refusals import RecipientNotFound
from visits import actions
from visits.evidence.grades import ShownGrade
from visits.evidence.showing import sees_grades
from visits.queries import reading
from visits.queries.reading import Wanted
from visits.refusals import VisitNotFound
from visits.report import Confidential, Finding, Hazard, Report, reads_confidential

Status = Literal["scheduled", "due", "missed", "not_known", "made", "excused", "cancelled"]
Note = Annotated[str, Meta(max_length=500)]
Block = Literal["identity", "living", "health", "mood", "safety", "hygiene", "neighbours", "money", "care", "needs"]


class BlockFinding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """一项检查。有异常(ok=false)须写明情况。"""

    ok: bool
    note: Note = ""


class MoneyFinding(BlockFinding, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """资金：是否足额收到、银行卡由谁保管、是否有人收取费用。"""

    received_in_full: bool | None = None
    card_held_by: Literal["self", "guardian", "relative", "caregiver", "village", "other"] | None = None
    fee_taken: bool | None = None


class CareFinding(BlockFinding, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """照料：照料人是否在场、约定服务是否完成、本人是否满意。"""

    caregiver_present: bool | None = None
    promised_done: bool | None = None
    satisfied: bool | None = None


class Blocks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """走访查看的各项；不选“全部正常”时逐项填写。"""

    identity: BlockFinding | None = None
    living: BlockFinding | None = None
    health: BlockFinding | None = None
    mood: BlockFinding | None = None
    safety: BlockFinding | None = None
    hygiene: BlockFinding | None = None
    neighbours: BlockFinding | None = None
    money: MoneyFinding | None = None
    care: CareFinding | None = None
    needs: BlockFinding | None = None


class FoundHazard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """发现的隐患，以及是否当场消除。"""

    block: Block
    severity: Literal["general", "serious", "critical"]
    what: Note
    removed_now: bool


class VisitorOnly(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """只有走访员看到、只有民政专干以上能读的情况：伤痕、恐惧、退缩。"""

    bruises: bool = False
    fear: bool = False
    withdrawal: bool = False
    note: Note = ""


class ReportContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一次走访的记录。made_at 为手机记录的走访时间；hazards 没有隐患时填空列表。"""

    outcome: Literal["made", "not_met"]
    method: Literal["door", "phone", "video"]
    made_at: Moment
    identified_by: (
        Literal["known_personally", "id_card", "neighbour_confirmed", "keyholder", "not_confirmed"] | None
    ) = None
    all_normal: bool = False
    blocks: Blocks | None = None
    hazards: Annotated[list[FoundHazard], Meta(max_length=20)] | None = None
    tried: Annotated[list[Literal["knock", "phone", "neighbour", "keyholder"]], Meta(max_length=4)] = []
    note: Note = ""
    on_paper_by: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    confidential: VisitorOnly | None = None


class VisitReport(ReportContent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """走访记录，编号由手机生成：同一编号重复提交不会重复计数。"""

    id: UUID


class Visits(Controller):
    """探访"""

    path = "/visits"
    tags = ("探访",)

    @get(opt={"permission": "visit.read"})
    async def list_visits(
        self,
        by: Account,
        now: datetime,
        status: Annotated[list[Status] | None, Parameter(description="可重复；不填为除已取消外的全部。")] = None,
        mine: bool = False,
        until: MomentText = None,
        grade: Annotated[
            list[ShownGrade] | None,
            Parameter(description="可重复；只列佐证等级为此的，ungraded 为尚未评定。办理回访的人可用。"),
        ] = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[VisitCard]:
        """本辖区的探访，最先到期的在前。mine=true 只列本人负责的；until 只列此前到期的。"""
        if grade and not sees_grades(by):
            raise Forbidden
        wanted = Wanted(
            statuses=frozenset(status or ()),
            worker_id=by.id if mine else None,
            until=moment(until, name="until"),
            grades=frozenset(grade or ()),
        )
        return await _page(wanted, by, now, cursor, size, of="visits")

    @get("/{visit_id:uuid}", opt={"permission": "visit.read"})
    async def read_visit(self, visit_id: UUID, by: Account, now: datetime) -> VisitDetail:
        """一次探访：为什么现在去、上次走访留下什么、已提交的记录。"""
        may = reads_confidential(by.role)
        async with db.transaction(by.scope):
            found = await reading.visit_read(visit_id, now=now)
            if found is None:
                raise VisitNotFound
            names = await masked_names([found.recipient_id])
            last = await reading.last_report_before(found.recipient_id, visit_id, confidential=may)
            reports = await reading.reports_of(visit_id, confidential=may)
            evidence = await evidence_of([*reports, *([last] if last else [])], by)
        return VisitDetail(
            visit=visit_card(found, names, by, now),
            last_report=report_card(last, evidence.get(last.id)) if last else None,
            reports=[report_card(one, evidence.get(one.id)) for one in reports],
        )

    @put("/{visit_id:uuid}/report", opt={"permission": "visit.log"})
    async def log_visit(self, visit_id: UUID, data: VisitReport, by: Account, now: datetime) -> ReportAnswer:
        """提交走访记录。同一编号、同样内容再次提交，得到与第一次相同的答复；内容不同的两份都保存，由人认定。"""
        answer = await actions.log_visit(visit_id=visit_id, report_id=data.id, report=report_of(data), by=by, now=now)
        return answer_card(answer)

    @get("/{visit_id:uuid}/reports", opt={"permission": "visit.read"})
    async def list_reports(self, visit_id: UUID, by: Account, now: datetime) -> list[ReportCard]:
        """这次探访收到的全部记录，按收到的先后；更正与所更正的记录相连，都保留。"""
        async with db.transaction(by.scope):
            if await reading.visit_read(visit_id, now=now) is None:
                raise VisitNotFound
            found = await reading.reports_of(visit_id, confidential=reads_confidential(by.role))
            evidence = await evidence_of(found, by)
        return [report_card(one, evidence.get(one.id)) for one in found]


class RecipientVisits(Controller):
    """一名对象的探访"""

    path = "/recipients/{recipient_id:uuid}"
    tags = ("探访",)

    @get("/visits", opt={"permission": "visit.read"})
    async def visits_of_recipient(
        self,
        recipient_id: UUID,
        by: Account,
        now: datetime,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[VisitCard]:
        """这名对象的全部探访，含已取消的，最近到期的在前。"""
        wanted = Wanted(statuses=_EVERY, recipient_id=recipient_id, newest_first=True)
        return await _page(wanted, by, now, cursor, size, of=f"visits.{recipient_id}")

    @get("/plans", opt={"permission": "visit.read"})
    async def plans_of_recipient(self, recipient_id: UUID, by: Account) -> list[PlanCard]:
        """这名对象的探访计划，现行的在前；已结束的写明原因。"""
        async with db.transaction(by.scope):
            await _known(recipient_id)
            found = await reading.plans_read(recipient_id)
        return [plan_card(one) for one in found]


CONTROLLERS = (Visits, RecipientVisits)

_EVERY = frozenset[Status]({"scheduled", "due", "missed", "not_known", "made", "excused", "cancelled"})


async def _page(
    wanted: Wanted, by: Account, now: datetime, cursor: str | None, size: int, *, of: str
) -> paging.Page[VisitCard]:
    after = paging.after(cursor, tuple[datetime, UUID], of=of)
    async with db.transaction(by.scope):
        if wanted.recipient_id:
            await _known(wanted.recipient_id)
        found = await reading.visits_page(wanted, after=after, limit=size + 1, now=now)
        names = await masked_names({one.recipient_id for one in found})
    return paging.page(
        found,
        size,
        of=of,
        key=lambda one: (one.visit.due_at, one.visit.id),
        item=lambda one: visit_card(one, names, by, now),
    )


async def _known(recipient_id: UUID) -> None:
    if not await reading.knows_recipient(recipient_id):
        raise RecipientNotFound


def report_of(content: ReportContent) -> Report:
    """The rules' own report: what was left out is left out, an empty list stays an explicit none."""
    secret = content.confidential
    return Report(
        outcome=content.outcome,
        method=content.method,
        made_at=content.made_at,
        identified_by=content.identified_by,
        all_normal=content.all_normal,
        blocks=_findings(content.blocks) if content.blocks else {},
        hazards=None if content.hazards is None else tuple(_hazard(one) for one in content.hazards),
        tried=tuple(content.tried),
        note=content.note,
        on_paper_by=content.on_paper_by,
        confidential=Confidential(
            bruises=secret.bruises, fear=secret.fear, withdrawal=secret.withdrawal, note=secret.note
        )
        if secret
        else None,
    )


def _findings(blocks: Blocks) -> dict[str, Finding]:
    said: dict[str, dict[str, bool | str]] = msgspec.to_builtins(blocks)
    return {
        block: Finding(
            ok=bool(found["ok"]),
            note=str(found.get("note", "")),
            details={key: value for key, value in found.items() if key not in ("ok", "note")},
        )
        for block, found in said.items()
        if found is not None
    }


def _hazard(found: FoundHazard) -> Hazard:
    return Hazard(block=found.block, severity=found.severity, what=found.what, removed_now=found.removed_now)
