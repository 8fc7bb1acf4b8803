"""Opening alerts and settling them by evidence, inside the transaction of whatever found it out."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.calendar import WorkCalendar
from accounts.queries import EffectivePolicy, calendars_for, policies_for
from alerts.actions.settling import settle
from alerts.alert import Alert
from alerts.canary import journal_area
from alerts.opening import NewAlert, Terms, opened
from alerts.queries.opening import Row, add_alerts
from alerts.queries.settling import resolve_subjects
from core import journal
from core.clock import local_day
from core.ids import new_id


async def open_alerts(
    new: Sequence[NewAlert],
    *,
    policies: Mapping[int, EffectivePolicy],
    calendars: Mapping[int, WorkCalendar],
    now: datetime,
) -> int:
    """Open an alert for each happening that has none yet, under its district's policy; how many were new.

    Joins the transaction under way. Nobody is told here: the first rung is due at once, and `climb` fires it.
    """
    if not new:
        return 0
    rows = _rows(new, policies, calendars, now)
    stored = await add_alerts(rows)
    await journal.write_all([_entry(row) for row in rows if row.id in stored])
    return len(stored)


async def open_alerts_today(new: Sequence[NewAlert], *, now: datetime) -> int:
    """The same under the policy and calendar each of their districts has on the local day of `now`."""
    if not new:
        return 0
    districts, day = {one.district_id for one in new}, local_day(now)
    policies, calendars = await policies_for(districts, day), await calendars_for(districts, day)
    return await open_alerts(new, policies=policies, calendars=calendars, now=now)


def _rows(
    new: Sequence[NewAlert],
    policies: Mapping[int, EffectivePolicy],
    calendars: Mapping[int, WorkCalendar],
    now: datetime,
) -> list[Row]:
    """The policy is asked once for each sort of happening: a sweep after an outage opens thousands that are alike."""
    alike: dict[tuple[Any, ...], Alert] = {}
    rows = []
    for one in new:
        sort, issued = (one.district_id, one.kind, one.risk, one.waits), policies[one.district_id]
        if sort not in alike:
            terms = Terms(alerts=issued.policy.alerts, version=issued.version, document_number=issued.document_number)
            alike[sort] = opened(one, terms, calendars[one.district_id], id=new_id(), now=now)
        rows.append(Row(id=new_id(), new=one, alike=alike[sort], policy_id=issued.id))
    return rows


def _entry(row: Row) -> journal.Entry:
    alike = row.alike
    facts = {"kind": alike.kind, "severity": alike.severity, "policy_version": alike.ladder.policy_version}
    place = journal_area(alike.kind, row.new.area_id, confidential=row.new.confidential)
    return journal.Entry(
        kind="alert.opened", subject_id=row.id, area_id=place, by=None, at=alike.opened_at, facts=facts
    )


async def resolve_for(
    subject_ids: Sequence[UUID],
    *,
    kinds: Collection[str],
    outcome: str,
    evidence: Mapping[str, Any],
    by: UUID | None,
    now: datetime,
) -> list[UUID]:
    """Settle every unresolved alert of these kinds about these subjects by evidence; the ids of those settled.

    Joins the transaction under way. Whoever was told is told that it is over; the history stays.
    """
    if not subject_ids:
        return []
    resolved = await resolve_subjects(subject_ids, kinds=kinds, outcome=outcome, evidence=evidence, by=by, now=now)
    await settle(resolved, outcome=outcome, by=by, now=now)
    return [one.id for one in resolved]
