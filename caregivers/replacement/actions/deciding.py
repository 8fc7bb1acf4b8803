"""The decision on a case: by the township's head or who covers for them, and all that follows in one transaction."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import policy_issued
from alerts.actions import resolve_for
from caregivers.agreements import actions as agreements
from caregivers.agreements.cover import NewCare
from caregivers.agreements.queries.agreements import hold_cover
from caregivers.people import actions as people
from caregivers.people import bars
from caregivers.replacement import deciding as rules
from caregivers.replacement.actions.alerting import open_about
from caregivers.replacement.actions.handing_over import begin_handover
from caregivers.replacement.actions.holding import hold, keep_aside, must_answer, permit
from caregivers.replacement.actions.telling import notify_caregiver, write
from caregivers.replacement.case import Case, Decision
from caregivers.replacement.deciding import Cover, Verdict, Will
from caregivers.replacement.grounds import KIND_NAMES
from caregivers.replacement.queries import cases as queries
from caregivers.replacement.queries.cases import Standing
from caregivers.replacement.refusals import CaseNotFound
from core import clock, db
from recipients.actions import propose_standing

_TOLD: dict[Decision, tuple[str, ...]] = {
    "replace": (
        "经听取意见，乡镇(街道)决定终止您的照料协议，由他人接替照料。",
        "请配合交接钥匙、证卡、药品和用品。对决定有异议的，可以向区民政局反映。",
    ),
    "keep_with_reason": ("经听取意见，乡镇(街道)决定不予撤换，照料协议继续履行。请按协议做好照料。",),
    "transfer_to_collective": ("乡镇(街道)决定为您照料的对象办理集中供养。办理期间您的照料协议中止履行，请配合交接。",),
}


async def decide(
    case_id: UUID,
    *,
    decision: Decision,
    reason: str,
    will: Will | None = None,
    care: NewCare | None = None,
    barred_by_law: bool = False,
    by: Account,
    now: datetime,
) -> None:
    """Take the decision, once, after a hearing; whoever else decides at the same moment is refused.

    To replace ends the agreement for breach and bars the caregiver, together with temporary care named here or running
    already. To keep is shown to the district. To transfer rests the agreement, with temporary care, and proposes the
    move, which still needs its second person.
    """
    permit(by, "replacement.decide")
    verdict = Verdict(decision=decision, reason=reason, will=will, barred_by_law=barred_by_law)
    async with db.transaction(by.scope):
        recipient_id = await queries.recipient_of(case_id)
        if recipient_id is None:
            raise CaseNotFound
        await hold_cover(recipient_id)
        case = await hold(case_id)
        await keep_aside(case, by)
        await must_answer(case, by, now)
        rules.decide(case, verdict)
        await queries.save_decided(case.id, verdict, by=by.id, now=now)
        case = replace(case, status="decided", decision=decision, decided_at=now)
        await write("replacement.decided", case, by=by.id, now=now, facts={"decision": decision})
        await _carry_out(case, verdict, care, by, now)
        await resolve_for(
            [case.id],
            kinds={"replacement_undecided"},
            outcome="decided",
            evidence={"decision": decision},
            by=by.id,
            now=now,
        )
        occurrence = f"replacement:{case.id}:decided"
        await notify_caregiver(case, "decision_told", _TOLD[decision], occurrence=occurrence, now=now)


async def _carry_out(case: Case, verdict: Verdict, care: NewCare | None, by: Account, now: datetime) -> None:
    standing = await queries.standing_of(case, now=now)
    if verdict.decision == "keep_with_reason":
        await _show_district(case, now)
        return
    if rules.needs_care(verdict, await _cover(case, standing, care)):
        care_id = await _care(case, standing, care, by, now)
        await queries.save_covered(case.id, care_id)
        await write("replacement.covered", case, by=by.id, now=now, facts={"temporary_care": care_id})
    if verdict.decision == "replace":
        await _remove(case, verdict, by, now)
    else:
        await _move(case, verdict, standing, by, now)
    if standing.follower_id is not None:
        await begin_handover(case, standing.follower_id, by=by.id, now=now)


async def _cover(case: Case, standing: Standing, care: NewCare | None) -> Cover:
    by_the_removed = standing.care_by_the_removed
    if care is not None:
        who = care.caregiver_id
        by_the_removed = who is not None and await queries.same_caregiver(who, case.caregiver_id)
    return Cover(
        supported=standing.supported,
        followed=standing.follower_id is not None,
        renewed_with_same=standing.renewed_with_same,
        care_running=standing.care_id is not None,
        care_named=care is not None,
        care_by_the_removed=by_the_removed,
    )


async def _care(case: Case, standing: Standing, care: NewCare | None, by: Account, now: datetime) -> UUID:
    if care is not None:
        return await agreements.arrange_care(case.recipient_id, care, by=by, now=now, case_id=case.id)
    assert standing.care_id is not None, "somebody cares already, or is named"
    return standing.care_id


async def _remove(case: Case, verdict: Verdict, by: Account, now: datetime) -> None:
    """End the agreement, unless it has ended otherwise, and enter the caregiver in the district's bar list."""
    today = clock.local_day(now)
    await agreements.end_for_breach(case.agreement_id, case_id=case.id, on=today, by=by.id, now=now)
    policy = (await policy_issued(case.policy_id)).replacement
    why: bars.BarReason = "law" if verdict.barred_by_law else "removed"
    until = bars.until(why, today, months=policy.barred_months)
    named = "、".join(sorted({KIND_NAMES[ground.kind] for ground in case.grounds}))
    await people.bar(
        case.caregiver_id,
        reason=why,
        ground=f"撤换决定({named})：{verdict.reason.strip()}",
        case_id=case.id,
        from_on=today,
        until_on=until,
        by=by.id,
        now=now,
    )
    facts = {"reason": why, "until_on": until}
    await write("replacement.caregiver_barred", case, by=by.id, now=now, facts=facts)


async def _move(case: Case, verdict: Verdict, standing: Standing, by: Account, now: datetime) -> None:
    """The person stays where they are, in temporary care, until a second person has confirmed the move."""
    if standing.agreement_status == "active":
        await agreements.suspend(case.agreement_id, reason="拟转为集中供养，办理期间中止履行。", by=by, now=now)
    if standing.moved:
        return
    change = await propose_standing(
        case.recipient_id,
        standing_after="moved_to_collective",
        happened_on=clock.local_day(now),
        reason=f"按本人或监护人意愿转为集中供养：{verdict.reason.strip()}",
        by=by,
        now=now,
    )
    await queries.save_standing_change(case.id, change.id)


async def _show_district(case: Case, now: datetime) -> None:
    await open_about(
        [case],
        "replacement_kept",
        occurrence=lambda one: f"replacement_kept:{one.id}",
        since=lambda _: now,
        now=now,
    )
