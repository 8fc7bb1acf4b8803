"""Warnings before an agreement or temporary care ends, while there is still time to see to it."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from accounts.queries import calendars_for, policies_for
from alerts.actions import open_alerts, resolve_for
from alerts.opening import NewAlert
from caregivers.agreements.queries import warning as queries
from caregivers.agreements.queries.warning import Coming
from caregivers.agreements.renewal import horizon
from core import db
from core.clock import local_day
from core.scope import JOBS


async def warn_of_ends(*, now: datetime, limit: int) -> Counter[str]:
    """Open what is due to be warned of, resolve what is provided for: {"warned": …, "provided": …}."""
    async with db.transaction(JOBS):
        day = local_day(now)
        provided = await queries.warned_in_vain(limit=limit)
        for outcome in sorted(set(provided.values())):
            subjects = [one for one, how in provided.items() if how == outcome]
            kinds = {"agreement_ending", "temporary_care_ending"}
            await resolve_for(subjects, kinds=kinds, outcome=outcome, evidence={}, by=None, now=now)
        districts = await queries.districts_with_care()
        policies, calendars = await policies_for(districts, day), await calendars_for(districts, day)
        horizons = [horizon(one, policies[one].policy, calendars[one], now=now) for one in districts]
        coming = [
            *(await queries.agreements_ending(horizons, limit=limit)),
            *(await queries.care_ending(horizons, limit=limit)),
        ]
        warned = await open_alerts(list(_alerts(coming)), policies=policies, calendars=calendars, now=now)
        return Counter(warned=warned, provided=len(provided))


def _alerts(coming: Iterable[Coming]) -> Iterable[NewAlert]:
    for one in coming:
        if one.ends_on is not None:
            kind, happening = "agreement_ending", f"{one.ends_on}:{one.asks}"
            facts = {"ends_on": one.ends_on.isoformat(), "asks": one.asks}
        elif one.ends_by is not None:
            kind, happening = "temporary_care_ending", str(int(one.ends_by.timestamp()))
            facts = {"ends_by": one.ends_by.isoformat()}
        yield NewAlert(
            occurrence=f"{kind}:{one.id}:{happening}",
            kind=kind,
            risk=one.risk,  # type: ignore[arg-type]  # the table's own check holds it to the three words
            area_id=one.area_id,
            district_id=one.district_id,
            recipient_id=one.recipient_id,
            subject_id=one.id,
            facts=facts,
        )
