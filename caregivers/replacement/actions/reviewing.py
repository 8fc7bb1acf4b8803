"""Looking again: the district at a decision to keep, township or district at one whose ground fell away."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import resolve_for
from caregivers.replacement import closing as rules
from caregivers.replacement.actions.holding import hold, keep_aside, must_answer, permit
from caregivers.replacement.actions.proposing import Proposal, open_or_add
from caregivers.replacement.actions.telling import write
from caregivers.replacement.case import Case
from caregivers.replacement.grounds import Ground
from caregivers.replacement.queries import cases as queries
from caregivers.replacement.refusals import WordsMissing
from core import db


async def acknowledge_keep(case_id: UUID, *, by: Account, now: datetime) -> None:
    """The district has read why the caregiver stays, and lets it stand: the case is closed."""
    permit(by, "replacement.review")
    async with db.transaction(by.scope):
        case = await _kept(case_id, by)
        await queries.save_keep_seen(case.id, by=by.id, now=now)
        await _settle_kept(case, "replacement.keep_acknowledged", by, now)


async def order_review(case_id: UUID, *, reason: str, by: Account, now: datetime) -> UUID:
    """The district wants it decided anew: a mandatory case with its own deadline; its id."""
    permit(by, "replacement.review")
    _demand(reason, "请写明要求复议的理由。")
    async with db.transaction(by.scope):
        case = await _kept(case_id, by)
        await queries.save_review_ordered(case.id, reason=reason.strip(), by=by.id, now=now)
        await _settle_kept(case, "replacement.review_ordered", by, now)
        standing = [ground for ground in case.grounds if ground.subject_id not in case.withdrawn_ids]
        proposal = Proposal(
            grounds=[*standing, Ground(kind="review", subject_id=case.id, at=now)],
            confidential=case.confidential,
            barred_ids=case.barred_ids,
            by=by.id,
            reason=reason.strip(),
            reviews_case=case.id,
        )
        return await open_or_add(case.agreement_id, proposal, now=now)


async def review_flag(case_id: UUID, *, note: str, by: Account, now: datetime) -> None:
    """Somebody who answers has looked at a decision whose ground fell away. What follows from it, people do."""
    if not by.may("replacement.review"):
        permit(by, "replacement.decide")
    _demand(note, "请写明复核的结论和理由。", field="/note")
    async with db.transaction(by.scope):
        case = await hold(case_id)
        await keep_aside(case, by)
        if not by.may("replacement.review"):
            await must_answer(case, by, now)
        rules.review(case)
        await queries.save_flag_reviewed(case.id, note=note.strip(), by=by.id, now=now)
        await resolve_for([case.id], kinds={"decision_flagged"}, outcome="decided", evidence={}, by=by.id, now=now)
        await write("replacement.flag_reviewed", case, by=by.id, now=now, facts={})


async def _kept(case_id: UUID, by: Account) -> Case:
    case = await hold(case_id)
    await keep_aside(case, by)
    rules.look_at_keep(case)
    return case


async def _settle_kept(case: Case, kind: str, by: Account, now: datetime) -> None:
    await queries.save_closed(case.id, by=by.id, now=now)
    await resolve_for([case.id], kinds={"replacement_kept"}, outcome="closed", evidence={}, by=by.id, now=now)
    await write(kind, case, by=by.id, now=now, facts={})


def _demand(text: str, said: str, *, field: str = "/reason") -> None:
    if not text.strip():
        raise WordsMissing(said, field=field)
