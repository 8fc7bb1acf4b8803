"""Leave and who covers."""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.actions.telling import tell
from accounts.people import Person
from accounts.permissions import ROLE_NAMES, Account
from accounts.posting import answers, may_arrange_leave
from accounts.queries import duties, people
from accounts.queries.duties import TakenLeave
from accounts.refusals import (
    AccountEnded,
    AlreadyPast,
    CannotHold,
    CoverUnfit,
    DutyBeyondYours,
    LeaveOver,
    LeaveOverlaps,
    TimesReversed,
    TooFarAhead,
)
from core import db
from core.errors import NotFound
from core.ids import new_id

_LONGEST = timedelta(days=366)


async def take_leave(
    account_id: UUID,
    *,
    starts_at: datetime,
    ends_at: datetime,
    cover_id: UUID | None,
    reason: str,
    by: Account,
    now: datetime,
) -> UUID:
    """Enter somebody's leave, one's own or of who stands at one's rung or below. Its id.

    Without a cover the duties stand empty meanwhile, which the roster warns of before it happens.
    """
    if ends_at <= starts_at:
        raise TimesReversed(field="/ends_at")
    if ends_at <= now:
        raise AlreadyPast(field="/ends_at")
    if ends_at - starts_at > _LONGEST or starts_at > now + _LONGEST:
        raise TooFarAhead("请假不能超过一年，也不能早于一年前登记。请更正起止时间。", field="/ends_at")
    async with db.transaction(by.scope):
        person = await _locked(account_id, "/account_id")
        if account_id != by.id and not may_arrange_leave(by.role, person.role):
            raise DutyBeyondYours(field="/account_id")
        if not answers(person.role):
            raise CannotHold(f"{ROLE_NAMES[person.role]}不参加值守，无需登记请假。", field="/account_id")
        if cover_id is not None:
            _check_cover(await _person(cover_id, "/cover_id"), person)
        if await duties.overlapping_leave(account_id, starts_at, ends_at):
            raise LeaveOverlaps(field="/starts_at")
        leave = TakenLeave(
            id=new_id(), account_id=account_id, starts_at=starts_at, ends_at=ends_at, cover_id=cover_id, reason=reason
        )
        await duties.add_leave(leave, by=by.id)
        facts = {"account_id": str(account_id), "cover_id": str(cover_id) if cover_id else None}
        await tell("leave.taken", leave.id, by=by, now=now, area_id=person.area_ids[0], facts=facts)
        return leave.id


async def cancel_leave(leave_id: UUID, *, by: Account, now: datetime) -> None:
    """Cancel a leave to come, or end one under way now."""
    async with db.transaction(by.scope):
        leave = await duties.locked_leave(leave_id)
        if leave is None:
            raise NotFound
        person = await _person(leave.account_id, None)
        if leave.account_id != by.id and not may_arrange_leave(by.role, person.role):
            raise DutyBeyondYours
        if leave.ends_at <= now:
            raise LeaveOver
        await duties.cut_leave(leave_id, now)
        await tell("leave.cancelled", leave_id, by=by, now=now, area_id=person.area_ids[0])


async def _locked(account_id: UUID, field: str) -> Person:
    """Locked, so that of two overlapping leaves entered at once the second finds the first."""
    found = await people.locked_person(account_id)
    if found is None:
        raise NotFound(field=field)
    if found.ended:
        raise AccountEnded(field=field)
    return found


async def _person(account_id: UUID, field: str | None) -> Person:
    found = await people.person(account_id)
    if found is None:
        raise NotFound(field=field)
    return found


def _check_cover(cover: Person, absent: Person) -> None:
    if cover.id == absent.id:
        raise CoverUnfit("代班人不能是本人。请另选人员。", field="/cover_id")
    if cover.ended:
        raise CoverUnfit("代班人的账号已停用。请另选人员。", field="/cover_id")
    if not answers(cover.role):
        raise CoverUnfit(f"{ROLE_NAMES[cover.role]}不能代班。请另选参加值守的人员。", field="/cover_id")
    if cover.district_id != absent.district_id:
        raise CoverUnfit("代班人须在同一个区县。请另选人员。", field="/cover_id")
