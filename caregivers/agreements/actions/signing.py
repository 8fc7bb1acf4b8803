"""Signing, and what follows when the last party has signed: the agreement is in force."""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.permissions import Account, Role
from alerts.actions import resolve_for
from caregivers.agreements import queries
from caregivers.agreements.actions.care import finish_care
from caregivers.agreements.actions.gaps import resolve_covered
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
from caregivers.agreements.lifecycle import Agreement, move
from caregivers.agreements.queries import care as care_queries
from caregivers.agreements.queries import moves, signatures
from caregivers.agreements.queries.agreements import caregiver_account
from caregivers.agreements.refusals import AnotherInForce, TermWrong
from caregivers.agreements.signing import NewSignature, complete, refuse_signature
from core import db
from core.clock import local_day

_DAY = timedelta(days=1)


async def sign(agreement_id: UUID, signature: NewSignature, *, by: Account, now: datetime) -> Agreement:
    """Record one party's signature. With the last one the agreement is in force, or will be from its first day on.

    A caregiver who signs last with an account of their own is told nothing of what speaks against it: that is judged
    with the jobs' eyes, within seconds (see `settle_cover`).
    """
    async with db.transaction(by.scope):
        agreement = await held(agreement_id)
        move(agreement.status, "sign")
        signed = await queries.signed_parties(agreement_id)
        account_id = await caregiver_account(agreement.caregiver_id)
        own = signature.how == "electronic" and by.id == account_id
        recipient = None if by.role is Role.CAREGIVER else await supported_recipient(agreement.recipient_id)
        refuse_signature(
            signature,
            signed=signed,
            ability=recipient.ability if recipient else None,
            caregiver_account=account_id,
            by=by,
            today=local_day(now),
        )
        if not own:
            await refuse_related(agreement.caregiver_id, by)
        await signatures.add_signature(agreement_id, agreement.area_id, signature, by=by.id, now=now)
        facts = {"party": signature.party, "how": signature.how, "capacity": signature.capacity}
        await tell("signed", agreement, by=by.id, now=now, **facts)
        if recipient is not None and complete(signed | {signature.party}):
            await _put_in_force(agreement, by=by, now=now)
        return await held(agreement_id)


async def _put_in_force(agreement: Agreement, *, by: Account, now: datetime) -> None:
    """Judged once more, now that everybody has signed. What was signed ahead waits for its first day."""
    today = local_day(now)
    if agreement.ends_on < today:
        raise TermWrong("协议期限已过，不能生效。请作废后重新签订。")
    terms = await ground(agreement.district_id, now)
    await refuse_undecided(agreement.id)
    await refuse_unsuitable(
        agreement.caregiver_id,
        agreement.recipient_id,
        terms.policy,
        now=now,
        except_agreement=agreement.renewal_of,
    )
    active = await queries.active_agreement(agreement.recipient_id)
    if active is not None and active.id != agreement.renewal_of:
        raise AnotherInForce
    if agreement.starts_on > today or await queries.awaits_decision(agreement.id):
        return  # its first day has not come; or a case that nobody here is told of is to be decided first
    await activate(agreement, by=by.id, now=now)


async def activate(agreement: Agreement, *, by: UUID | None, now: datetime) -> None:
    """Put a signed agreement into force; the one it follows ends with it, and so does temporary care.

    Joins a transaction that holds the agreement and has judged it.
    """
    move(agreement.status, "activate")
    await _supersede(agreement, by=by, now=now)
    await moves.save_activated(agreement.id, now=now)
    await tell("activated", agreement, by=by, now=now, starts_on=agreement.starts_on, ends_on=agreement.ends_on)
    await finish_care(agreement.recipient_id, reason="successor", by=by, now=now)
    await care_queries.end_gap_by_deed(agreement.recipient_id, how="agreement", by=by, now=now)
    await resolve_covered(agreement.recipient_id, by=by, now=now, evidence={"agreement": str(agreement.id)})
    line = f"照料协议已生效，期限至{agreement.ends_on:%Y年%m月%d日}，请按约定提供服务。"
    await tell_caregiver(agreement, "activated", line, now=now)


async def _supersede(agreement: Agreement, *, by: UUID | None, now: datetime) -> None:
    followed = await queries.agreement_of(agreement.renewal_of) if agreement.renewal_of else None
    if followed is None:
        return
    if followed.in_force:
        last = max(followed.starts_on, min(agreement.starts_on - _DAY, local_day(now)))
        await moves.save_ended_by_itself(followed.id, reason="superseded", on=last, now=now)
        facts = {"reason": "superseded", "on": last.isoformat(), "by_agreement": agreement.id}
        await tell("ended", followed, by=by, now=now, **facts)
    await resolve_for([followed.id], kinds={"agreement_ending"}, outcome="renewed", evidence={}, by=by, now=now)
