"""Call-backs: asked by somebody apart, and told on when the answer is no or there is none."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.permissions import Account, Role
from alerts.actions import open_alerts_today, resolve_for
from alerts.opening import NewAlert
from core import db, journal
from core.errors import Forbidden
from visits.evidence.queries import calling_back as queries
from visits.evidence.queries.calling_back import CallBack
from visits.evidence.refusals import (
    AssigneeUnfit,
    CallBackDone,
    CallBackNotFound,
    CallBackOfSomebodyElse,
    VisitorCallsBack,
)
from visits.evidence.sampling import may_call_back

_TOLD_ON = frozenset({"denied", "unreachable"})


async def log_call_back(
    call_back_id: UUID,
    *,
    outcome: Literal["confirmed", "denied", "unreachable"],
    how: Literal["phone", "door", "video"],
    note: str,
    by: Account,
    now: datetime,
) -> CallBack:
    """What was answered. Denied or nobody reached: an alert at once. The same answer again changes nothing."""
    async with db.transaction(by.scope):
        held = await _held(call_back_id)
        if held.status == "done":
            if (held.outcome, held.done_by) == (outcome, by.id):
                return held
            raise CallBackDone
        side = await queries.caregivers_side_of(held.recipient_id)
        if not may_call_back(account_id=by.id, role=by.role, visitor_id=held.visitor_id, caregivers_side=side):
            raise VisitorCallsBack
        if by.id != held.assigned_to and by.role is not Role.DISTRICT:
            raise CallBackOfSomebodyElse
        await queries.save_outcome(call_back_id, outcome=outcome, how=how, note=note, by=by.id, now=now)
        facts = {"outcome": outcome, "how": how, "report": str(held.report_id)}
        await journal.write(
            "call_back.answered", subject_id=call_back_id, area_id=held.area_id, by=by.id, at=now, facts=facts
        )
        if outcome in _TOLD_ON:
            await open_alerts_today([_doubted(held, outcome)], now=now)
        await resolve_for(
            [call_back_id], kinds={"call_back_overdue"}, outcome="called_back", evidence=facts, by=by.id, now=now
        )
        return await _held(call_back_id)


def _doubted(held: CallBack, outcome: str) -> NewAlert:
    """`since`: only a contact after this moment answers it."""
    return NewAlert(
        occurrence=f"visit_doubted:{held.report_id}",
        kind="visit_doubted",
        area_id=held.area_id,
        district_id=held.district_id,
        recipient_id=held.recipient_id,
        subject_id=held.report_id,
        facts={"outcome": outcome, "made_at": held.made_at},
    )


async def reassign(call_back_id: UUID, *, to: UUID, by: Account, now: datetime) -> CallBack:
    """Hand a question to somebody else who may ask it; whoever only reads hands over nothing."""
    if not by.may("callback.log"):
        raise Forbidden
    async with db.transaction(by.scope):
        held = await _held(call_back_id)
        if held.status == "done":
            raise CallBackDone
        role, side = await queries.may_see(to, held.area_id), await queries.caregivers_side_of(held.recipient_id)
        if role is None or not may_call_back(
            account_id=to, role=role, visitor_id=held.visitor_id, caregivers_side=side
        ):
            raise AssigneeUnfit(field="/to")
        await queries.assign(call_back_id, to)
        facts = {"to": str(to)}
        await journal.write(
            "call_back.assigned", subject_id=call_back_id, area_id=held.area_id, by=by.id, at=now, facts=facts
        )
        return await _held(call_back_id)


async def _held(call_back_id: UUID) -> CallBack:
    held = await queries.hold_call_back(call_back_id)
    if held is None:
        raise CallBackNotFound
    return held
