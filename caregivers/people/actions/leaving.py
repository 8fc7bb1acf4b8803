"""A caregiver leaves, dies, or was recorded so by mistake."""

from datetime import date, datetime
from uuid import UUID

from accounts.permissions import Account
from caregivers.people.actions.people import held, may_edit
from caregivers.people.actions.revealing import check_note
from caregivers.people.queries import register as queries
from caregivers.people.queries.rows import Registered
from caregivers.people.refusals import CaregiverActive, CaregiverNotActive, CaresForSomebody
from core import db, journal
from core.clock import local_day
from core.errors import Invalid


async def record_leaving(caregiver_id: UUID, *, on: date, reason: str, by: Account, now: datetime) -> None:
    """They care for nobody any more. Refused while an agreement of theirs is in force."""
    may_edit(by)
    async with db.transaction(by.scope):
        known = await _active(caregiver_id, on, now)
        if await queries.cares(caregiver_id):
            raise CaresForSomebody
        await queries.save_status(caregiver_id, "left", left_on=on, reason=_told(reason), at=now)
        await _journal("caregiver.left", known, {"left_on": on.isoformat()}, by, now)


async def record_death(caregiver_id: UUID, *, on: date, by: Account, now: datetime) -> None:
    """Recorded always, whatever they had promised: from now on they cover nobody, and the sweep sees it."""
    may_edit(by)
    async with db.transaction(by.scope):
        known = await held(caregiver_id)
        if known.status == "died":
            raise CaregiverNotActive
        _not_in_future(on, now)
        await queries.save_status(caregiver_id, "died", left_on=on, reason=None, at=now)
        await _journal("caregiver.died", known, {"left_on": on.isoformat()}, by, now)


async def restore(caregiver_id: UUID, *, note: str, by: Account, now: datetime) -> None:
    """Take back a leaving or a death: it was a mistake, or they have come back. Agreements that ended stay ended.

    The note is kept on the journal.
    """
    may_edit(by)
    async with db.transaction(by.scope):
        known = await held(caregiver_id)
        if known.status == "active":
            raise CaregiverActive
        check_note(note, known.caregiver.name)
        await queries.save_status(caregiver_id, "active", left_on=None, reason=None, at=now)
        await _journal("caregiver.restored", known, {"was": known.status, "note": note.strip()}, by, now)


async def _active(caregiver_id: UUID, on: date, now: datetime) -> Registered:
    known = await held(caregiver_id)
    if known.status != "active":
        raise CaregiverNotActive
    _not_in_future(on, now)
    return known


def _not_in_future(on: date, now: datetime) -> None:
    if on > local_day(now):
        raise Invalid("日期在今天之后。请核对日期。", field="/on")


def _told(reason: str) -> str:
    if not reason.strip():
        raise Invalid("请填写原因。", field="/reason")
    return reason.strip()


async def _journal(kind: str, known: Registered, facts: dict[str, str], by: Account, now: datetime) -> None:
    area_id = known.caregiver.area_id
    await journal.write(kind, subject_id=known.id, area_id=area_id, by=by.id, at=now, facts=facts)
