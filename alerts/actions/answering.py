"""What people do with an alert they see: acknowledge, resolve, return it once, let it rest for a while."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.calendar import WorkCalendar
from accounts.permissions import Account, Permission
from accounts.queries import calendars_for, staff_named
from alerts import lifecycle
from alerts.actions.owing import owe
from alerts.actions.settling import settle
from alerts.alert import Alert
from alerts.canary import journal_area
from alerts.confidential import HANDLERS, may_be_told
from alerts.notices import NewNotice
from alerts.queries.answering import lock_alert, save_acknowledgement, save_pause, save_return
from alerts.queries.people import may_own
from alerts.queries.settling import resolve_alert
from core import db, journal
from core.clock import local_day
from core.errors import Forbidden, Invalid, NotFound


class AlertNotFound(NotFound):
    detail = "没有找到该预警。请核对编号，或返回列表重新选择。"


class NoSuchOwner(Invalid):
    detail = "找不到该责任人，或其不负责此区域。请重新选择。"


async def acknowledge(alert_id: UUID, *, by: Account, now: datetime) -> lifecycle.Acknowledged:
    """Take note of an alert: the ladder rests until the acknowledgement expires. What is in force afterwards."""
    _permit(by, "alert.acknowledge")
    async with db.transaction(by.scope):
        alert, calendar = await _lock(alert_id, by, now)
        rank = lifecycle.rank_of(by.role, alert)
        given = lifecycle.acknowledge(alert, by=by.id, rank=rank, calendar=calendar, now=now)
        await save_acknowledgement(alert.id, given)
        facts = {"until": given.until.isoformat(), "next_at": given.next_at.isoformat(), "took": given.took}
        await _write("alert.acknowledged", alert, by, now, facts)
        return given


async def resolve(alert_id: UUID, *, outcome: str, evidence: Mapping[str, Any], by: Account, now: datetime) -> None:
    """Close an alert by hand. `evidence` needs a "note"; once it reached the third rung its owner cannot close it."""
    _permit(by, "alert.resolve")
    async with db.transaction(by.scope):
        alert, _ = await _lock(alert_id, by, now)
        lifecycle.resolve(alert, by=by.id, outcome=outcome, note=str(evidence.get("note", "")))
        resolved = await resolve_alert(alert.id, outcome=outcome, evidence=evidence, by=by.id, now=now)
        await settle(resolved, outcome=outcome, by=by.id, now=now)


async def return_to(alert_id: UUID, *, to: UUID, reason: str, by: Account, now: datetime) -> None:
    """Give an alert back, once, to another named owner who is told at once. The clock does not restart."""
    _permit(by, "alert.return")
    async with db.transaction(by.scope):
        alert, calendar = await _lock(alert_id, by, now)
        next_at = lifecycle.return_to(alert, to=to, reason=reason, by=by.id, calendar=calendar, now=now)
        if not await _may_take(to, alert):
            raise NoSuchOwner(field="/to")
        await save_return(alert.id, to=to, reason=reason, by=by.id, next_at=next_at, now=now)
        await owe([_returned(alert, to, now)], now=now)
        await _write("alert.returned", alert, by, now, {"to": str(to), "next_at": next_at.isoformat()})


async def pause(alert_id: UUID, *, until: datetime, reason: str, by: Account, now: datetime) -> None:
    """Let one alert rest until a moment within the policy's bound; it goes on by itself."""
    _permit(by, "alert.pause")
    async with db.transaction(by.scope):
        alert, calendar = await _lock(alert_id, by, now)
        lifecycle.pause(alert, until=until, reason=reason, calendar=calendar, now=now)
        await save_pause(alert.id, until=until, reason=reason, by=by.id)
        await _write("alert.paused", alert, by, now, {"until": until.isoformat()})


def _permit(by: Account, permission: Permission) -> None:
    if not by.may(permission):
        raise Forbidden


async def _lock(alert_id: UUID, by: Account, now: datetime) -> tuple[Alert, WorkCalendar]:
    alert = await lock_alert(alert_id, area_ids=by.area_ids)
    if alert is None:
        raise AlertNotFound
    calendars = await calendars_for([alert.district_id], local_day(now))
    return alert, calendars[alert.district_id]


async def _may_take(account_id: UUID, alert: Alert) -> bool:
    """Whether an alert may be given to somebody. One that is kept from them is refused like somebody unknown."""
    known = await staff_named([account_id])
    handlers = [one for one, found in known.items() if found.role in HANDLERS]
    return await may_own(account_id, alert.area_id) and may_be_told(account_id, alert, handlers)


def _returned(alert: Alert, to: UUID, now: datetime) -> NewNotice:
    return NewNotice(
        occurrence=f"{alert.id}:returned",
        kind="alert_returned",
        severity=alert.severity,
        account_id=to,
        urgent=alert.urgent,
        area_id=None if alert.confidential else alert.area_id,
        alert_id=alert.id,
        send_after=now,
        facts={"kind": alert.kind},
    )


async def _write(kind: str, alert: Alert, by: Account, now: datetime, facts: dict[str, Any]) -> None:
    place = journal_area(alert.kind, alert.area_id, confidential=alert.confidential)
    await journal.write(kind, subject_id=alert.id, area_id=place, by=by.id, at=now, facts=facts)
