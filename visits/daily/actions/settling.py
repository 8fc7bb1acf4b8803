"""The sweep of windows: judged when something new was seen and when they are over; alarms are told at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.queries import EffectivePolicy, calendars_for, policies_for
from alerts.actions import open_alerts, poison, resolve_for
from alerts.opening import NewAlert
from core import db, journal, quarantine
from core.clock import local_day
from core.scope import JOBS
from recipients.queries import absences_of
from visits.daily.queries import settling as queries
from visits.daily.queries.settling import Claimed
from visits.daily.settling import Check, Verdict, judge

JOB = "windows"
Judged = Sequence[tuple[Claimed, Verdict]]


async def settle_checks(*, now: datetime, limit: int = 5000) -> Counter[str]:
    """Judge up to `limit` windows: {"claimed": …, "changed": …, "anomaly": …, "not_observed": …, "alerted": …, …}.

    Call again until nothing is claimed. Several at once share the windows; each alerts once for each thing it becomes.
    """
    async with db.transaction(JOBS):
        windows = await _claim(now, limit)

        async def work(claimed: Sequence[Claimed]) -> Counter[str]:
            return await _settle(claimed, now)

        async def leave(one: Claimed, fault: Exception) -> None:
            await poison.set_aside(JOB, _bad(one), fault, now=now)

        counts = await quarantine.in_bulk(windows, work, leave)
        counts["claimed"] = len(windows)
        return counts


async def _claim(now: datetime, limit: int) -> list[Claimed]:
    """Whoever may lie behind a curtain first, then those nobody looked at; the thousands who are fine can wait."""
    windows = await queries.claim_told(alarming=True, job=JOB, now=now, limit=limit)
    if len(windows) < limit:
        windows += await queries.claim_over(job=JOB, now=now, limit=limit - len(windows))
    if len(windows) < limit:
        windows += await queries.claim_told(alarming=False, job=JOB, now=now, limit=limit - len(windows))
    return windows


async def _settle(windows: Sequence[Claimed], now: datetime) -> Counter[str]:
    judged = await _judge(windows, now)
    await queries.save_judged(judged, now=now)
    became = {one.id for one, _ in judged}
    await queries.save_heard([one.id for one in windows if one.id not in became])
    await queries.judge_again_after([one for one, verdict in judged if verdict.status in ("unchanged", "anomaly")])
    alerted = await _tell(judged, now)
    await journal.write_all([_entry(one, verdict, now) for one, verdict in judged if _worth_a_line(one, verdict)])
    await poison.release(JOB, [one.id for one in windows], now=now)
    counts: Counter[str] = Counter(verdict.status for _, verdict in judged)
    return counts + Counter(alerted=alerted)


async def _judge(windows: Sequence[Claimed], now: datetime) -> list[tuple[Claimed, Verdict]]:
    checks = await _checks(windows)
    found = [(one, verdict) for one in windows if (verdict := judge(checks[one.id], now=now)) is not None]
    later = await queries.seen_later([one for one, verdict in found if verdict.tells], now=now)
    return [
        (one, _told_unless_seen(checks[one.id], verdict, later.get(one.recipient_id), now)) for one, verdict in found
    ]


def _told_unless_seen(check: Check, verdict: Verdict, seen_later: datetime | None, now: datetime) -> Verdict:
    """The same verdict; asked only of those that would be told, whether somebody has seen the person since."""
    if not verdict.tells or seen_later is None:
        return verdict
    return judge(replace(check, seen_later=seen_later), now=now) or verdict


async def _checks(windows: Sequence[Claimed]) -> dict[UUID, Check]:
    people = {one.recipient_id for one in windows}
    seen = await queries.observed([one.id for one in windows])
    absences, left = await absences_of(people), await queries.left(people)
    sensed = await queries.sensed(people)
    unchanged = [check_id for check_id, words in seen.items() if any(word.seen == "unchanged" for word in words)]
    before = await queries.decided_before(unchanged)
    return {
        one.id: Check(
            opens_at=one.opens_at,
            closes_at=one.closes_at,
            status=one.status,
            observed=seen.get(one.id, ()),
            absences=absences[one.recipient_id],
            before=before.get(one.id),
            sensed=one.recipient_id in sensed,
            left=left.get(one.recipient_id),
        )
        for one in windows
    }


async def _tell(judged: Judged, now: datetime) -> int:
    """Open the alerts first: whoever was told that nobody had looked learns of the anomaly before that one is over."""
    told = [(one, verdict) for one, verdict in judged if verdict.tells]
    alerted = 0
    if told:
        districts, day = {one.district_id for one, _ in told}, local_day(now)
        policies, calendars = await policies_for(districts, day), await calendars_for(districts, day)
        new = [_alert(one, verdict, policies[one.district_id]) for one, verdict in told]
        alerted = await open_alerts(new, policies=policies, calendars=calendars, now=now)
    replaced = [one.id for one, verdict in judged if verdict.answers and verdict.tells]
    seen = await queries.closed_by_a_word([one.id for one, verdict in judged if verdict.answers and not verdict.tells])
    answered = replaced + seen
    await resolve_for(answered, kinds={"daily_not_observed"}, outcome="observed_late", evidence={}, by=None, now=now)
    return alerted


def _alert(one: Claimed, verdict: Verdict, issued: EffectivePolicy) -> NewAlert:
    """One for each window and what it became; it names no watcher. `since`: seen after this moment, it is answered."""
    curtain = issued.policy.curtain
    facts: dict[str, Any] = {
        "on_day": one.on_day,
        "part": one.part,
        "closes_at": one.closes_at,
        "since": verdict.since,
        "why": verdict.why,
        **({"seen": verdict.seen, "seen_at": verdict.seen_at} if verdict.seen else {}),
    }
    return NewAlert(
        occurrence=f"daily_{verdict.status}:{one.id}",
        kind=f"daily_{verdict.status}",
        risk=one.risk,  # type: ignore[arg-type]  # the register's own check holds it to the three words
        area_id=one.area_id,
        district_id=one.district_id,
        recipient_id=one.recipient_id,
        subject_id=one.id,
        facts=facts,
        waits=(curtain.first_check, curtain.second_person, curtain.emergency),
    )


def _worth_a_line(one: Claimed, verdict: Verdict) -> bool:
    """What went well is no history to keep twice."""
    return verdict.status in ("anomaly", "not_observed", "ended") or one.status == "not_observed"


def _entry(one: Claimed, verdict: Verdict, now: datetime) -> journal.Entry:
    facts = {"on_day": one.on_day, "part": one.part, "why": verdict.why, "was": one.status, "told": verdict.tells}
    return journal.Entry(
        kind=f"daily_check.{verdict.status}", subject_id=one.id, area_id=one.area_id, by=None, at=now, facts=facts
    )


def _bad(one: Claimed) -> poison.Bad:
    risk = one.risk if one.risk in ("high", "key", "general") else "high"
    return poison.Bad(
        subject_id=one.id,
        recipient_id=one.recipient_id,
        area_id=one.area_id,
        district_id=one.district_id,
        risk=risk,  # type: ignore[arg-type]
    )
