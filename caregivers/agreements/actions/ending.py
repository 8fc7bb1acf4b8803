"""Suspending, resuming and ending an agreement: never without somebody who cares instead."""

from datetime import date, datetime
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import resolve_for
from caregivers.agreements import queries
from caregivers.agreements.actions.care import arrange_care, finish_care, refuse_the_suspended
from caregivers.agreements.actions.gaps import open_uncovered, resolve_covered
from caregivers.agreements.actions.ground import (
    ground,
    held,
    refuse_related,
    refuse_undecided,
    refuse_unsuitable,
    supported_recipient,
    tell,
    tell_caregiver,
)
from caregivers.agreements.cover import NewCare
from caregivers.agreements.ending import FACTS, refuse_day, refuse_end
from caregivers.agreements.lifecycle import Agreement, move
from caregivers.agreements.queries import care as care_queries
from caregivers.agreements.queries import moves
from caregivers.agreements.queries.agreements import caregiver_died
from caregivers.agreements.refusals import AnotherInForce, NotNow, ReasonMissing, TemporaryCareMissing, TermWrong
from core import db
from core.clock import local_day

_LONGEST = 500


async def suspend(
    agreement_id: UUID, *, reason: str, care: NewCare | None = None, by: Account, now: datetime
) -> Agreement:
    """The caregiver stands back from now on, and whoever steps in is named in the same breath.

    Without a name only where temporary care is in force already.
    """
    async with db.transaction(by.scope):
        agreement = await held(agreement_id)
        move(agreement.status, "suspend")
        _demand(reason)
        running = None if care else await queries.care_in_force(agreement.recipient_id)
        if (stands_in := care or running) is not None:
            await refuse_the_suspended(agreement, stands_in.caregiver_id)
        await _somebody_else(agreement, care, by, now)
        await moves.save_suspended(agreement_id, reason=reason.strip(), by=by.id, now=now)
        await tell("suspended", agreement, by=by.id, now=now)
        await tell_caregiver(agreement, "suspended", "您的照料协议已中止履行，由他人临时照料。", now=now)
        return await held(agreement_id)


async def resume(agreement_id: UUID, *, reason: str, by: Account, now: datetime) -> Agreement:
    """The caregiver cares again; temporary care ends with it."""
    async with db.transaction(by.scope):
        agreement = await held(agreement_id)
        move(agreement.status, "resume")
        _demand(reason)
        await refuse_related(agreement.caregiver_id, by)
        await refuse_undecided(agreement_id)
        if await queries.awaits_decision(agreement_id):
            raise NotNow
        await _refuse_unfit(agreement, now)
        await moves.save_resumed(agreement_id, now=now)
        await tell("resumed", agreement, by=by.id, now=now)
        await finish_care(agreement.recipient_id, reason="resumed", by=by.id, now=now)
        await care_queries.end_gap_by_deed(agreement.recipient_id, how="resumed", by=by.id, now=now)
        await resolve_covered(agreement.recipient_id, by=by.id, now=now, evidence={"agreement": str(agreement_id)})
        await tell_caregiver(agreement, "resumed", "您的照料协议已恢复履行，请按约定提供服务。", now=now)
        return await held(agreement_id)


async def end(
    agreement_id: UUID, *, reason: str, on: date, note: str, care: NewCare | None = None, by: Account, now: datetime
) -> Agreement:
    """End an agreement, `on` being its last day. Who takes over is cared for first, or named as temporary care here.

    What nobody can refuse (the caregiver died or gave up) is written down all the same; then the alert that somebody
    has nobody opens in the same transaction. A successor's agreement is one that follows this one: it ends it by
    itself.
    """
    async with db.transaction(by.scope):
        agreement = await held(agreement_id)
        move(agreement.status, "end")
        dead = await caregiver_died(agreement.caregiver_id)
        refuse_end(agreement, reason=reason, on=on, note=note, caregiver_dead=dead, today=local_day(now))
        if care is not None or reason not in FACTS:
            await _somebody_else(agreement, care, by, now)
        await moves.save_ended(agreement_id, reason=reason, on=on, by=by.id, now=now, note=note.strip())
        await _over(agreement, reason=reason, on=on, by=by.id, now=now)
        if await queries.is_supported(agreement.recipient_id):
            await _tell_of_gap(agreement, reason, now)
        return await held(agreement_id)


async def end_for_breach(agreement_id: UUID, *, case_id: UUID, on: date, by: UUID, now: datetime) -> bool:
    """End an agreement by the decision to replace its caregiver; joins that decision's transaction.

    False where it has ended otherwise before. Refused while nobody else cares for the person: `TemporaryCareMissing`.
    """
    agreement = await held(agreement_id)
    if agreement.status == "ended":
        return False
    move(agreement.status, "end")
    refuse_day(agreement, on, today=local_day(now))
    if not await _cared_for_by_others(agreement, now):
        raise TemporaryCareMissing
    await moves.save_ended(agreement_id, reason="terminated_for_breach", on=on, by=by, now=now, case_id=case_id)
    await _over(agreement, reason="terminated_for_breach", on=on, by=by, now=now)
    return True


async def _somebody_else(agreement: Agreement, care: NewCare | None, by: Account, now: datetime) -> None:
    if care is not None:
        await arrange_care(agreement.recipient_id, care, by=by, now=now)
    elif not await _cared_for_by_others(agreement, now):
        raise TemporaryCareMissing


async def _cared_for_by_others(agreement: Agreement, now: datetime) -> bool:
    """Whether this person needs nobody any more, or somebody is there without this agreement."""
    care = await queries.care_in_force(agreement.recipient_id)
    if care is not None and care.covers(now):
        return True
    active = await queries.active_agreement(agreement.recipient_id)
    if active is not None and active.id != agreement.id:
        return True
    return not await queries.is_supported(agreement.recipient_id)


async def _over(agreement: Agreement, *, reason: str, on: date, by: UUID, now: datetime) -> None:
    await tell("ended", agreement, by=by, now=now, reason=reason, on=on.isoformat())
    await resolve_for([agreement.id], kinds={"agreement_ending"}, outcome="closed", evidence={}, by=by, now=now)
    await tell_caregiver(agreement, "ended", f"您的照料协议已终止，最后一天为{on:%Y年%m月%d日}。", now=now)


async def _tell_of_gap(agreement: Agreement, reason: str, now: datetime) -> None:
    if not await queries.is_covered_at(agreement.recipient_id, now):
        recipient = await supported_recipient(agreement.recipient_id)
        await open_uncovered(recipient, why=reason, now=now)


async def _refuse_unfit(agreement: Agreement, now: datetime) -> None:
    """Nobody comes back whom the same rules would not let begin."""
    await supported_recipient(agreement.recipient_id)
    if agreement.ends_on < local_day(now):
        raise TermWrong("协议期限已过，不能恢复。请重新签订协议。")
    if await queries.active_agreement(agreement.recipient_id) is not None:
        raise AnotherInForce
    terms = await ground(agreement.district_id, now)
    await refuse_unsuitable(
        agreement.caregiver_id, agreement.recipient_id, terms.policy, now=now, except_agreement=agreement.id
    )


def _demand(reason: str) -> None:
    if not reason.strip() or len(reason) > _LONGEST:
        raise ReasonMissing(f"请写明原因，不超过{_LONGEST}字。", field="/reason")
