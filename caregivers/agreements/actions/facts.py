"""Recording who a person's guardian is and who holds their card. Nothing is overwritten: the next one follows."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from caregivers.agreements.actions.ground import recipient_held
from caregivers.agreements.facts import NewFact, refuse_fact
from caregivers.agreements.queries import care_facts, drafts
from caregivers.agreements.refusals import CaregiverUnknown
from core import db, journal
from core.clock import local_day


async def record_care_fact(recipient_id: UUID, fact: NewFact, *, by: Account, now: datetime) -> UUID:
    """A caregiver who is guardian or card holder, too, is a risk that is shown, and never refused."""
    async with db.transaction(by.scope):
        recipient = await recipient_held(recipient_id)
        before = await care_facts.fact_in_force(recipient_id, fact.kind)
        refuse_fact(fact, before, minor=recipient.ability.minor, today=local_day(now))
        if fact.caregiver_id is not None and not await drafts.caregiver_seen(fact.caregiver_id):
            raise CaregiverUnknown(field="/caregiver_id")
        fact_id = await care_facts.add_fact(recipient_id, recipient.area_id, fact, by=by.id, now=now)
        await journal.write(
            "care_fact.recorded",
            subject_id=recipient_id,
            area_id=recipient.area_id,
            by=by.id,
            at=now,
            facts={"fact": fact_id, "kind": fact.kind, "who": fact.who, "since_on": fact.since_on.isoformat()},
        )
        return fact_id
