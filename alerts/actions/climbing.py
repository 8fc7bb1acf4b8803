"""The climb: every due alert moves one step, all in one transaction, and one bad row never stops the others."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import structlog

from accounts.duty import Answer, Duty
from accounts.queries import DutyFacts, calendars_for, duty_facts
from alerts.actions.opening import open_alerts_today, resolve_for
from alerts.actions.owing import owe, tell_administrators
from alerts.alert import Alert
from alerts.canary import CANARY, PEOPLE, journal_area
from alerts.confidential import HANDLERS, may_be_told
from alerts.ladder import Climb, People, among
from alerts.ladder import climb as moved
from alerts.notices import of_firing
from alerts.opening import NewAlert
from alerts.queries.climbing import add_gaps, add_rungs, claim_due, put_off, read_due, save_climbs
from alerts.queries.people import answering_for, fallback_of, handlers_of
from core import db, journal, quarantine
from core.clock import local_day
from core.scope import JOBS

log = structlog.get_logger("chuangdeng.alerts")

JOB = "climb"
LOOK_AGAIN_AFTER = timedelta(minutes=15)
"""How long an alert that could not be judged rests before it is tried again."""


async def climb(*, now: datetime, limit: int = 2000, console: bool = False) -> Counter[str]:
    """Move up to `limit` alerts whose time has come; {"claimed": …, "fired": …, "gaps": …, "quarantined": …}.

    One transaction: the rungs, the notices they owe and the alerts' next moments are stored together or not at all.
    """
    async with db.transaction(JOBS):
        rows = await claim_due(now=now, limit=limit)
        counts = await quarantine.in_bulk(
            rows,
            lambda some: _move([read_due(row) for row in some], now=now, console=console),
            lambda row, fault: _set_aside(row, fault, now=now),
        )
        counts["claimed"] = len(rows)
        return counts


async def _move(alerts: Sequence[Alert], *, now: datetime, console: bool) -> Counter[str]:
    districts = {alert.district_id for alert in alerts}
    calendars = await calendars_for(districts, local_day(now))
    people = await _people(alerts, districts, now)
    climbs = [(alert, moved(alert, people(alert), calendars[alert.district_id], now=now)) for alert in alerts]
    fired = [(alert, firing) for alert, climb in climbs for firing in climb.firings]
    # That a holder was passed over must not be read off the roster: real gaps are found ahead by `notice_gaps`.
    gaps = [(alert, firing) for alert, firing in fired if firing.gap and not alert.confidential]
    notices = [
        notice for alert, firing in fired for notice in of_firing(alert, firing, calendars[alert.district_id], now=now)
    ]
    await add_rungs(fired, now=now)
    await add_gaps(gaps, now=now)
    await owe(notices, now=now, console=console)
    await save_climbs(climbs, now=now)
    await journal.write_all([entry for alert, climb in climbs for entry in _entries(alert, climb, now)])
    await _release([alert.id for alert in alerts], now=now)
    return Counter(fired=len(fired), gaps=len(gaps), notices=len(notices))


async def _people(alerts: Sequence[Alert], districts: set[int], now: datetime) -> Callable[[Alert], People]:
    """Who can be told of each alert, asked once for each area and duty however many alerts there are."""
    duties = await duty_facts({alert.area_id for alert in alerts})
    named = {one for alert in alerts for one in _named(alert)}
    present = await answering_for(named, now)
    fallback = await fallback_of(districts)
    holding = _holding(duties, now)
    secret = {alert.district_id for alert in alerts if alert.confidential}
    handlers = await handlers_of(secret, HANDLERS) if secret else frozenset()

    def people(alert: Alert) -> People:
        if alert.kind == CANARY:
            return PEOPLE
        owners = [one for one in (alert.owner_id, alert.returned_to) if one is not None]
        everybody = People(
            holding=lambda duty: holding(duty, alert.area_id),
            owner=[answer for one in owners for answer in present[one]],
            fallback=[Answer(account_id=one, area_id=alert.district_id) for one in fallback.get(alert.district_id, ())],
            present=lambda account_id: present[account_id],
        )
        return _told_in_confidence(everybody, alert, handlers) if alert.confidential else everybody

    return people


def _told_in_confidence(everybody: People, alert: Alert, handlers: Collection[UUID]) -> People:
    """Those who handle it. Nobody left in the whole district: its administrators hear that something waits."""
    people = among(everybody, lambda account_id: may_be_told(account_id, alert, handlers))
    others = [one for one in everybody.fallback if one.account_id not in alert.barred_ids]
    return replace(people, fallback=people.fallback or others)


def _named(alert: Alert) -> set[UUID]:
    return {one for one in (alert.owner_id, alert.returned_to, alert.acknowledged_by) if one is not None}


def _holding(duties: DutyFacts, now: datetime) -> Callable[[Duty, int], tuple[Answer, ...]]:
    @cache
    def holding(duty: Duty, area_id: int) -> tuple[Answer, ...]:
        return duties.answering(duty, area_id, now)

    return holding


def _entries(alert: Alert, climb: Climb, now: datetime) -> list[journal.Entry]:
    happened: list[tuple[str, dict[str, Any]]] = []
    if climb.resumed:
        happened.append(("alert.resumed", {}))
    if climb.expired:
        happened.append(("alert.acknowledgement_expired", {"acknowledged_by": str(alert.acknowledged_by)}))
    for firing in climb.firings:
        facts = {"rung": firing.rung, "repeat": firing.repeat, "duty": firing.duty.value}
        if firing.gap:
            happened.append(("alert.rung_empty", facts))
        if firing.told:
            told = [str(answer.account_id) for answer in firing.told]
            happened.append(("alert.climbed", {**facts, "told": told}))
    place = journal_area(alert.kind, alert.area_id, confidential=alert.confidential)
    return [
        journal.Entry(kind=kind, subject_id=alert.id, area_id=place, by=None, at=now, facts=facts)
        for kind, facts in happened
    ]


async def _release(alert_ids: list[UUID], *, now: datetime) -> None:
    released = await quarantine.release(JOB, alert_ids, now=now)
    await resolve_for(released, kinds={"quarantined"}, outcome="released", evidence={}, by=None, now=now)


async def _set_aside(row: Mapping[str, Any], fault: Exception, *, now: datetime) -> None:
    """Leave the alert where it stands, look again later, and put a human on it at once."""
    log.error("alert could not be judged", alert=str(row["id"]), fault=type(fault).__name__)
    async with db.transaction(JOBS):
        await put_off(row["id"], until=now + LOOK_AGAIN_AFTER)
        place = journal_area(row["kind"], row["area_id"], confidential=row["confidential"])
        fresh = await quarantine.set_aside(JOB, row["id"], area_id=place, fault=fault, now=now)
    if fresh:
        await _put_a_human_on_it(row, now=now)


async def _put_a_human_on_it(row: Mapping[str, Any], *, now: datetime) -> None:
    """An alert to the district; a notice to the administrators where even that cannot be opened, or is the bad row."""
    occurrence = f"quarantined:{JOB}:{row['id']}:{now:%Y%m%dT%H%M%S}"
    facts = {"job": JOB, "alert": str(row["id"]), "kind": row["kind"]}
    try:
        if row["kind"] != "quarantined":
            async with db.transaction(JOBS):
                await _open_quarantined(row, occurrence, facts, now)
            return
    except Exception as fault:
        if not quarantine.rows_fault(fault):
            raise
        log.error("no alert could be opened for it", alert=str(row["id"]), fault=type(fault).__name__)
    if row["confidential"]:
        facts = {"job": JOB}
    await tell_administrators(kind="quarantined", occurrence=occurrence, facts=facts, severity="critical", now=now)


async def _open_quarantined(row: Mapping[str, Any], occurrence: str, facts: dict[str, Any], now: datetime) -> None:
    new = NewAlert(
        occurrence=occurrence,
        kind="quarantined",
        risk="high" if row["high_risk"] else "general",
        area_id=row["district_id"],
        district_id=row["district_id"],
        subject_id=row["id"],
        facts=facts,
        confidential=row["confidential"],
        barred_ids=tuple(row["barred_ids"]),
    )
    await open_alerts_today([new], now=now)
