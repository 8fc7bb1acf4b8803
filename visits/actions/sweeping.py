"""The sweep: visits whose time is up are judged, and somebody is told. Everything in one transaction, set-based."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.queries import phones_last_seen
from alerts.actions import open_alerts_today, poison
from alerts.canary import CANARY, journal_area
from alerts.opening import NewAlert
from core import db, journal, quarantine
from core.scope import JOBS
from recipients.absence import Absence
from recipients.queries import absences_of
from visits.lifecycle import Judgement, judge
from visits.queries import sweeping as queries
from visits.queries.sweeping import Overdue

JOB = "sweep"
_TOLD: frozenset[str] = frozenset({"missed", "not_known"})
_OWN_KIND = frozenset({"return_check", CANARY})  # reasons whose miss is a kind of alert of its own
Judged = Sequence[tuple[Overdue, Judgement]]


async def mark_missed(*, now: datetime, limit: int = 5000) -> Counter[str]:
    """Judge up to `limit` overdue visits: {"claimed": …, "missed": …, "not_known": …, "excused": …, "known_missed": …}.

    Call again until nothing is claimed. Several sweeps at once share the visits; each visit alerts once.
    """
    async with db.transaction(JOBS):
        overdue = await queries.claim_overdue(job=JOB, now=now, limit=limit)

        async def work(visits: Sequence[Overdue]) -> Counter[str]:
            return await _judge_and_tell(visits, now)

        async def leave(one: Overdue, fault: Exception) -> None:
            await poison.set_aside(JOB, _bad(one), fault, now=now)

        counts = await quarantine.in_bulk(overdue, work, leave)
        counts["claimed"] = len(overdue)
        counts["known_missed"] = await _mark_known_missed(now, limit)
        return counts


async def _judge_and_tell(visits: Sequence[Overdue], now: datetime) -> Counter[str]:
    seen = await phones_last_seen({one.visit.worker_id for one in visits if one.visit.worker_id})
    sending = await queries.still_sending(list(seen))
    absences = await absences_of({one.recipient_id for one in visits})
    judged = [(one, _judgement(one, absences[one.recipient_id], seen, sending)) for one in visits]
    await queries.save_judged(judged, seen, now=now)
    told = [(one, judgement) for one, judgement in judged if judgement.status in _TOLD]
    await open_alerts_today([_alert(one, judgement, seen) for one, judgement in told], now=now)
    await journal.write_all(list(_entries(judged, seen, now)))
    await poison.release(JOB, [one.visit.id for one in visits], now=now)
    return Counter(judgement.status for _, judgement in judged)


def _judgement(
    one: Overdue, absences: Collection[Absence], seen: Mapping[UUID, datetime | None], sending: Collection[UUID]
) -> Judgement:
    """The standing is asked for here: a death is not pushed to visits."""
    if one.left:
        return Judgement(status="cancelled", why=one.left)
    phone_seen_at = seen.get(one.visit.worker_id) if one.visit.worker_id else None
    return judge(
        one.visit,
        absences=absences,
        has_phone=phone_seen_at is not None,
        phone_seen_at=phone_seen_at,
        more_to_send=one.visit.worker_id in sending,
    )


def _alert(one: Overdue, judgement: Judgement, seen: Mapping[UUID, datetime | None]) -> NewAlert:
    """One alert a miss. `since`: a contact after this moment answers it."""
    visit = one.visit
    kind = visit.reason if visit.reason in _OWN_KIND else f"visit_{judgement.status}"
    again = f":{one.reopened_by}" if one.reopened_by else ""
    facts: dict[str, Any] = {
        "reason": visit.reason,
        "due_at": visit.due_at,
        "since": visit.missed_after,
        "why": judgement.why,
        **_phone(visit.worker_id, seen),
    }
    return NewAlert(
        occurrence=f"visit_missed:{visit.id}{again}",
        kind=kind,
        risk=visit.risk,  # type: ignore[arg-type]  # the table's own check holds it to the three words
        area_id=one.area_id,
        district_id=one.district_id,
        recipient_id=one.recipient_id,
        subject_id=visit.id,
        owner_id=visit.worker_id,
        facts=facts,
    )


def _phone(worker_id: UUID | None, seen: Mapping[UUID, datetime | None]) -> dict[str, datetime]:
    seen_at = seen.get(worker_id) if worker_id else None
    return {"phone_last_seen_at": seen_at} if seen_at else {}


def _entries(judged: Judged, seen: Mapping[UUID, datetime | None], now: datetime) -> Iterable[journal.Entry]:
    for one, judgement in judged:
        facts = {"why": judgement.why, "due_at": one.visit.due_at} | _phone(one.visit.worker_id, seen)
        place = journal_area(one.visit.reason, one.area_id)
        yield journal.Entry(
            kind=f"visit.{judgement.status}", subject_id=one.visit.id, area_id=place, by=None, at=now, facts=facts
        )


async def _mark_known_missed(now: datetime, limit: int) -> int:
    """The alert that opened with "not known" stays; only the word for the visit changes."""
    found = await queries.save_known_missed(now=now, limit=limit)
    await journal.write_all(
        [
            journal.Entry(
                kind="visit.known_missed",
                subject_id=visit_id,
                area_id=area_id,
                by=None,
                at=now,
                facts={"phone_last_seen_at": seen_at},
            )
            for visit_id, area_id, seen_at in found
        ]
    )
    return len(found)


def _bad(one: Overdue) -> poison.Bad:
    risk = one.visit.risk if one.visit.risk in ("high", "key", "general") else "high"
    return poison.Bad(
        subject_id=one.visit.id,
        recipient_id=one.recipient_id,
        area_id=one.area_id,
        district_id=one.district_id,
        risk=risk,  # type: ignore[arg-type]
    )
