"""Drafting: written, changed while it is a draft, put before the parties, or thrown away."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from caregivers.agreements import queries
from caregivers.agreements.actions.ground import (
    ground,
    held,
    recipient_held,
    refuse_related,
    refuse_undecided,
    refuse_unsuitable,
    supported_recipient,
    tell,
)
from caregivers.agreements.drafting import Content, refuse_incomplete, refuse_parts, refuse_term
from caregivers.agreements.lifecycle import Agreement, move
from caregivers.agreements.queries import drafts, moves
from caregivers.agreements.queries.drafts import NewDraft
from caregivers.agreements.refusals import (
    AgreementChanged,
    AgreementNotFound,
    CaregiverUnknown,
    FollowsAnother,
    NotSupported,
    NumberTaken,
    ReasonMissing,
    RenewalUnderWay,
)
from core import db
from core.clock import local_day
from core.ids import new_id

_LONGEST = 500


async def draft(
    recipient_id: UUID,
    content: Content,
    *,
    follows: UUID | None = None,
    successor_for_case: UUID | None = None,
    by: Account,
    now: datetime,
) -> Agreement:
    """Write a draft. One that `follows` the agreement in force ends it on the day it comes into force itself."""
    async with db.transaction(by.scope):
        recipient = await recipient_held(recipient_id)
        if not recipient.supported:
            raise NotSupported
        if follows is not None:
            await _refuse_followed(recipient_id, follows)
        terms = await ground(recipient.district_id, now)
        refuse_term(content.starts_on, content.ends_on, terms.policy, today=local_day(now))
        await _refuse_parts(content)
        new = NewDraft(
            id=new_id(),
            recipient=recipient,
            content=content,
            renewal_of=follows,
            successor_for_case=successor_for_case,
            by=by.id,
            at=now,
        )
        await _stored(drafts.add_draft(new))
        agreement = await held(new.id)
        await tell("drafted", agreement, by=by.id, now=now, follows=follows, case=successor_for_case)
        return agreement


async def edit_draft(
    agreement_id: UUID, changes: dict[str, Any], *, base_version: int, by: Account, now: datetime
) -> Agreement:
    """Change some of what a draft says, by the names of `Content`. `base_version` is the version that was read."""
    async with db.transaction(by.scope):
        agreement = await held(agreement_id)
        move(agreement.status, "edit")
        if agreement.version != base_version:
            raise AgreementChanged
        was = await drafts.content_of(agreement_id)
        if was is None:
            raise AgreementNotFound
        content = replace(was, **changes)
        terms = await ground(agreement.district_id, now)
        refuse_term(content.starts_on, content.ends_on, terms.policy, today=local_day(now))
        await _refuse_parts(content)
        await _stored(drafts.save_content(agreement_id, content, area_id=agreement.area_id, was=was, now=now))
        await tell("edited", agreement, by=by.id, now=now, fields=sorted(changes))
        return await held(agreement_id)


async def submit(agreement_id: UUID, *, by: Account, now: datetime) -> Agreement:
    """Put a draft before the parties: it is whole, consented to, and nothing speaks against the caregiver."""
    async with db.transaction(by.scope):
        agreement = await held(agreement_id)
        status = move(agreement.status, "submit")
        recipient = await supported_recipient(agreement.recipient_id)
        content = await drafts.content_of(agreement_id)
        if content is None:
            raise AgreementNotFound
        terms = await ground(agreement.district_id, now)
        refuse_incomplete(content, recipient, terms.policy, today=local_day(now))
        await refuse_related(agreement.caregiver_id, by)
        await refuse_undecided(agreement_id)
        await refuse_unsuitable(
            agreement.caregiver_id, recipient.id, terms.policy, now=now, except_agreement=agreement.renewal_of
        )
        await moves.save_submitted(agreement_id, now=now)
        await tell("submitted", agreement, by=by.id, now=now, status=status)
        return await held(agreement_id)


async def abandon(agreement_id: UUID, *, reason: str, by: Account, now: datetime) -> Agreement:
    """Throw away what never came into force; it stays in the history."""
    async with db.transaction(by.scope):
        agreement = await held(agreement_id)
        move(agreement.status, "abandon")
        if not reason.strip() or len(reason) > _LONGEST:
            raise ReasonMissing("请写明作废的原因。", field="/reason")
        day = local_day(now)
        await moves.save_ended(agreement_id, reason="abandoned", on=day, by=by.id, now=now, note=reason.strip())
        await tell("abandoned", agreement, by=by.id, now=now)
        return await held(agreement_id)


async def _refuse_followed(recipient_id: UUID, follows: UUID) -> None:
    """What it follows is this person's own and in force, or has run out; and nothing else follows it."""
    followed = await queries.agreement_of(follows)
    ran_out = followed is not None and followed.status == "ended" and followed.ended_reason == "expired"
    if followed is None or followed.recipient_id != recipient_id or not (followed.in_force or ran_out):
        raise FollowsAnother(field="/follows")
    if await queries.follower_of(follows) is not None:
        raise RenewalUnderWay
    await refuse_undecided(follows)


async def _refuse_parts(content: Content) -> None:
    refuse_parts(content)
    if not await drafts.caregiver_seen(content.caregiver_id):
        raise CaregiverUnknown(field="/caregiver_id")


async def _stored(writing: Any) -> None:
    try:
        await writing
    except drafts.NumberTaken:
        raise NumberTaken(field="/number") from None
