"""Absences: reported by anybody in the field, confirmed by a second person, ended early or by the clock."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import policy_for
from core import clock, db, journal
from core.errors import Forbidden
from core.ids import new_id
from core.scope import JOBS
from recipients import absence
from recipients.by_policy import absence_rule
from recipients.queries import absences as queries
from recipients.queries.absences import StoredAbsence
from recipients.refusals import AbsenceAlreadyOver, AbsenceNotFound, RecipientNotFound, refusal


async def report_absence(
    recipient_id: UUID,
    *,
    kind: absence.Kind,
    starts_at: datetime,
    ends_at: datetime,
    whereabouts: str | None,
    by: Account,
    now: datetime,
) -> StoredAbsence:
    """Silences nothing yet: unknown is not away."""
    async with db.transaction(by.scope):
        owner = await queries.owner_of(recipient_id)
        if owner is None:
            raise RecipientNotFound
        policy = await policy_for(owner.district_id, clock.local_day(now))
        reported = _allowed(
            absence.report(
                id=new_id(),
                kind=kind,
                starts_at=starts_at,
                ends_at=ends_at,
                by=by.id,
                at=now,
                rule=absence_rule(policy.policy, owner.risk),
            )
        )
        stored = StoredAbsence(recipient_id=recipient_id, area_id=owner.area_id, absence=reported)
        await queries.add_absence(stored, whereabouts=whereabouts)
        await _tell("absence.reported", stored, by, now)
        return stored


async def confirm_absence(absence_id: UUID, *, how: str, by: Account, now: datetime) -> StoredAbsence:
    """From now on it excuses visits. `how` is a word: with whom the second person spoke."""
    if not by.may("absence.confirm"):
        raise Forbidden
    async with db.transaction(by.scope):
        stored = await _hold(absence_id)
        confirmed = _allowed(absence.confirm(stored.absence, how=how, by=by.id, at=now))
        return await _save("absence.confirmed", stored, confirmed, by, now)


async def end_absence(absence_id: UUID, *, by: Account, now: datetime) -> StoredAbsence:
    """The person is back early. Other absences of theirs go on; the return check is owed all the same."""
    async with db.transaction(by.scope):
        stored = await _hold(absence_id)
        ended = _allowed(absence.end(stored.absence, by=by.id, at=now))
        return await _save("absence.ended", stored, ended, by, now)


async def end_absences(*, now: datetime, limit: int = 5000) -> int:
    """The clock's part: write down the end of absences that have run out. How many."""
    async with db.transaction(JOBS):
        entries = await queries.close_run_out(now, limit)
        await journal.write_all(entries)
        return len(entries)


async def settle_return_checks(recipient_id: UUID, *, seen_at: datetime, area_id: int, by: UUID, now: datetime) -> int:
    """Joins the transaction of a visit that met the person: absences over by then owe no further look. How many."""
    checked = await queries.save_return_checked(recipient_id, seen_at=seen_at)
    if checked:
        facts = {"absences": [str(one) for one in checked], "seen_at": seen_at.isoformat()}
        await journal.write("absence.returned", subject_id=recipient_id, area_id=area_id, by=by, at=now, facts=facts)
    return len(checked)


def _allowed(one: absence.Absence | absence.Refused) -> absence.Absence:
    if isinstance(one, absence.Refused):
        raise refusal(one)
    return one


async def _hold(absence_id: UUID) -> StoredAbsence:
    stored = await queries.hold_absence(absence_id)
    if stored is None:
        raise AbsenceNotFound
    return stored


async def _save(kind: str, stored: StoredAbsence, after: absence.Absence, by: Account, now: datetime) -> StoredAbsence:
    if not await queries.save_absence(stored.absence, after):
        raise AbsenceAlreadyOver("报备刚刚被他人处理过，请刷新后查看。")
    saved = StoredAbsence(recipient_id=stored.recipient_id, area_id=stored.area_id, absence=after)
    await _tell(kind, saved, by, now)
    return saved


async def _tell(kind: str, stored: StoredAbsence, by: Account, now: datetime) -> None:
    one = stored.absence
    facts = {
        "absence": str(one.id),
        "kind": one.kind,
        "starts_at": one.starts_at.isoformat(),
        "ends_at": one.over_at.isoformat(),
        "how": one.confirmed_how,
    }
    await journal.write(kind, subject_id=stored.recipient_id, area_id=stored.area_id, by=by.id, at=now, facts=facts)
