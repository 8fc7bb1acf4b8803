"""Putting on record what a look into somebody's records, health or training has shown."""

from datetime import date, datetime
from uuid import UUID

from accounts.permissions import Account
from caregivers.people import checks
from caregivers.people.actions.people import held, may_edit
from caregivers.people.checks import CheckKind, RecordCheck
from caregivers.people.queries.checks import add_check
from core import db, journal
from core.clock import local_day
from core.errors import Invalid
from core.ids import new_id


async def record_check(
    caregiver_id: UUID,
    *,
    kind: CheckKind,
    clear: bool,
    found: str | None,
    document_number: str,
    checked_on: date,
    expires_on: date | None,
    by: Account,
    now: datetime,
) -> UUID:
    """Add a check; its id. None is ever altered: a mistake is corrected by recording the paper anew."""
    may_edit(by)
    fault = checks.fault(checked_on=checked_on, expires_on=expires_on, today=local_day(now))
    if fault is not None:
        field, what = fault
        raise Invalid(f"{what.reason}。{what.remedy}。", field=f"/{field}")
    if not document_number.strip():
        raise Invalid("请填写查询或证明文件的编号。", field="/document_number")
    check = RecordCheck(id=new_id(), kind=kind, clear=clear, checked_on=checked_on, expires_on=expires_on)
    async with db.transaction(by.scope):
        known = await held(caregiver_id)
        area_id = known.caregiver.area_id
        await add_check(
            check,
            caregiver_id=caregiver_id,
            area_id=area_id,
            found=found,
            document_number=document_number.strip(),
            by=by.id,
            at=now,
        )
        facts = {"kind": kind, "check_id": str(check.id), "checked_on": checked_on.isoformat()}
        await journal.write(
            "caregiver.checked", subject_id=caregiver_id, area_id=area_id, by=by.id, at=now, facts=facts
        )
    return check.id
