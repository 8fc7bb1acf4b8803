"""Asking the recipient and the neighbours how the agreement was kept, by somebody independent."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import policy_issued
from caregivers.assessment import lifecycle
from caregivers.assessment.actions.ground import hold, permit, write
from caregivers.assessment.lifecycle import Asked
from caregivers.assessment.queries import moving
from caregivers.people.queries import caregivers_side
from core import db


async def record_recipient_opinion(
    assessment_id: UUID,
    *,
    score: int,
    how: Asked,
    proxy_reason: str | None,
    said: str,
    by: Account,
    now: datetime,
) -> None:
    """Record the recipient's satisfaction, 0 to 100, by voice or by a proxy; until settled it may be redone."""
    permit(by, "assessment.record")
    async with db.transaction(by.scope):
        one = await hold(assessment_id)
        side = await caregivers_side(one.caregiver_id)
        lifecycle.ask_recipient(one, how=how, proxy_reason=proxy_reason, by=by.id, side=side)
        reason = proxy_reason if how == "proxy" else None
        await moving.save_recipient_opinion(
            one, score=score, how=how, proxy_reason=reason, said=said, by=by.id, now=now
        )
        facts = {"instrument": "recipient", "how": how, "score": score}
        await write("assessment.asked", one, by=by.id, now=now, facts=facts)


async def record_neighbours_opinion(
    assessment_id: UUID, *, score: int, asked: int, said: str, by: Account, now: datetime
) -> None:
    """Record what neighbours say, 0 to 100: of how many households, never of whom."""
    permit(by, "assessment.record")
    async with db.transaction(by.scope):
        one = await hold(assessment_id)
        side = await caregivers_side(one.caregiver_id)
        policy = await policy_issued(one.policy_id)
        lifecycle.ask_neighbours(one, asked=asked, policy=policy, by=by.id, side=side)
        await moving.save_neighbours_opinion(one, score=score, asked=asked, said=said, by=by.id, now=now)
        facts = {"instrument": "neighbours", "asked": asked, "score": score}
        await write("assessment.asked", one, by=by.id, now=now, facts=facts)
