"""That somebody has nobody: the alert that rings until there is care, whatever the papers say."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import open_alerts_today, resolve_for
from alerts.opening import NewAlert
from caregivers.agreements import queries
from caregivers.agreements.actions.ground import recipient_held
from caregivers.agreements.drafting import Recipient
from caregivers.agreements.queries import care as care_queries
from caregivers.agreements.refusals import GapReportedBefore, NoGapReported, NotSupported, ReasonMissing, StillUncovered
from core import db, journal

_LONGEST = 500


async def report_no_cover(recipient_id: UUID, *, reason: str, by: Account, now: datetime) -> UUID:
    """Nobody cares for this person and nobody can be found, though an agreement may stand on paper.

    The alert opens at once and climbs to the district; it ends with care arranged, with an agreement that comes into
    force, or with somebody's word that the caregiver is back. The id of the report.
    """
    async with db.transaction(by.scope):
        recipient = await recipient_held(recipient_id)
        if not recipient.supported:
            raise NotSupported
        _demand(reason, "/reason")
        if await care_queries.gap_reported(recipient_id) is not None:
            raise GapReportedBefore
        report_id = await care_queries.add_gap(recipient, reason=reason.strip(), by=by.id, now=now)
        await journal.write(
            "cover.lost", subject_id=recipient_id, area_id=recipient.area_id, by=by.id, at=now, facts={}
        )
        await open_uncovered(recipient, why="reported", now=now)
        return report_id


async def restore_cover(recipient_id: UUID, *, note: str, by: Account, now: datetime) -> None:
    """Whoever is to care for this person does so again: takes back the report that nobody does."""
    async with db.transaction(by.scope):
        recipient = await recipient_held(recipient_id)
        _demand(note, "/note")
        if await care_queries.end_gap(recipient_id, how="restored", by=by.id, now=now, note=note.strip()) is None:
            raise NoGapReported
        if not await queries.is_covered_at(recipient_id, now):
            raise StillUncovered
        await journal.write(
            "cover.restored", subject_id=recipient_id, area_id=recipient.area_id, by=by.id, at=now, facts={}
        )
        await resolve_covered(recipient_id, by=by.id, now=now, evidence={"how": "restored"})


async def open_uncovered(recipient: Recipient, *, why: str, now: datetime) -> None:
    """Open the alert that this person has nobody, unless one rings. Joins a transaction that holds their cover."""
    if await care_queries.uncovered_alert(recipient.id) is not None:
        return
    new = new_uncovered(recipient.id, recipient.area_id, recipient.district_id, recipient.risk, why=why, now=now)
    await open_alerts_today([new], now=now)


def new_uncovered(
    recipient_id: UUID, area_id: int, district_id: int, risk: str, *, why: str, now: datetime
) -> NewAlert:
    """Each time somebody comes to have nobody is a happening of its own."""
    return NewAlert(
        occurrence=f"uncovered:{recipient_id}:{now.isoformat()}",
        kind="uncovered",
        risk=risk,  # type: ignore[arg-type]  # the table's own check holds it to the three words
        area_id=area_id,
        district_id=district_id,
        recipient_id=recipient_id,
        subject_id=recipient_id,
        facts={"since": now, "why": why},
    )


async def resolve_covered(recipient_id: UUID, *, by: UUID | None, now: datetime, evidence: dict[str, str]) -> None:
    """Somebody cares for this person again."""
    await resolve_for([recipient_id], kinds={"uncovered"}, outcome="covered", evidence=evidence, by=by, now=now)


def _demand(text: str, field: str) -> None:
    if not text.strip() or len(text) > _LONGEST:
        raise ReasonMissing(f"请写明情况，不超过{_LONGEST}字。", field=field)
