"""Grounds that fall away: an undecided case without any left ends, a decision taken is looked at again by people."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import resolve_for
from caregivers.replacement.actions.alerting import open_about
from caregivers.replacement.actions.holding import hold, keep_aside, permit
from caregivers.replacement.actions.telling import tell_over, write
from caregivers.replacement.case import Case, demand
from caregivers.replacement.grounds import still_mandatory, still_stands
from caregivers.replacement.queries import proposing as queries
from caregivers.replacement.refusals import MandatoryUndecided, WordsMissing
from core import db


async def withdraw_grounds(
    agreement_id: UUID,
    subject_ids: Collection[UUID],
    *,
    reason: str,
    evidence: Mapping[str, Any],
    by: UUID | None,
    now: datetime,
) -> None:
    """Take these grounds away from every case of an agreement that rests on them. Joins the transaction under way.

    An undecided case with nothing left to rest on is withdrawn; one that keeps only a person's proposal is no longer
    mandatory. A decision already taken is flagged and never undone here. `evidence` goes into the journal: ids only.
    """
    for case in await queries.hold_resting_on(agreement_id, subject_ids):
        gone = {ground.subject_id for ground in case.grounds} & set(subject_ids) - case.withdrawn_ids
        if not gone:
            continue
        left = case.withdrawn_ids | gone
        mandatory = still_mandatory(case.grounds, left) or not case.undecided
        await queries.mark_withdrawn(case.id, gone, evidence=evidence, mandatory=mandatory, now=now)
        facts = {"subjects": sorted(gone), "evidence": evidence}
        await write("replacement.ground_withdrawn", case, by=by, now=now, facts=facts)
        if not case.undecided:
            await _flag(case, gone, reason=reason, now=now)
        elif not still_stands(case.grounds, left):
            await end(case, reason=reason, evidence=facts, by=by, now=now)


async def end(case: Case, *, reason: str, evidence: Mapping[str, Any], by: UUID | None, now: datetime) -> None:
    """Withdraw an undecided case held by the caller: nobody waits for a decision on it any more."""
    await queries.save_withdrawn(case.id, reason=reason, by=by, now=now)
    await resolve_for(
        [case.id], kinds={"replacement_undecided"}, outcome="withdrawn", evidence=evidence, by=by, now=now
    )
    await write("replacement.withdrawn", case, by=by, now=now, facts={})
    await tell_over(case, now=now)


async def _flag(case: Case, gone: Collection[UUID], *, reason: str, now: datetime) -> None:
    """A decision to keep loses nothing when a ground against the caregiver falls away."""
    if case.decision == "keep_with_reason":
        return
    await queries.save_flagged(case.id, reason=reason, now=now)
    await write("replacement.decision_flagged", case, by=None, now=now, facts={"subjects": sorted(gone)})
    await open_about(
        [case],
        "decision_flagged",
        occurrence=lambda one: f"decision_flagged:{one.id}:{min(gone)}",
        since=lambda _: now,
        now=now,
    )


async def withdraw(case_id: UUID, *, reason: str, by: Account, now: datetime) -> None:
    """Drop a proposal with a reason, before anything is decided. One that policy demands is decided, never dropped."""
    permit(by, "replacement.propose")
    if not reason.strip():
        raise WordsMissing("请写明撤回的理由。", field="/reason")
    async with db.transaction(by.scope):
        case = await hold(case_id)
        await keep_aside(case, by)
        demand(case, "withdraw")
        if case.mandatory:
            raise MandatoryUndecided
        await end(case, reason=reason.strip(), evidence={}, by=by.id, now=now)
