"""Assessments over HTTP: what is asked, settled, objected to and decided; a caregiver's own."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post, put
from litestar.params import Parameter
from msgspec import Meta

from accounts.permissions import Account
from accounts.queries import policy_issued, staff_named
from api import paging
from api.assessment_cards import (
    AssessmentCard,
    AssessmentDetail,
    MyAssessmentCard,
    assessment_card,
    assessment_detail,
    my_assessment_card,
)
from api.values import AreaIdInAddress
from caregivers.assessment import actions
from caregivers.assessment.actions.settling import evidence_of
from caregivers.assessment.queries import reading
from caregivers.assessment.queries.reading import Read
from caregivers.assessment.refusals import AssessmentNotFound
from caregivers.assessment.scoring import Instrument, Scored, of_records, of_visits
from caregivers.people.conflict import barred
from caregivers.people.queries import caregivers_side, masked_caregiver_names
from core import db
from recipients.queries import masked_names

Score = Annotated[int, Meta(ge=0, le=100)]
Said = Annotated[str, Meta(max_length=500)]
Reason = Annotated[str, Meta(min_length=1, max_length=2000)]
Status = Literal["due", "settled", "objected", "final", "cancelled"]


class RecipientOpinion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """对象的满意度，0 至 100。本人作答填 voice；不能作答、由他人代答的填 proxy，并写明原因。"""

    score: Score
    how: Literal["voice", "proxy"]
    proxy_reason: Annotated[str, Meta(max_length=200)] | None = None
    said: Said = ""


class NeighboursOpinion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """邻里的评价，0 至 100，和询问的户数。不要写邻居的姓名。"""

    score: Score
    asked: Annotated[int, Meta(ge=0, le=50)]
    said: Said = ""


class Objection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """申诉的理由。"""

    text: Reason


class PaperObjection(Objection, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """照料人写在纸上的申诉，由民政专干代录；on_paper_by 为纸上签名的人。"""

    on_paper_by: Annotated[str, Meta(min_length=1, max_length=40)]


class ObjectionDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """对申诉的决定。upheld=true：本期改按合格处理，费用不再暂缓。"""

    upheld: bool
    reason: Reason


class Rectified(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """整改情况及依据。"""

    evidence: Reason


class Assessments(Controller):
    """照料人考核"""

    path = "/assessments"
    tags = ("照料人考核",)

    @get(opt={"permission": "assessment.read"})
    async def list_assessments(
        self,
        by: Account,
        status: Annotated[list[Status] | None, Parameter(description="可重复；不填为全部。")] = None,
        area_id: AreaIdInAddress = None,
        agreement_id: UUID | None = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[AssessmentCard]:
        """本辖区的考核，按村、对象和考核期排列。"""
        after = paging.after(cursor, tuple[int, UUID, date, UUID], of="assessments")
        async with db.transaction(by.scope):
            found = await reading.assessments_page(
                statuses=status or (), area_id=area_id, agreement_id=agreement_id, after=after, limit=size + 1
            )
            cards = await _cards(found)
        return paging.page(
            cards,
            size,
            of="assessments",
            key=lambda one: (one.area_id, one.recipient_id, one.period_from, one.id),
            item=lambda one: one,
        )

    @get("/{assessment_id:uuid}", opt={"permission": "assessment.read"})
    async def read_assessment(self, assessment_id: UUID, by: Account, now: datetime) -> AssessmentDetail:
        """一项考核的全部内容；评定之前，探访和记录两项按今天的数据试算。"""
        return await _detail(assessment_id, by, now)

    @put("/{assessment_id:uuid}/recipient-opinion", opt={"permission": "assessment.record"}, status_code=204)
    async def record_recipient_opinion(
        self, assessment_id: UUID, data: RecipientOpinion, by: Account, now: datetime
    ) -> None:
        """登记对象的评价。询问人不得与照料人有利害关系；评定之前可以重新登记。"""
        await actions.record_recipient_opinion(
            assessment_id,
            score=data.score,
            how=data.how,
            proxy_reason=data.proxy_reason,
            said=data.said,
            by=by,
            now=now,
        )

    @put("/{assessment_id:uuid}/neighbours-opinion", opt={"permission": "assessment.record"}, status_code=204)
    async def record_neighbours_opinion(
        self, assessment_id: UUID, data: NeighboursOpinion, by: Account, now: datetime
    ) -> None:
        """登记邻里的评价，只记户数。询问人不得与照料人有利害关系。"""
        await actions.record_neighbours_opinion(
            assessment_id, score=data.score, asked=data.asked, said=data.said, by=by, now=now
        )

    @post("/{assessment_id:uuid}/settle", opt={"permission": "assessment.settle"}, status_code=200)
    async def settle(self, assessment_id: UUID, by: Account, now: datetime) -> AssessmentDetail:
        """评定。四项齐备方可评定，按开始考核当日的政策计分。"""
        await actions.settle(assessment_id, by=by, now=now)
        return await _detail(assessment_id, by, now)

    @post("/{assessment_id:uuid}/objection", opt={"permission": "assessment.settle"}, status_code=200)
    async def object_on_paper(
        self, assessment_id: UUID, data: PaperObjection, by: Account, now: datetime
    ) -> AssessmentDetail:
        """代录照料人的书面申诉，效力与照料人自己提交的相同。"""
        await actions.object_on_paper(assessment_id, text=data.text, on_paper_by=data.on_paper_by, by=by, now=now)
        return await _detail(assessment_id, by, now)

    @post("/{assessment_id:uuid}/objection-decision", opt={"permission": "assessment.decide"}, status_code=200)
    async def decide_objection(
        self, assessment_id: UUID, data: ObjectionDecision, by: Account, now: datetime
    ) -> AssessmentDetail:
        """对申诉作出决定。须由评定人以外、与照料人无利害关系的人决定。"""
        await actions.decide_objection(assessment_id, upheld=data.upheld, reason=data.reason, by=by, now=now)
        return await _detail(assessment_id, by, now)

    @post("/{assessment_id:uuid}/rectified", opt={"permission": "assessment.settle"}, status_code=200)
    async def mark_rectified(
        self, assessment_id: UUID, data: Rectified, by: Account, now: datetime
    ) -> AssessmentDetail:
        """登记整改合格，本期费用从此恢复发放。"""
        await actions.mark_rectified(assessment_id, evidence=data.evidence, by=by, now=now)
        return await _detail(assessment_id, by, now)


class MyAssessments(Controller):
    """照料人自己的考核"""

    path = "/my/assessments"
    tags = ("照料人考核",)

    @get(opt={"permission": "care.own"})
    async def list_own(self, by: Account, now: datetime) -> list[MyAssessmentCard]:
        """自己已出结果的考核，最近一期在前。"""
        async with db.transaction(by.scope):
            found = await reading.own_assessments()
        return [my_assessment_card(one, now=now) for one in found]

    @post("/{assessment_id:uuid}/objection", opt={"permission": "care.own"}, status_code=200)
    async def object_to(self, assessment_id: UUID, data: Objection, by: Account, now: datetime) -> MyAssessmentCard:
        """对不合格的考核提出申诉，须在期限之内。"""
        await actions.object_to(assessment_id, text=data.text, by=by, now=now)
        async with db.transaction(by.scope):
            found = await reading.own_assessment(assessment_id)
        if found is None:
            raise AssessmentNotFound
        return my_assessment_card(found, now=now)


async def _cards(found: list[Read]) -> list[AssessmentCard]:
    recipients = await masked_names({one.judged.recipient_id for one in found})
    caregivers = await masked_caregiver_names({one.judged.caregiver_id for one in found})
    return [assessment_card(one, recipients, caregivers) for one in found]


async def _detail(assessment_id: UUID, by: Account, now: datetime) -> AssessmentDetail:
    async with db.transaction(by.scope):
        found = await reading.assessment_read(assessment_id)
        if found is None:
            raise AssessmentNotFound
        (card,) = await _cards([found])
        side = await caregivers_side(found.judged.caregiver_id)
        involved = (
            found.recipient_asked_by,
            found.neighbours_asked_by,
            found.judged.settled_by,
            found.rectified_by,
            found.objection_decided_by,
        )
        staff = await staff_named([one for one in involved if one])
        tried = await _tried(found, side, now) if found.judged.status == "due" else {}
    names = {account_id: one.name for account_id, one in staff.items()}
    return assessment_detail(found, card, names, tried=tried, hidden=barred(by.id, side))


async def _tried(found: Read, side: frozenset[UUID], now: datetime) -> dict[Instrument, Scored]:
    policy = await policy_issued(found.judged.policy_id)
    seen, records = await evidence_of(found.judged, side, policy, now=now)
    return {"visits": of_visits(seen), "records": of_records(records)}


CONTROLLERS = (Assessments, MyAssessments)
