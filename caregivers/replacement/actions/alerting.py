"""Alerts about cases. A case that rests on suspected abuse alerts on the channel the caregiver's side cannot see."""

from collections.abc import Callable, Sequence
from datetime import datetime

from alerts.actions import open_alerts_today
from alerts.opening import NewAlert
from caregivers.replacement.case import Case
from caregivers.replacement.queries.watching import risks_of


async def open_about(
    cases: Sequence[Case],
    kind: str,
    *,
    occurrence: Callable[[Case], str],
    since: Callable[[Case], datetime],
    now: datetime,
) -> int:
    """Open an alert of this kind about each case that has none of this occurrence yet; how many were new.

    Joins the transaction under way. `since`: from when on somebody should have acted.
    """
    if not cases:
        return 0
    risks = await risks_of({case.recipient_id for case in cases})
    return await open_alerts_today(
        [
            NewAlert(
                occurrence=occurrence(case),
                kind=kind,
                risk=risks.get(case.recipient_id),
                area_id=case.area_id,
                district_id=case.district_id,
                recipient_id=case.recipient_id,
                subject_id=case.id,
                facts={"agreement_id": case.agreement_id, "since": since(case)},
                confidential=case.confidential,
                barred_ids=case.barred_ids,
            )
            for case in cases
        ],
        now=now,
    )
