"""Hazards: recorded as they are found, closed by what was seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import resolve_for
from caregivers.rectification.actions.counting import judge
from caregivers.rectification.actions.lawful import refuse_their_side, terms_today
from caregivers.rectification.hazards import Ending, FoundHazard, Hazard, Source
from caregivers.rectification.order import CLOCK_MAY_BE_AHEAD
from caregivers.rectification.queries import hazards as queries
from caregivers.rectification.queries.hazards import NewHazard
from caregivers.rectification.queries.orders import one_at_a_time
from caregivers.rectification.refusals import (
    DutyWasDone,
    EvidenceMissing,
    FoundAtImpossible,
    HazardClosed,
    HazardIdTaken,
    HazardNotFound,
    HazardUnderOrder,
    MandatoryCaseUndecided,
    ReasonMissing,
    SourceMissing,
)
from caregivers.replacement.queries.proposing import undecided_case_of
from core import db, journal
from core.ids import new_id
from recipients.queries import owner_of
from recipients.refusals import RecipientNotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonsHazard:
    """What somebody records by hand. The id is made by whoever sends it; a missed duty names the one missed."""

    id: UUID
    recipient_id: UUID
    source: Source
    source_id: UUID | None = None
    severity: str
    block: str
    what: str
    found_at: datetime
    removed_now: bool = False
    complainant: str | None = None


async def record_hazards(found: Sequence[FoundHazard], *, by: UUID, now: datetime) -> list[UUID]:
    """Record what a report found, each item of a source once; the ids of those that are new.

    Joins the transaction under way. A grave one against an agreement in force may make a replacement proposal
    mandatory: at once, in the same transaction.
    """
    return [hazard.id for hazard in await _record([(one, None) for one in found], by=by, now=now)]


async def _record(
    found: Sequence[tuple[FoundHazard, str | None]], *, by: UUID, now: datetime, first_id: UUID | None = None
) -> list[Hazard]:
    if not found:
        return []
    _, terms = await terms_today(found[0][0].district_id, now)
    new = [
        NewHazard(
            id=first_id or new_id(),
            found=one,
            attend_by=terms.attend_by(one.severity, now),
            complainant=complainant,
        )
        for one, complainant in found
    ]
    stored = await queries.add_hazards(new, by=by, now=now)
    source = {one.id: one.found.source for one in new}
    await journal.write_all([_entry("hazard.recorded", one, by, now, source=source[one.id]) for one in stored])
    against = {one.agreement_id for one in stored if one.agreement_id and one.grave}
    if against:
        await judge(against, now=now)
    return stored


def _entry(kind: str, hazard: Hazard, by: UUID, now: datetime, **facts: str) -> journal.Entry:
    return journal.Entry(
        kind=kind,
        subject_id=hazard.id,
        area_id=hazard.area_id,
        by=by,
        at=now,
        facts={"agreement_id": hazard.agreement_id, "severity": hazard.severity, **facts},
    )


async def record_hazard(new: PersonsHazard, *, by: Account, now: datetime) -> UUID:
    """Record a hazard from a complaint, an inspection or a missed duty; the id it is kept under.

    The same again finds the first; a missed visit that was made after all is none.
    """
    if not new.what.strip():
        raise ReasonMissing("请写明隐患情况。", field="/what")
    if new.found_at > now + CLOCK_MAY_BE_AHEAD:
        raise FoundAtImpossible(field="/found_at")
    if new.source == "missed_duty" and new.source_id is None:
        raise SourceMissing(field="/source_id")
    async with db.transaction(by.scope):
        owner = await owner_of(new.recipient_id)
        if owner is None:
            raise RecipientNotFound
        if new.source == "missed_duty" and new.source_id and await queries.duty_was_done(new.source_id):
            raise DutyWasDone(field="/source_id")
        found = FoundHazard(
            recipient_id=owner.recipient_id,
            area_id=owner.area_id,
            district_id=owner.district_id,
            source=new.source,
            source_id=new.source_id or new.id,
            severity=new.severity,
            block=new.block,
            what=new.what.strip(),
            found_at=new.found_at,
            removed_now=new.removed_now,
        )
        complainant = new.complainant.strip() if new.complainant and new.source == "complaint" else None
        if await _record([(found, complainant or None)], by=by.id, now=now, first_id=new.id):
            return new.id
        return await _kept(found)


async def _kept(found: FoundHazard) -> UUID:
    known = await queries.recorded(found)
    if known is None or known[1:] != (found.severity, found.what):
        raise HazardIdTaken
    return known[0]


async def close_hazard(hazard_id: UUID, *, ending: Ending, evidence: str, by: Account, now: datetime) -> None:
    """Close a hazard by what was seen. Not while an order is to remove it, nor a grave one while policy demands a
    decision on its caregiver that nobody has taken; and by nobody on the caregiver's side."""
    if not evidence.strip():
        raise EvidenceMissing(field="/evidence")
    async with db.transaction(by.scope):
        hazard = await queries.hold_hazard(hazard_id)
        if hazard is None:
            raise HazardNotFound
        await refuse_their_side(by.id, hazard.caregiver_id)
        if hazard.status != "open":
            raise HazardClosed
        if await queries.under_order([hazard_id]):
            raise HazardUnderOrder
        if hazard.grave and hazard.agreement_id:
            await one_at_a_time([hazard.agreement_id])
            if await undecided_case_of(hazard.agreement_id):
                raise MandatoryCaseUndecided
        await queries.save_closed([hazard_id], ending, reason=evidence.strip(), by=by.id, now=now)
        await journal.write_all([_entry("hazard.closed", hazard, by.id, now, ending=ending)])
        await resolve_for(
            [hazard_id],
            kinds={"hazard_unattended"},
            outcome="closed",
            evidence={"hazard": str(hazard_id)},
            by=by.id,
            now=now,
        )


async def reveal_complainant(hazard_id: UUID, *, purpose: str, by: Account, now: datetime) -> str | None:
    """Who complained, to nobody on the caregiver's side; each look is written down before the name leaves."""
    if not purpose.strip():
        raise ReasonMissing("请写明查看投诉人的用途。", field="/purpose")
    async with db.transaction(by.scope):
        found = await queries.complainant_of(hazard_id)
        if found is None:
            raise HazardNotFound
        caregiver_id, area_id, complainant = found
        await refuse_their_side(by.id, caregiver_id)
        await journal.write(
            "hazard.complainant_revealed", subject_id=hazard_id, area_id=area_id, by=by.id, at=now, facts={}
        )
        return complainant
