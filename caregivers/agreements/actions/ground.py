"""What every act on an agreement stands on: the agreement held, its policy, its recipient, who may not act on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.calendar import WorkCalendar
from accounts.permissions import Account
from accounts.policy import Policy
from accounts.queries import calendars_for, policy_for
from alerts.actions import owe
from alerts.notices import NewNotice
from caregivers.agreements import queries
from caregivers.agreements.drafting import Recipient
from caregivers.agreements.lifecycle import Agreement
from caregivers.agreements.queries import agreements as agreement_queries
from caregivers.agreements.refusals import (
    AgreementNotFound,
    CaregiverUnknown,
    CaregiverUnsuitable,
    DecisionAwaited,
    NotSupported,
    RelatedToCaregiver,
)
from caregivers.people.conflict import barred
from caregivers.people.queries import caregivers_side, hold_for_care, suitability_facts
from caregivers.people.suitability import unsuitable
from core import journal
from core.clock import local_day
from recipients.refusals import RecipientNotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """The policy and the working days an act is judged by."""

    policy: Policy
    calendar: WorkCalendar


async def ground(district_id: int, now: datetime) -> Ground:
    day = local_day(now)
    issued = await policy_for(district_id, day)
    return Ground(policy=issued.policy, calendar=(await calendars_for([district_id], day))[district_id])


async def held(agreement_id: UUID) -> Agreement:
    """The agreement, locked; `AgreementNotFound` for somebody else's as for none."""
    found = await queries.hold_agreement(agreement_id)
    if found is None:
        raise AgreementNotFound
    return found


async def recipient_held(recipient_id: UUID) -> Recipient:
    """A recipient of the caller's, whom nobody else arranges care for meanwhile."""
    if await queries.recipient_for(recipient_id) is None:
        raise RecipientNotFound
    await queries.hold_cover(recipient_id)
    found = await queries.recipient_for(recipient_id)
    if found is None:
        raise RecipientNotFound
    return found


async def supported_recipient(recipient_id: UUID) -> Recipient:
    """A recipient of the caller's who is still in dispersed support. Their cover is held already."""
    found = await queries.recipient_for(recipient_id)
    if found is None:
        raise RecipientNotFound
    if not found.supported:
        raise NotSupported
    return found


async def refuse_unsuitable(
    caregiver_id: UUID, recipient_id: UUID, policy: Policy, *, now: datetime, except_agreement: UUID | None = None
) -> None:
    """Refuse whom policy or law does not let care for this person, with the first reason there is."""
    if not await hold_for_care(caregiver_id):
        raise CaregiverUnknown(field="/caregiver_id")
    day = local_day(now)
    facts = await suitability_facts(caregiver_id, recipient_id, on=day, except_agreement=except_agreement)
    if facts is None:
        raise CaregiverUnknown(field="/caregiver_id")
    found = unsuitable(facts, policy.caregivers, day)
    if found:
        raise CaregiverUnsuitable("".join(str(one) for one in found), field="/caregiver_id")


async def refuse_related(caregiver_id: UUID, by: Account) -> None:
    """Refuse who is on the caregiver's side (关系保、人情保)."""
    if barred(by.id, await caregivers_side(caregiver_id)):
        raise RelatedToCaregiver


async def refuse_undecided(agreement_id: UUID) -> None:
    """Refuse while a mandatory replacement case that the caller knows of waits for its decision."""
    if await queries.case_awaits_decision(agreement_id):
        raise DecisionAwaited


async def tell_caregiver(agreement: Agreement, happened: str, line: str, *, now: datetime) -> None:
    """Owe the caregiver a notice, where they have an account. The line names nobody."""
    account_id = await agreement_queries.caregiver_account(agreement.caregiver_id)
    if account_id is None:
        return
    new = NewNotice(
        occurrence=f"agreement_told:{agreement.id}:{happened}:{now.isoformat()}",
        kind="agreement_told",
        severity="general",
        account_id=account_id,
        facts={"lines": [line]},
    )
    await owe([new], now=now)


async def tell(kind: str, agreement: Agreement, *, by: UUID | None, now: datetime, **facts: Any) -> None:
    """A line of the agreement's history: words, ids and dates only."""
    plain = {name: value for name, value in facts.items() if value is not None}
    await journal.write(
        f"agreement.{kind}", subject_id=agreement.id, area_id=agreement.area_id, by=by, at=now, facts=plain
    )
