"""A caregiver's objection (申诉) to an assessment, and another person's decision on it."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import policy_issued
from alerts.actions import resolve_for
from caregivers.assessment import lifecycle
from caregivers.assessment.actions.ground import after, hold, permit, tell_caregiver, write
from caregivers.assessment.lifecycle import Assessment
from caregivers.assessment.queries import moving
from caregivers.assessment.refusals import AssessmentNotFound, OnTheCaregiversSide
from caregivers.people.conflict import barred
from caregivers.people.queries import caregivers_side
from core import db


async def object_to(assessment_id: UUID, *, text: str, by: Account, now: datetime) -> None:
    """The caregiver's own objection. Somebody else's assessment is not found."""
    permit(by, "care.own")
    async with db.transaction(by.scope):
        one = await moving.hold_own_assessment(assessment_id)
        if one is None:
            raise AssessmentNotFound
        await _object(one, text, None, by=by.id, now=now)


async def object_on_paper(assessment_id: UUID, *, text: str, on_paper_by: str, by: Account, now: datetime) -> None:
    """An objection the caregiver has written down, keyed in by a supervisor; the paper has no fewer rights."""
    permit(by, "assessment.settle")
    async with db.transaction(by.scope):
        one = await hold(assessment_id)
        if barred(by.id, await caregivers_side(one.caregiver_id)):
            raise OnTheCaregiversSide
        await _object(one, text, on_paper_by, by=by.id, now=now)


async def _object(one: Assessment, text: str, on_paper_by: str | None, *, by: UUID, now: datetime) -> None:
    fees = (await policy_issued(one.policy_id)).fees
    lifecycle.object_to(one, text=text, possible=fees.objection_possible, now=now)
    decide_by = await after(now, fees.objection_decided_within, one.district_id)
    await moving.save_objection(one, text=text, on_paper_by=on_paper_by, decide_by=decide_by, by=by, now=now)
    facts = {"decide_by": decide_by, "on_paper": on_paper_by is not None}
    await write("assessment.objected", one, by=by, now=now, facts=facts)


async def decide_objection(assessment_id: UUID, *, upheld: bool, reason: str, by: Account, now: datetime) -> None:
    """Decide by another than who settled it. Upheld, the period counts as qualified and its fee is due."""
    permit(by, "assessment.decide")
    async with db.transaction(by.scope):
        one = await hold(assessment_id)
        side = await caregivers_side(one.caregiver_id)
        lifecycle.decide_objection(one, reason=reason, by=by.id, side=side)
        await moving.save_objection_decided(one, upheld=upheld, reason=reason, by=by.id, now=now)
        await resolve_for([one.id], kinds={"objection_overdue"}, outcome="decided", evidence={}, by=by.id, now=now)
        await write("assessment.objection_decided", one, by=by.id, now=now, facts={"upheld": upheld})
        await tell_caregiver("objection_decided", one, "您的考核申诉已有决定，请登录查看。", now=now)
