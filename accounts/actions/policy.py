"""Issuing a version of a district's policy, and its word on working days."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from accounts.actions.telling import tell
from accounts.permissions import Account
from accounts.policy import Policy, PolicyRefused, diff, with_changes
from accounts.queries import policies
from accounts.queries.areas import lock_district
from accounts.queries.policies import EffectivePolicy, PolicyVersion
from accounts.refusals import DocumentNumberMissing, EffectiveInThePast, TooFarAhead
from core import db
from core.clock import local_day
from core.ids import new_id

_YEARS_AHEAD = 2


async def issue_policy(
    *, document_number: str, effective_on: date, changes: Mapping[str, Any], note: str, by: Account, now: datetime
) -> PolicyVersion:
    """Issue the next version for the caller's district: the one in force on that local day, with these rows changed.

    PolicyRefused names every row that is no policy, above all one that would leave nobody to tell.
    """
    if not document_number.strip():
        raise DocumentNumberMissing(field="/document_number")
    _check_day(effective_on, now, "/effective_on")
    async with db.transaction(by.scope):
        await lock_district(by.district_id)  # each version builds on the one before, and is numbered after it
        base = await policies.policy_for(by.district_id, effective_on)
        policy = _merged(base, changes)
        version = PolicyVersion(
            id=new_id(),
            version=await policies.last_version(by.district_id) + 1,
            document_number=document_number.strip(),
            effective_on=effective_on,
            note=note,
            issued_at=now,
            issued_by=by.id,
            changes=diff(base.policy, policy),
        )
        await policies.add_version(version, by.district_id, policy)
        facts = {
            "version": version.version,
            "effective_on": effective_on.isoformat(),
            "changes": [{"row": one.pointer, "before": one.before, "after": one.after} for one in version.changes],
        }
        await tell("policy.issued", version.id, by=by, now=now, area_id=by.district_id, facts=facts)
        return version


async def set_calendar_day(*, day: date, working: bool, reason: str, by: Account, now: datetime) -> None:
    """Say that a day is, or is not, a working day in the caller's district, over the State Council's notice."""
    _check_day(day, now, "/day")
    async with db.transaction(by.scope):
        day_id = await policies.save_calendar_day(by.district_id, day, working=working, reason=reason)
        facts = {"day": day.isoformat(), "working": working}
        await tell("calendar_day.set", day_id, by=by, now=now, area_id=by.district_id, facts=facts)


def _check_day(day: date, now: datetime, field: str) -> None:
    today = local_day(now)
    if day < today:
        raise EffectiveInThePast(field=field)
    if day.year > today.year + _YEARS_AHEAD:
        raise TooFarAhead(f"日期不能晚于 {today.year + _YEARS_AHEAD} 年底。请核对年份。", field=field)


def _merged(base: EffectivePolicy, changes: Mapping[str, Any]) -> Policy:
    try:
        return with_changes(base.policy, changes)
    except PolicyRefused as refused:
        problems = (replace(problem, pointer=f"/changes{problem.pointer}") for problem in refused.problems)
        raise PolicyRefused(tuple(problems)) from None
