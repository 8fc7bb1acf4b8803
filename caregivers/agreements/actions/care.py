"""Temporary care: arranged at once, extended once by somebody else, ended when there is an agreement again."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from accounts.policy import Policy
from alerts.actions import resolve_for
from caregivers.agreements import queries
from caregivers.agreements.actions.gaps import resolve_covered
from caregivers.agreements.actions.ground import ground, recipient_held
from caregivers.agreements.cover import Care, NewCare, refuse_care, refuse_extension
from caregivers.agreements.drafting import Recipient
from caregivers.agreements.lifecycle import Agreement
from caregivers.agreements.queries import care as care_queries
from caregivers.agreements.refusals import (
    CaredForByTheSuspended,
    CaregiverUnknown,
    CaregiverUnsuitable,
    CareNotFound,
    CareOver,
    NobodyWouldCare,
    NotSupported,
)
from caregivers.people.queries import suitability_facts
from caregivers.people.suitability import unsuitable
from core import db, journal
from core.clock import local_day

GRAVE = frozenset({"not_active", "not_adult", "without_capacity", "barred", "is_recipient", "health", "minor_check"})
"""What forbids even a night of care. Too many people, papers missing: an emergency does not wait for that."""


async def arrange_care(
    recipient_id: UUID, care: NewCare, *, by: Account, now: datetime, case_id: UUID | None = None
) -> UUID:
    """Somebody looks after this person from now on, instead of whoever did so temporarily before; its id.

    Joins a transaction under way, such as a suspension's.
    """
    async with db.transaction(by.scope):
        recipient = await recipient_held(recipient_id)
        if not recipient.supported:
            raise NotSupported
        terms = await ground(recipient.district_id, now)
        refuse_care(care, terms.policy, terms.calendar, now=now)
        name = await _carer_name(care, recipient, terms.policy, now)
        replaced = await care_queries.end_care_in_force(recipient_id, reason="replaced", by=by.id, now=now)
        in_force = await queries.agreement_in_force(recipient_id)
        if in_force is not None and in_force.status == "suspended":
            await refuse_the_suspended(in_force, care.caregiver_id)
        agreement_id = in_force.id if in_force else None
        care_id = await care_queries.add_care(
            care, recipient, carer_name=name, agreement_id=agreement_id, case_id=case_id, by=by.id, now=now
        )
        facts = {"kind": care.kind, "ends_by": care.ends_by, "agreement_id": agreement_id, "replaces": replaced}
        await _tell("care.arranged", care_id, recipient, by, now, facts)
        await care_queries.end_gap_by_deed(recipient_id, how="arranged", by=by.id, now=now)
        if replaced is not None:
            await _settle_ending(replaced, by=by.id, now=now)
        await resolve_covered(recipient_id, by=by.id, now=now, evidence={"care": str(care_id)})
        return care_id


async def extend_care(care_id: UUID, *, until: datetime, reason: str, by: Account, now: datetime) -> Care:
    """Once, by somebody else than who arranged it, and before it is over."""
    async with db.transaction(by.scope):
        care = await _hold(care_id)
        terms = await ground(care.district_id, now)
        refuse_extension(
            care, until=until, reason=reason, policy=terms.policy, calendar=terms.calendar, by=by.id, now=now
        )
        await care_queries.save_extended(care_id, until=until, reason=reason.strip(), by=by.id, now=now)
        facts = {"ends_by": until, "agreement_id": care.agreement_id}
        await _tell("care.extended", care_id, care, by, now, facts)
        await _settle_ending(care_id, by=by.id, now=now)
        return await _hold(care_id)


async def end_care(care_id: UUID, *, by: Account, now: datetime) -> Care:
    """An agreement is in force and its caregiver is there; otherwise refused: nobody is left without care."""
    async with db.transaction(by.scope):
        care = await _hold(care_id)
        if care.ended_at is not None:
            raise CareOver
        active = await queries.active_agreement(care.recipient_id)
        new = active is not None and active.activated_at is not None and active.activated_at > care.starts_at
        reason = "successor" if new else "resumed"
        await finish_care(care.recipient_id, reason=reason, by=by.id, now=now)
        if await queries.is_supported(care.recipient_id) and not await queries.is_covered_at(care.recipient_id, now):
            raise NobodyWouldCare
        return await _hold(care_id)


async def finish_care(recipient_id: UUID, *, reason: str, by: UUID | None, now: datetime) -> UUID | None:
    """End the temporary care in force, for a reason that has taken its place; joins that transaction. Its id."""
    ended = await care_queries.end_care_in_force(recipient_id, reason=reason, by=by, now=now)
    if ended is None:
        return None
    care = await care_queries.hold_care(ended)
    if care is not None:
        facts = {"reason": reason, "agreement_id": care.agreement_id}
        await journal.write("care.ended", subject_id=ended, area_id=care.area_id, by=by, at=now, facts=_plain(facts))
    await _settle_ending(ended, by=by, now=now)
    return ended


async def refuse_the_suspended(agreement: Agreement, caregiver_id: UUID | None) -> None:
    """Whoever stands back is not who steps in, under another registration either."""
    if caregiver_id is not None and await care_queries.same_person(caregiver_id, agreement.caregiver_id):
        raise CaredForByTheSuspended(field="/care/caregiver_id")


async def _hold(care_id: UUID) -> Care:
    found = await care_queries.hold_care(care_id)
    if found is None:
        raise CareNotFound
    return found


async def _carer_name(care: NewCare, recipient: Recipient, policy: Policy, now: datetime) -> str:
    """Of a registered caregiver the name on record, if nothing grave speaks against them."""
    if care.caregiver_id is None:
        return care.carer_name or ""
    day = local_day(now)
    facts = await suitability_facts(care.caregiver_id, recipient.id, on=day)
    name = await care_queries.caregiver_name(care.caregiver_id)
    if facts is None or name is None:
        raise CaregiverUnknown(field="/care/caregiver_id")
    found = [one for one in unsuitable(facts, policy.caregivers, day) if one.code in GRAVE]
    if found:
        raise CaregiverUnsuitable("".join(str(one) for one in found), field="/care/caregiver_id")
    return name


async def _settle_ending(care_id: UUID, *, by: UUID | None, now: datetime) -> None:
    await resolve_for([care_id], kinds={"temporary_care_ending"}, outcome="arranged", evidence={}, by=by, now=now)


async def _tell(
    kind: str, care_id: UUID, place: Recipient | Care, by: Account, now: datetime, facts: Mapping[str, object]
) -> None:
    await journal.write(kind, subject_id=care_id, area_id=place.area_id, by=by.id, at=now, facts=_plain(facts))


def _plain(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in facts.items() if value is not None}
