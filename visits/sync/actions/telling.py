"""Whom a push concerns besides its sender: a supervisor of contents that conflict, a human of an item that breaks."""

from collections.abc import Sequence
from datetime import datetime

from accounts.permissions import Account
from alerts.actions import open_alerts_today, poison
from alerts.actions.poison import Bad
from alerts.opening import NewAlert
from core import db
from core.scope import JOBS
from visits.sync.actions.desk import Conflicting, Taken

JOB = "push"


async def tell(rounds: Sequence[Taken], before: Sequence[Conflicting], *, by: Account, now: datetime) -> None:
    """Open and close the alerts of a push that is stored, each once however often it is told.

    With the jobs' eyes: a caregiver, whose phone sends too, sees no area to open one in.
    """
    new = [_alert(one, by) for one in (*before, *(one for taken in rounds for one in taken.conflicting))]
    stubborn = {row_id: fault for taken in rounds for row_id, fault in taken.stubborn.items()}
    relieved = [row_id for taken in rounds for row_id in taken.relieved]
    if not (new or stubborn or relieved):
        return
    async with db.transaction(JOBS):
        await open_alerts_today(new, now=now)
        for row_id, fault in stubborn.items():
            area_id = (*by.area_ids, by.district_id)[0]
            bad = Bad(subject_id=row_id, recipient_id=None, area_id=area_id, district_id=by.district_id, risk="general")
            await poison.set_aside(JOB, bad, fault, now=now)
        if relieved:
            await poison.release(JOB, relieved, now=now)


def _alert(one: Conflicting, by: Account) -> NewAlert:
    return NewAlert(
        occurrence=f"sync_conflict:{one.row_id}",
        kind="sync_conflict",
        area_id=one.area_id,
        district_id=by.district_id,
        recipient_id=one.recipient_id,
        subject_id=one.row_id,
        facts={"kind": one.kind},
    )
