"""Looking at an agreement before it ends, and writing the one that follows it."""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import resolve_for
from caregivers.agreements.actions.drafting import draft
from caregivers.agreements.actions.ground import ground, held, refuse_related, refuse_undecided, tell
from caregivers.agreements.drafting import Content, fee, last_day
from caregivers.agreements.lifecycle import Agreement
from caregivers.agreements.queries import drafts, moves
from caregivers.agreements.refusals import AgreementNotFound
from caregivers.agreements.renewal import Decision, refuse_renewal, refuse_review
from core import db
from core.clock import local_day

_DAY = timedelta(days=1)


async def review_renewal(
    agreement_id: UUID, *, decision: Decision, reason: str, by: Account, now: datetime
) -> Agreement:
    """Whether it goes on with this caregiver, by somebody who is not on their side."""
    async with db.transaction(by.scope):
        agreement = await held(agreement_id)
        terms = await ground(agreement.district_id, now)
        refuse_review(agreement, reason=reason, policy=terms.policy, calendar=terms.calendar, now=now)
        await refuse_related(agreement.caregiver_id, by)
        if decision == "renew":
            await refuse_undecided(agreement_id)
        await moves.save_reviewed(agreement_id, decision=decision, reason=reason.strip(), by=by.id, now=now)
        await tell("reviewed", agreement, by=by.id, now=now, decision=decision)
        evidence = {"decision": decision}
        await resolve_for(
            [agreement_id], kinds={"agreement_ending"}, outcome="renewed", evidence=evidence, by=by.id, now=now
        )
        return await held(agreement_id)


async def renew(agreement_id: UUID, *, by: Account, now: datetime) -> Agreement:
    """A draft that follows this agreement: the same caregiver, the same services, from the day after its last.

    Consent and signatures are given anew; the fee is that of the person's class by now.
    """
    async with db.transaction(by.scope):
        agreement = await held(agreement_id)
        refuse_renewal(agreement)
        await refuse_related(agreement.caregiver_id, by)
        was, recipient = await drafts.content_of(agreement_id), await drafts.recipient_for(agreement.recipient_id)
        if was is None or recipient is None:
            raise AgreementNotFound
        policy = (await ground(agreement.district_id, now)).policy
        starts_on = max(agreement.ends_on + _DAY, local_day(now))
        content = Content(
            caregiver_id=was.caregiver_id,
            relation=was.relation,
            starts_on=starts_on,
            ends_on=last_day(starts_on, policy),
            fee_class=recipient.fee_class,
            fee_yuan=fee(recipient.fee_class, policy),
            liability=was.liability,
            items=was.items,
        )
        return await draft(agreement.recipient_id, content, follows=agreement_id, by=by, now=now)
