"""Settling an assessment, and releasing what it withheld once things were put right."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from accounts.policy import Policy
from accounts.queries import policy_issued
from alerts.actions import resolve_for
from caregivers.assessment import lifecycle
from caregivers.assessment.actions.ground import after, hold, permit, tell_caregiver, write
from caregivers.assessment.lifecycle import Assessment
from caregivers.assessment.queries import evidence, moving
from caregivers.assessment.scoring import Records, Seen
from caregivers.people.queries import caregivers_side
from core import db


async def settle(assessment_id: UUID, *, by: Account, now: datetime) -> None:
    """Compute what visits and records say, and settle the result by the policy of the day it was opened."""
    permit(by, "assessment.settle")
    async with db.transaction(by.scope):
        one = await hold(assessment_id)
        side = await caregivers_side(one.caregiver_id)
        policy = await policy_issued(one.policy_id)
        seen, records = await evidence_of(one, side, policy, now=now)
        result = lifecycle.settle(one, seen=seen, records=records, policy=policy, by=by.id, side=side)
        until = await after(now, policy.fees.objection_within, one.district_id)
        await moving.save_settled(
            one, result, objection_until=until if policy.fees.objection_possible else now, by=by.id, now=now
        )
        await resolve_for([one.id], kinds={"assessment_overdue"}, outcome="assessed", evidence={}, by=by.id, now=now)
        facts = {"total": result.total, "qualified": result.qualified, "withholds": result.withholds}
        await write("assessment.settled", one, by=by.id, now=now, facts=facts)
        lines = ["您有一期照料考核已出结果，请登录查看。"]
        if policy.fees.objection_possible and not result.qualified:
            lines.append("有异议的，请在规定期限内提出申诉。")
        await tell_caregiver("assessment_settled", one, *lines, now=now)


async def evidence_of(
    one: Assessment, side: Collection[UUID], policy: Policy, *, now: datetime
) -> tuple[Seen, Records]:
    """What visits and records say today. Joins the transaction under way, with a person's eyes."""
    recorded = await evidence.recorded_in(one, now=now)
    rule = policy.caregivers
    records = Records(
        responsible=recorded.responsible,
        attended=recorded.attended,
        late=recorded.late,
        per_week=rule.attendance_per_week_ill_or_full if recorded.ill_or_full else rule.attendance_per_week,
        orders=recorded.orders,
        answered_in_time=recorded.answered_in_time,
    )
    return await evidence.seen_in(one, side), records


async def mark_rectified(assessment_id: UUID, *, evidence: str, by: Account, now: datetime) -> None:
    """Say what was put right: from now on the fee list shows the period's fee released."""
    permit(by, "assessment.settle")
    async with db.transaction(by.scope):
        one = await hold(assessment_id)
        side = await caregivers_side(one.caregiver_id)
        lifecycle.mark_rectified(one, evidence=evidence, by=by.id, side=side)
        await moving.save_rectified(one, evidence=evidence, by=by.id, now=now)
        await write("assessment.rectified", one, by=by.id, now=now, facts={})
        await tell_caregiver("assessment_rectified", one, "您的一期照料考核已有新进展，请登录查看。", now=now)
