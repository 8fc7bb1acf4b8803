"""Holding an assessment and storing each of its moves, only while it is still as it was judged."""

from datetime import datetime
from uuid import UUID

import msgspec

from caregivers.assessment.lifecycle import Asked, Assessment, Result, move
from caregivers.assessment.queries.rows import IN_AREA, OWN, READ, assessment
from core import db


async def hold_assessment(assessment_id: UUID) -> Assessment | None:
    """Lock an assessment of the caller's areas."""
    return await _hold(assessment_id, IN_AREA)


async def hold_own_assessment(assessment_id: UUID) -> Assessment | None:
    """Lock an assessment of the caller's own, once settled; None for anybody else's, whatever areas they see."""
    return await _hold(assessment_id, f"{OWN} AND s.status NOT IN ('due', 'cancelled')")


async def _hold(assessment_id: UUID, seen: str) -> Assessment | None:
    row = await db.fetch_one(
        f"SELECT {READ} FROM assessment s WHERE s.id = $1 AND {seen} FOR NO KEY UPDATE", assessment_id
    )
    return assessment(row) if row else None


async def account_of_caregiver(caregiver_id: UUID) -> UUID | None:
    """The account a caregiver acts with, where they have one."""
    account_id: UUID | None = await db.fetch_value("SELECT account_id FROM caregiver WHERE id = $1", caregiver_id)
    return account_id


async def save_recipient_opinion(
    one: Assessment, *, score: int, how: Asked, proxy_reason: str | None, said: str, by: UUID, now: datetime
) -> None:
    await db.execute(
        "UPDATE assessment SET recipient_score = $2, recipient_asked_how = $3, recipient_proxy_reason = $4,"
        " recipient_said = $5, recipient_asked_by = $6, recipient_asked_at = $7, version = version + 1 WHERE id = $1",
        one.id,
        score,
        how,
        proxy_reason,
        said,
        by,
        now,
    )


async def save_neighbours_opinion(
    one: Assessment, *, score: int, asked: int, said: str, by: UUID, now: datetime
) -> None:
    await db.execute(
        "UPDATE assessment SET neighbours_score = $2, neighbours_asked = $3, neighbours_said = $4,"
        " neighbours_asked_by = $5, neighbours_asked_at = $6, version = version + 1 WHERE id = $1",
        one.id,
        score,
        asked,
        said,
        by,
        now,
    )


async def save_settled(one: Assessment, result: Result, *, objection_until: datetime, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE assessment SET status = $2, visits_score = $3, records_score = $4, weights = $5, reasons = $6,"
        " total = $7, qualified = $8, withholds = $9, settled_by = $10, settled_at = $11, objection_until = $12,"
        " version = version + 1 WHERE id = $1",
        one.id,
        move(one.status, "settle"),
        result.scores["visits"],
        result.scores["records"],
        msgspec.json.encode(result.weights).decode(),
        msgspec.json.encode([{"instrument": which, "text": text} for which, text in result.reasons]).decode(),
        result.total,
        result.qualified,
        result.withholds,
        by,
        now,
        objection_until,
    )


async def save_objection(
    one: Assessment, *, text: str, on_paper_by: str | None, decide_by: datetime, by: UUID, now: datetime
) -> None:
    await db.execute(
        "UPDATE assessment SET status = $2, objection = $3, objection_on_paper_by = $4, objection_decide_by = $5,"
        " objected_by = $6, objected_at = $7, version = version + 1 WHERE id = $1",
        one.id,
        move(one.status, "object"),
        text,
        on_paper_by,
        decide_by,
        by,
        now,
    )


async def save_objection_decided(one: Assessment, *, upheld: bool, reason: str, by: UUID, now: datetime) -> None:
    """Upheld, the period counts as qualified and nothing is withheld; the scores stay as they were settled."""
    await db.execute(
        "UPDATE assessment SET status = $2, objection_upheld = $3, qualified = $3, withholds = withholds AND NOT $3,"
        " objection_reason = $4, objection_decided_by = $5, objection_decided_at = $6, version = version + 1"
        " WHERE id = $1",
        one.id,
        move(one.status, "decide"),
        upheld,
        reason,
        by,
        now,
    )


async def save_rectified(one: Assessment, *, evidence: str, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE assessment SET rectified_at = $2, rectified_by = $3, rectified_evidence = $4, version = version + 1"
        " WHERE id = $1",
        one.id,
        now,
        by,
        evidence,
    )
