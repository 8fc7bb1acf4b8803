"""Using a doorstep code at a visit: once, at the moment it was taken, with few mistakes."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from accounts.permissions import Account
from accounts.policy_rows import Doorstep
from accounts.queries import policy_for
from core import db, journal
from core.clock import local_day
from core.errors import Refusal
from visits.evidence.codes import Card, fits, fits_earlier, in_order
from visits.evidence.queries import codes as queries
from visits.evidence.queries import tokens
from visits.evidence.queries.codes import AtVisit, Used
from visits.evidence.queries.tokens import StoredToken
from visits.evidence.refusals import CodeIdTaken, CodeLocked, CodeTimeImpossible, CodeUnknown, CodeUsed
from visits.refusals import VisitNotFound

_A_LITTLE = timedelta(minutes=5)  # a phone's clock may be ahead by as much after its offset is taken off


async def use_code(
    visit_id: UUID,
    code_id: UUID,
    *,
    code: str,
    moment: Literal["start", "end"],
    claimed_at: datetime,
    by: Account,
    device_id: UUID | None,
    now: datetime,
) -> Used:
    """`claimed_at`: when the code was read off, the phone's offset taken off. The same id again: the same answer.

    A code that does not fit is counted before it is refused; after too many, none is looked at any more.
    """
    async with db.transaction(by.scope):
        at = await queries.at_visit(visit_id)
        if at is None:
            raise VisitNotFound
        before = await queries.used(code_id)
        if before is not None:
            if (before.visit_id, before.moment, before.claimed_at) != (visit_id, moment, claimed_at):
                raise CodeIdTaken
            return before
        terms = (await policy_for(at.district_id, local_day(now))).policy.doorstep
        if not at.opens_at - _A_LITTLE <= claimed_at <= now + _A_LITTLE:
            raise CodeTimeImpossible(field="/claimed_at")
        if at.failures >= terms.failures_per_visit:
            raise CodeLocked  # before anything is locked: a machine that guesses holds up nobody
        found = await _try(at, code_id, code, moment, claimed_at, terms, by, device_id, now)
    if isinstance(found, Refusal):
        raise found  # after the failure was counted for good
    return found


async def _try(
    at: AtVisit,
    code_id: UUID,
    code: str,
    moment: str,
    claimed_at: datetime,
    terms: Doorstep,
    by: Account,
    device_id: UUID | None,
    now: datetime,
) -> Used | Refusal:
    held, today = await tokens.hold_active(at.recipient_id), local_day(now)
    open_ones = [one for one in held if one.failures_today(today) < terms.failures_per_day]
    if (not open_ones and held) or await queries.failures_at(at.visit_id) >= terms.failures_per_visit:
        return CodeLocked()
    match = _match(open_ones, code, claimed_at, terms) or await _out_of_turn(open_ones, code, claimed_at)
    if match is None:
        return await _fail(at, open_ones, CodeUnknown(field="/code"), by, now)
    token, timecode = match
    accepted = Used(
        id=code_id,
        token_id=token.id,
        timecode=timecode,
        visit_id=at.visit_id,
        moment=moment,
        claimed_at=claimed_at,
        logged_at=now,
    )
    if not await queries.add_used(accepted, area_id=at.area_id, by=by.id, device_id=device_id):
        return await _fail(at, [token], CodeUsed(field="/code"), by, now)
    if isinstance(token.token, Card):
        await tokens.go_past(token.id, timecode)
    facts = {"visit": str(at.visit_id), "moment": moment, "claimed_at": claimed_at}
    await journal.write("doorstep.used", subject_id=token.id, area_id=at.area_id, by=by.id, at=now, facts=facts)
    return accepted


def _match(held: list[StoredToken], code: str, claimed_at: datetime, terms: Doorstep) -> tuple[StoredToken, int] | None:
    for one in held:
        timecode = fits(one.token, code, claimed_at=claimed_at, around=terms.around.delta)
        if timecode is not None:
            return one, timecode
    return None


async def _out_of_turn(held: list[StoredToken], code: str, claimed_at: datetime) -> tuple[StoredToken, int] | None:
    """A slip torn off before others that were used meanwhile, by somebody without signal then."""
    for one in held:
        slip = fits_earlier(one.token, code) if isinstance(one.token, Card) else None
        if slip is not None and in_order(slip, claimed_at, await queries.slips_used(one.id)):
            return one, slip
    return None


async def _fail(at: AtVisit, held: list[StoredToken], refusal: Refusal, by: Account, now: datetime) -> Refusal:
    await queries.add_failure(at, by=by.id, now=now)
    await tokens.count_failure([one.id for one in held], local_day(now))
    return refusal
