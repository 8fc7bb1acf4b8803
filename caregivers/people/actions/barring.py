"""The district's bar list: who is put on it, and how somebody comes off it again. Nothing is ever taken out."""

from datetime import date, datetime
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import policy_for
from caregivers.people import bars, caregiver
from caregivers.people.actions.revealing import check_note
from caregivers.people.bars import Bar, BarReason
from caregivers.people.queries.bars import add_bar, bar_of, lift_bar
from caregivers.people.queries.reading import caregiver_in_full
from caregivers.people.refusals import BarLiftedBefore, BarNotFound, CaregiverNotFound
from core import db, journal
from core.clock import local_day
from core.errors import Forbidden, Invalid
from core.ids import new_id
from recipients.purpose import Purpose


async def bar(
    caregiver_id: UUID,
    *,
    reason: BarReason,
    ground: str,
    case_id: UUID | None,
    from_on: date,
    until_on: date | None,
    by: UUID,
    now: datetime,
) -> UUID:
    """Join the transaction of a decision: bar whom it removes. Written with a township's eyes, which read no list."""
    known = await caregiver_in_full(caregiver_id)
    if known is None:
        raise CaregiverNotFound
    line = Bar(
        id=new_id(),
        district_id=known.district_id,
        caregiver_id=caregiver_id,
        name=known.caregiver.name,
        by_number=known.caregiver.id_compared is not None,
        reason=reason,
        ground=ground,
        case_id=case_id,
        from_on=from_on,
        until_on=until_on,
        created_by=by,
        created_at=now,
    )
    await _add(line, known.caregiver.id_compared)
    return line.id


async def bar_caregiver(
    caregiver_id: UUID, *, reason: BarReason, ground: str, from_on: date, by: Account, now: datetime
) -> UUID:
    """The district bars somebody on record: by law for ever, otherwise as long as its policy says."""
    _may_manage(by)
    _grounded(ground, from_on, now)
    async with db.transaction(by.scope):
        known = await caregiver_in_full(caregiver_id)
        if known is None:
            raise CaregiverNotFound
        return await bar(
            caregiver_id,
            reason=reason,
            ground=ground.strip(),
            case_id=None,
            from_on=from_on,
            until_on=await _until(reason, known.district_id, from_on, now),
            by=by.id,
            now=now,
        )


async def bar_person(
    *, name: str, id_number: str, reason: BarReason, ground: str, from_on: date, by: Account, now: datetime
) -> UUID:
    """The district bars somebody nobody has registered yet: whoever registers that ID number finds them barred."""
    _may_manage(by)
    _grounded(ground, from_on, now)
    read = caregiver.read_identity(name, id_number, today=local_day(now))
    if not isinstance(read, tuple):
        raise Invalid(str(read), field=caregiver.pointer(read))
    plain, compared = read
    async with db.transaction(by.scope):
        line = Bar(
            id=new_id(),
            district_id=by.district_id,
            caregiver_id=None,
            name=plain,
            by_number=True,
            reason=reason,
            ground=ground.strip(),
            case_id=None,
            from_on=from_on,
            until_on=await _until(reason, by.district_id, from_on, now),
            created_by=by.id,
            created_at=now,
        )
        await _add(line, compared)
    return line.id


async def lift(bar_id: UUID, *, reason: str, by: Account, now: datetime) -> None:
    """They may care for people again, from now on. The line stays, with who lifted it and why."""
    _may_manage(by)
    if not reason.strip():
        raise Invalid("请填写解除的原因。", field="/reason")
    async with db.transaction(by.scope):
        line = await bar_of(bar_id)
        if line is None:
            raise BarNotFound
        if not await lift_bar(bar_id, by=by.id, at=now, reason=reason.strip()):
            raise BarLiftedBefore
        await _journal("bar.lifted", line, by.id, now)


async def reveal_bar(bar_id: UUID, *, purpose: Purpose, note: str, by: Account, now: datetime) -> Bar:
    """One line with name and ground in full, for a purpose: journaled before anything leaves."""
    if not by.may("bar.read"):
        raise Forbidden
    async with db.transaction(by.scope):
        line = await bar_of(bar_id)
        if line is None:
            raise BarNotFound
        check_note(note, line.name)
        facts = {"purpose": purpose, "note": note.strip()}
        await journal.write("bar.revealed", subject_id=bar_id, area_id=line.district_id, by=by.id, at=now, facts=facts)
    return line


async def _add(line: Bar, compared: str | None) -> None:
    await add_bar(line, compared=compared)
    await _journal("bar.added", line, line.created_by, line.created_at)


async def _until(reason: BarReason, district_id: int, from_on: date, now: datetime) -> date | None:
    policy = (await policy_for(district_id, local_day(now))).policy
    return bars.until(reason, from_on, months=policy.replacement.barred_months)


def _may_manage(by: Account) -> None:
    if not by.may("bar.manage"):
        raise Forbidden


def _grounded(ground: str, from_on: date, now: datetime) -> None:
    if not ground.strip():
        raise Invalid("请填写列入限制名单的依据。", field="/ground")
    if from_on > local_day(now):
        raise Invalid("起始日期在今天之后。请核对日期。", field="/from_on")


async def _journal(kind: str, line: Bar, by: UUID, now: datetime) -> None:
    """On the district's journal, without the ground: that is for whoever opens the line for a reason."""
    facts = {
        "caregiver_id": str(line.caregiver_id) if line.caregiver_id else None,
        "case_id": str(line.case_id) if line.case_id else None,
        "reason": line.reason,
        "from_on": line.from_on.isoformat(),
        "until_on": line.until_on.isoformat() if line.until_on else None,
    }
    await journal.write(kind, subject_id=line.id, area_id=line.district_id, by=by, at=now, facts=facts)
