"""Logging attendance: a caregiver's own word, or the paper a supervisor keys in; kept once however often it arrives."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import policy_for
from caregivers.assessment.actions.ground import permit
from caregivers.assessment.attendance import Attendance, admit, fingerprint, is_late, told
from caregivers.assessment.queries import attendance as queries
from caregivers.assessment.queries.attendance import Kept, Stored
from caregivers.assessment.refusals import (
    AgreementNotYours,
    AttendanceConflicts,
    AttendanceIdTaken,
    OnTheCaregiversSide,
    PaperBySupervisor,
)
from caregivers.people.conflict import barred
from caregivers.people.queries import caregivers_side
from core import db, journal
from core.clock import local_day
from core.errors import Refusal


@dataclass(frozen=True, kw_only=True, slots=True)
class Logged:
    """What is stored, and what the sender is told; the same for the same words, whatever happened since."""

    stored: Stored
    message: str


async def log_attendance(
    attendance_id: UUID, agreement_id: UUID, said: Attendance, *, by: Account, now: datetime
) -> Logged:
    """Keep what a caregiver says of an agreement of their own, under the id their phone made."""
    permit(by, "attendance.log")
    async with db.transaction(by.scope):
        kept = await queries.own_agreement(agreement_id)
        if kept is None:
            raise AgreementNotYours
        answer = await _log(attendance_id, kept, said, by=by, now=now)
    return _answered(answer)


async def log_paper_attendance(
    attendance_id: UUID, agreement_id: UUID, said: Attendance, *, by: Account, now: datetime
) -> Logged:
    """Keep what a caregiver wrote on paper. Keyed in by a supervisor who is not on the caregiver's side."""
    permit(by, "attendance.log")
    if not by.may("agreement.edit") or not said.on_paper_by:
        raise PaperBySupervisor(field="/on_paper_by")
    async with db.transaction(by.scope):
        kept = await queries.agreement_here(agreement_id)
        if kept is None:
            raise AgreementNotYours
        if barred(by.id, await caregivers_side(kept.caregiver_id)):
            raise OnTheCaregiversSide
        answer = await _log(attendance_id, kept, said, by=by, now=now)
    return _answered(answer)


def _answered(answer: Stored | Refusal) -> Logged:
    """A conflict is raised here, after what the journal keeps of it is stored."""
    if isinstance(answer, Refusal):
        raise answer
    return Logged(stored=answer, message=told(late=answer.late))


async def _log(attendance_id: UUID, kept: Kept, said: Attendance, *, by: Account, now: datetime) -> Stored | Refusal:
    sha256 = fingerprint(kept.agreement_id, said)
    before = await queries.attendance_of(attendance_id)
    if before is None:
        stored = await _new(attendance_id, kept, said, sha256, by=by, now=now)
        if await queries.add_attendance(attendance_id, kept, stored):
            facts = {
                "attendance": attendance_id,
                "made_at": said.made_at,
                "services": said.services,
                "late": stored.late,
                "on_paper": said.on_paper_by is not None,
            }
            await _write("attendance.logged", kept, by, now, facts)
            return stored
        before = await queries.attendance_of(attendance_id)  # it arrived a moment ago, or belongs to somebody unseen
    if before is None:
        return AttendanceIdTaken()
    if before.sha256 == sha256:
        return before
    await _write("attendance.conflicting", kept, by, now, {"attendance": attendance_id, "sha256": sha256.hex()})
    return AttendanceConflicts()


async def _new(
    attendance_id: UUID, kept: Kept, said: Attendance, sha256: bytes, *, by: Account, now: datetime
) -> Stored:
    admit(said, kept.duty, now=now)
    policy = (await policy_for(kept.district_id, local_day(now))).policy
    marked_after = timedelta(seconds=policy.late_entry.marked_after.rough_seconds)
    return Stored(
        id=attendance_id,
        agreement_id=kept.agreement_id,
        area_id=kept.area_id,
        by_account_id=by.id,
        said=said,
        logged_at=now,
        late=is_late(said.made_at, marked_after=marked_after, now=now),
        sha256=sha256,
    )


async def _write(kind: str, kept: Kept, by: Account, now: datetime, facts: dict[str, object]) -> None:
    await journal.write(kind, subject_id=kept.agreement_id, area_id=kept.area_id, by=by.id, at=now, facts=facts)
