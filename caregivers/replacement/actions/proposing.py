"""Proposing a replacement: by policy in the transaction of what caused it, or by a person."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.calendar import add
from accounts.permissions import Account
from accounts.queries import calendars_for, policy_for
from caregivers.agreements.lifecycle import Agreement
from caregivers.agreements.queries import hold_cover
from caregivers.agreements.queries.agreements import agreement_of, hold_agreement
from caregivers.agreements.refusals import AgreementNotFound
from caregivers.replacement.actions.holding import permit
from caregivers.replacement.actions.telling import tell_head, write
from caregivers.replacement.case import Case
from caregivers.replacement.grounds import Ground, still_mandatory
from caregivers.replacement.queries import proposing as queries
from caregivers.replacement.queries.proposing import NewCase
from caregivers.replacement.refusals import AlreadyProposed, NotInForce, WordsMissing
from core import clock, db
from core.errors import Unavailable
from core.ids import new_id

_TRIES = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """What a case is to rest on, and who says so: nobody, where policy does."""

    grounds: Sequence[Ground]
    confidential: bool = False
    barred_ids: Collection[UUID] = ()
    by: UUID | None = None
    reason: str = ""
    reviews_case: UUID | None = None

    @property
    def mandatory(self) -> bool:
        return still_mandatory(self.grounds)

    @property
    def main(self) -> list[Ground]:
        """The grounds a case is named for: a serious hazard only stands beside failed cycles."""
        return [ground for ground in self.grounds if ground.kind != "serious_hazard"]


async def propose_by_policy(
    agreement_id: UUID,
    grounds: Sequence[Ground],
    *,
    confidential: bool,
    barred_ids: Collection[UUID],
    now: datetime,
) -> UUID:
    """Open the mandatory case these grounds ask for, or add them to the open one; the id of the case.

    Joins the transaction under way, a person's or the jobs'. Saying it again changes nothing, also after people have
    decided on these very grounds: only something new opens another case. A case that rests on suspected abuse is a
    case of its own beside an open ordinary one, so that neither its opening nor its end shows in what the caregiver's
    side sees.
    """
    proposal = Proposal(grounds=grounds, confidential=confidential, barred_ids=barred_ids)
    if not proposal.mandatory:
        raise ValueError("these grounds do not make a proposal mandatory")
    judged = await queries.judged_on(
        agreement_id, [ground.subject_id for ground in proposal.main], confidential=confidential
    )
    return judged or await open_or_add(agreement_id, proposal, now=now)


async def open_or_add(agreement_id: UUID, proposal: Proposal, *, now: datetime) -> UUID:
    """The case that carries this proposal from now on. Two who propose at once end with one case."""
    agreement = await agreement_of(agreement_id)
    if agreement is None:
        raise AgreementNotFound
    await hold_cover(agreement.recipient_id)  # a renewal begun at this moment would slip past the case
    district, today = agreement.district_id, clock.local_day(now)
    policy = await policy_for(district, today)
    calendar = (await calendars_for([district], today))[district]
    decide_by = add(now, policy.policy.replacement.decision, calendar)
    for _ in range(_TRIES):
        held = await queries.hold_open(agreement_id, confidential=proposal.confidential)
        if held is not None:
            await _add_to(held, proposal, decide_by, now)
            return held.id
        new = _new(agreement, proposal, policy.id, decide_by, now)
        if await queries.add_case(new):
            await _tell_opened(new, now)
            return new.id
    raise Unavailable


def _new(
    agreement: Agreement, proposal: Proposal, policy_id: UUID | None, decide_by: datetime, now: datetime
) -> NewCase:
    kind = proposal.main[0].kind
    return NewCase(
        id=new_id(),
        agreement=agreement,
        grounds=proposal.grounds,
        ground="proposed" if kind == "review" else kind,
        mandatory=proposal.mandatory,
        confidential=proposal.confidential,
        barred_ids=proposal.barred_ids,
        policy_id=policy_id,
        proposed_by=proposal.by,
        proposed_at=now,
        reason=proposal.reason,
        decide_by=decide_by,
        reviews_case=proposal.reviews_case,
    )


async def _add_to(held: Case, proposal: Proposal, decide_by: datetime, now: datetime) -> None:
    known = {(ground.kind, ground.subject_id) for ground in held.grounds}
    fresh = [ground for ground in proposal.grounds if (ground.kind, ground.subject_id) not in known]
    if not fresh:
        return
    mandatory = held.undecided and still_mandatory([*held.grounds, *fresh], held.withdrawn_ids)
    await queries.add_grounds(
        held.id,
        fresh,
        mandatory=mandatory,
        decide_by=decide_by if mandatory else held.decide_by,
        barred_ids=proposal.barred_ids,
    )
    facts = {"grounds": sorted({ground.kind for ground in fresh}), "mandatory": held.mandatory or mandatory}
    await write("replacement.ground_added", held, by=proposal.by, now=now, facts=facts)


async def _tell_opened(new: NewCase, now: datetime) -> None:
    facts = {
        "grounds": sorted({ground.kind for ground in new.grounds}),
        "mandatory": new.mandatory,
        "decide_by": new.decide_by,
        "reviews_case": new.reviews_case,
    }
    await write("replacement.proposed", new, by=new.proposed_by, now=now, facts=facts)
    await tell_head(new, decide_by=new.decide_by, now=now)


async def propose(agreement_id: UUID, *, reason: str, by: Account, now: datetime) -> UUID:
    """A person's own proposal, which may be dropped again with a reason; the id of the case."""
    permit(by, "replacement.propose")
    if not reason.strip():
        raise WordsMissing("请写明提请撤换的理由。", field="/reason")
    async with db.transaction(by.scope):
        agreement = await hold_agreement(agreement_id)
        if agreement is None:
            raise AgreementNotFound
        if not agreement.in_force:
            raise NotInForce
        if await queries.hold_open(agreement_id, confidential=False):
            raise AlreadyProposed
        ground = Ground(kind="proposed", subject_id=agreement_id, at=now)
        return await open_or_add(agreement_id, Proposal(grounds=[ground], by=by.id, reason=reason.strip()), now=now)
