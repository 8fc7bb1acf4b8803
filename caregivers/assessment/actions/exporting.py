"""The fee list as a workbook: for a purpose, on the journal before a byte of it leaves."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import seen_areas
from caregivers.assessment.actions.ground import permit
from caregivers.assessment.fees import Month
from caregivers.assessment.queries.fees import FeeLine, fees_for
from caregivers.assessment.refusals import AreaNotYours, MonthNotBegun
from caregivers.assessment.sheet import Row, write_fees
from caregivers.people.queries import masked_caregiver_names
from core import db, journal
from core.clock import local_day
from core.errors import Invalid
from recipients import purpose as purposes
from recipients.purpose import Purpose
from recipients.queries import masked_names


async def export_fees(
    month: Month, area_id: int | None, *, purpose: Purpose, note: str, by: Account, now: datetime
) -> bytes:
    """The fee list of a month, of the caller's areas or one of them; names are masked."""
    permit(by, "fee.read")
    permit(by, "recipient.export")
    if (fault := purposes.fault(note)) is not None:
        raise Invalid(f"{fault.reason}。{fault.remedy}。", field="/note")
    today = local_day(now)
    async with db.transaction(by.scope):
        await refuse_unseen(month, area_id, now=now)
        lines = await fees_for(area_id, month, today=today)
        recipients = await masked_names([line.recipient_id for line in lines])
        caregivers = await masked_caregiver_names([line.caregiver_id for line in lines])
        facts = {"month": str(month), "count": len(lines), "purpose": purpose, "note": note.strip()}
        place = area_id or by.area_ids[0]
        await journal.write("export.fees", subject_id=None, area_id=place, by=by.id, at=now, facts=facts)
    rows = [_row(line, recipients, caregivers) for line in lines]
    return await asyncio.to_thread(write_fees, rows, month=month, made_on=today, made_by=by.name)


async def refuse_unseen(month: Month, area_id: int | None, *, now: datetime) -> None:
    """Refuse a month that has not begun, and an area outside the caller's. Joins the transaction under way."""
    if month.first > local_day(now):
        raise MonthNotBegun(field="/month")
    if area_id is not None and not await seen_areas([area_id]):
        raise AreaNotYours(field="/area_id")


def _row(line: FeeLine, recipients: Mapping[UUID, str], caregivers: Mapping[UUID, str]) -> Row:
    return Row(
        village=line.village,
        recipient=recipients.get(line.recipient_id, "*"),
        caregiver=caregivers.get(line.caregiver_id, "*"),
        number=line.number or "",
        fee_class=line.fee_class,
        fee_yuan=line.fee_yuan,
        fee=line.fee,
    )
