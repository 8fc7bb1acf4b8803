"""The watch over phones: somebody is told once when records stay away, and again when they have arrived."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.calendar import WorkCalendar
from accounts.queries import EffectivePolicy, calendars_for, policies_for
from alerts.actions import open_alerts, poison, resolve_for
from alerts.opening import NewAlert
from core import db, quarantine
from core.clock import local_day
from core.scope import JOBS
from visits.sync.queries import watching as queries
from visits.sync.queries.watching import Since
from visits.sync.silence import PhoneFacts, Silence, judge, never_before, over

JOB = "phones"
_KIND = "phone_silent"


async def watch_phones(now: datetime, limit: int = 500) -> int:
    """Judge every phone, `limit` in one transaction; how many alerts were opened and resolved."""
    return await _resolve(now, limit) + await _open(now, limit)


async def _open(now: datetime, limit: int) -> int:
    opened, after = 0, None
    while True:
        async with db.transaction(JOBS):
            districts, day = await queries.districts_with_phones(), local_day(now)
            policies, calendars = await policies_for(districts, day), await calendars_for(districts, day)
            found = await queries.phones_to_judge(
                [_since(one, policies[one], now) for one in districts], job=JOB, after=after, limit=limit, now=now
            )
            opened += (await _judge(found, policies, calendars, now))["opened"]
        if len(found) < limit:
            return opened
        after = found[-1].device_id


async def _judge(
    found: Sequence[PhoneFacts],
    policies: Mapping[int, EffectivePolicy],
    calendars: Mapping[int, WorkCalendar],
    now: datetime,
) -> Counter[str]:
    async def work(phones: Sequence[PhoneFacts]) -> Counter[str]:
        judged = [
            (one, judge(one, policies[one.district_id].policy.phones, calendars[one.district_id], now=now))
            for one in phones
        ]
        new = [_alert(one, silence) for one, silence in judged if silence]
        opened = await open_alerts(new, policies=policies, calendars=calendars, now=now)
        await poison.release(JOB, [one.device_id for one in phones], now=now)
        return Counter(opened=opened)

    async def leave(one: PhoneFacts, fault: Exception) -> None:
        bad = poison.Bad(subject_id=one.device_id, recipient_id=None, area_id=one.area_id, district_id=one.district_id)
        await poison.set_aside(JOB, bad, fault, now=now)

    return await quarantine.in_bulk(found, work, leave)


def _since(district_id: int, issued: EffectivePolicy, now: datetime) -> Since:
    terms = issued.policy.phones
    return Since(
        district_id=district_id,
        silent=never_before(terms.silent_after, now),
        unsent=never_before(terms.unsent_after, now),
    )


def _alert(phone: PhoneFacts, silence: Silence) -> NewAlert:
    """One alert an episode: it is named by when the silence began."""
    facts: dict[str, Any] = {
        "since": silence.since,
        "why": list(silence.why),
        "phone_last_seen_at": phone.last_seen_at,
        "account_id": str(phone.account_id),
        "tasks": phone.tasks,
        "unsent": phone.unsent,
        "missing": phone.missing,
        "held": phone.held,
    }
    return NewAlert(
        occurrence=f"{_KIND}:{phone.device_id}:{silence.since:%Y%m%dT%H%M%S.%f}",
        kind=_KIND,
        area_id=phone.area_id,
        district_id=phone.district_id,
        subject_id=phone.device_id,
        facts=facts,
    )


async def _resolve(now: datetime, limit: int) -> int:
    """What has arrived ends its alert; so does cutting the phone off: its tasks are somebody else's then.

    But not while something it sent is held: that was a visit, and whoever settles it has to be found.
    """
    resolved, after = 0, None
    while True:
        async with db.transaction(JOBS):
            found = await queries.alerted(after=after, limit=limit)
            spoke = [one.device_id for one in found if one.phone and over(one.phone, alerted_at=one.opened_at)]
            cut_off = [one.device_id for one in found if one.phone is None]
            resolved += await _settle(spoke, "phone_spoke", now) + await _settle(cut_off, "phone_cut_off", now)
        if len(found) < limit:
            return resolved
        after = found[-1].device_id


async def _settle(device_ids: Sequence[UUID], outcome: str, now: datetime) -> int:
    return len(await resolve_for(device_ids, kinds={_KIND}, outcome=outcome, evidence={}, by=None, now=now))
