"""The account a caregiver acts with: their own, or that of a village cadre who cares for a neighbour."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import ROLE_NAMES, Account
from accounts.queries.people import person
from caregivers.people.actions.people import held, may_edit
from caregivers.people.conflict import CARERS
from caregivers.people.queries import register as queries
from caregivers.people.queries.register import AccountTaken
from caregivers.people.queries.rows import Registered
from caregivers.people.refusals import AccountNotTheirs, CaregiverNotActive, VisitsOwnRecipient
from core import db, journal
from core.errors import Invalid


async def link_account(caregiver_id: UUID, account_id: UUID, *, by: Account, now: datetime) -> None:
    """From now on this account sees what concerns this caregiver. It must be one of the caller's areas.

    Refused: an account that judges others, one of another caregiver, the visitor of somebody they care for.
    """
    may_edit(by)
    try:
        async with db.transaction(by.scope):
            known = await held(caregiver_id)
            if known.status != "active":
                raise CaregiverNotActive
            await _check_role(account_id)
            if known.account_id == account_id:
                return
            if await queries.visits_own_recipient(caregiver_id, account_id):
                raise VisitsOwnRecipient(field="/account_id")
            await queries.save_account(caregiver_id, account_id, at=now)
            await _journal("caregiver.linked", known, account_id, by, now)
    except AccountTaken:
        raise AccountNotTheirs(field="/account_id") from None


async def unlink_account(caregiver_id: UUID, *, by: Account, now: datetime) -> None:
    """The account sees nothing of this caregiver any more; without one it is done already."""
    may_edit(by)
    async with db.transaction(by.scope):
        known = await held(caregiver_id)
        if known.account_id is None:
            return
        await queries.save_account(caregiver_id, None, at=now)
        await _journal("caregiver.unlinked", known, known.account_id, by, now)


async def _check_role(account_id: UUID) -> None:
    account = await person(account_id)
    if account is None or account.ended:
        raise Invalid("没有这个账号，或不在您的辖区，或已停用。请从账号列表中选择。", field="/account_id")
    if account.role not in CARERS:
        roles = "或".join(ROLE_NAMES[role] for role in sorted(CARERS))
        raise Invalid(f"只能关联{roles}的账号。请另选账号。", field="/account_id")


async def _journal(kind: str, known: Registered, account_id: UUID, by: Account, now: datetime) -> None:
    facts = {"account_id": str(account_id)}
    area_id = known.caregiver.area_id
    await journal.write(kind, subject_id=known.id, area_id=area_id, by=by.id, at=now, facts=facts)
