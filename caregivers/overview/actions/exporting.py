"""The monthly report as a workbook: on the journal before a byte of it leaves."""

import asyncio
from datetime import date, datetime

from accounts.permissions import Account
from caregivers.assessment.actions.exporting import refuse_unseen
from caregivers.assessment.fees import Month
from caregivers.overview.figures import Figures
from caregivers.overview.queries import land_of, monthly_figures
from caregivers.overview.sheet import write_figures
from core import db, journal
from core.clock import local_day
from core.errors import Forbidden, Invalid
from recipients import purpose as purposes
from recipients.purpose import Purpose


async def export_figures(
    month: Month, area_id: int | None, *, purpose: Purpose, note: str, by: Account, now: datetime
) -> bytes:
    """The month's figures of the caller's areas, or of one within them: numbers, nobody's name."""
    if not by.may("matters.read"):
        raise Forbidden
    if (fault := purposes.fault(note)) is not None:
        raise Invalid(f"{fault.reason}。{fault.remedy}。", field="/note")
    async with db.transaction(by.scope):
        await refuse_unseen(month, area_id, now=now)
        land = await land_of(by.area_ids, within=area_id)
        found = await monthly_figures(land.areas, month, area_id=area_id, district_id=by.district_id, now=now)
        facts = {"month": str(month), "purpose": purpose, "note": note.strip()}
        await journal.write(
            "export.figures", subject_id=None, area_id=area_id or by.area_ids[0], by=by.id, at=now, facts=facts
        )
    return await asyncio.to_thread(_written, found, local_day(now), by.name)


def _written(found: Figures, made_on: date, made_by: str) -> bytes:
    return write_figures(found, made_on=made_on, made_by=made_by)
