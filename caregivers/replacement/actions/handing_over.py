"""After a removal: the successor, what is handed over, and the end of the case."""

from datetime import datetime
from uuid import UUID

from accounts.calendar import add
from accounts.permissions import Account
from accounts.queries import calendars_for, policy_issued
from alerts.actions import resolve_for
from caregivers.agreements.queries.agreements import hold_cover
from caregivers.replacement import closing, handover
from caregivers.replacement.actions.holding import hold, keep_aside, permit
from caregivers.replacement.actions.telling import write
from caregivers.replacement.case import Case
from caregivers.replacement.handover import Item, Recorded
from caregivers.replacement.queries import cases as queries
from caregivers.replacement.queries.handover import items_of, save_item
from caregivers.replacement.refusals import CaseNotFound, NotASuccessor
from core import clock, db


async def link_successor(case_id: UUID, agreement_id: UUID, *, by: Account, now: datetime) -> None:
    """Another caregiver's agreement is in force for the recipient: the handover begins, with its deadline."""
    permit(by, "handover.record")
    async with db.transaction(by.scope):
        case = await _hold_with_cover(case_id)
        await keep_aside(case, by)
        found = await queries.candidate(agreement_id, removed=case.caregiver_id)
        if found is None:
            raise NotASuccessor("没有找到这份协议。请核对后重新选择。", field="/agreement_id")
        closing.follow(
            case,
            same_recipient=found.recipient_id == case.recipient_id,
            active=found.status == "active",
            same_caregiver=found.same_person,
        )
        await begin_handover(case, agreement_id, by=by.id, now=now)


async def begin_handover(case: Case, agreement_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Store who follows. Joins the transaction under way; the case is held."""
    policy = (await policy_issued(case.policy_id)).replacement
    calendars = await calendars_for([case.district_id], clock.local_day(now))
    due_at = add(now, policy.handover_within, calendars[case.district_id])
    await queries.save_successor(case.id, agreement_id, handover_due_at=due_at)
    facts = {"successor": agreement_id, "handover_due_at": due_at}
    await write("replacement.successor_signed", case, by=by, now=now, facts=facts)


async def record_handover(case_id: UUID, recorded: Recorded, *, by: Account, now: datetime) -> None:
    """Record one item, or correct it; with the last one everything is handed over."""
    permit(by, "handover.record")
    async with db.transaction(by.scope):
        case = await _hold_with_cover(case_id)
        await keep_aside(case, by)
        end = await queries.end_of(case)
        handover.record(case, recorded, ended_on=None if end.in_force else end.on)
        await save_item(case, recorded, by=by.id, now=now)
        facts = {"item": recorded.item, "done": recorded.done, "settled_until": recorded.settled_until}
        await write("replacement.item_handed_over", case, by=by.id, now=now, facts=facts)
        standing = await queries.standing_of(case, now=now)
        if handover.whole(case, await _recorded(case), supported=standing.supported):
            await finish_handover(case, by=by.id, now=now)


async def finish_handover(case: Case, *, by: UUID | None, now: datetime) -> None:
    """Store that everything is handed over. Joins the transaction under way; the case is held."""
    await queries.save_handed_over(case.id, now=now)
    await resolve_for([case.id], kinds={"handover_overdue"}, outcome="handed_over", evidence={}, by=by, now=now)
    await write("replacement.handed_over", case, by=by, now=now, facts={})


async def close(case_id: UUID, *, by: Account, now: datetime) -> None:
    """Close a case in which nothing is left to do."""
    permit(by, "handover.record")
    async with db.transaction(by.scope):
        case = await hold(case_id)
        await keep_aside(case, by)
        end = await queries.end_of(case)
        transferred = case.decision == "transfer_to_collective"
        closing.close(case, recorded=await _recorded(case), ended_by_this=end.by_this_case or transferred)
        await queries.save_closed(case.id, by=by.id, now=now)
        await write("replacement.closed", case, by=by.id, now=now, facts={})


async def _hold_with_cover(case_id: UUID) -> Case:
    recipient_id = await queries.recipient_of(case_id)
    if recipient_id is None:
        raise CaseNotFound
    await hold_cover(recipient_id)
    return await hold(case_id)


async def _recorded(case: Case) -> list[Item]:
    return [one.item for one in await items_of(case.id)]
