"""How far a campaign has come: who was seen, who is still unseen, what was found. People are counted, not workers."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import db
from visits.queries.contacts import CONTACT

_SEEN_SINCE = (
    "EXISTS (SELECT FROM visit_report c WHERE c.recipient_id = v.recipient_id AND c.made_at >= p.opens_at"
    f" AND c.made_at <= p.deadline_at AND c.method = 'door' AND {CONTACT})"
)
_MINE = "EXISTS (SELECT FROM area_within w WHERE w.area_id = v.area_id AND w.ancestor_id = ANY (visible_areas()))"
_OF = (
    f"SELECT v.id, v.recipient_id, v.area_id, v.risk, v.worker_id, v.status, v.report_id, {_SEEN_SINCE} AS seen"
    " FROM visit v JOIN campaign p ON p.id = v.campaign_id"
    f" WHERE v.campaign_id = $1 AND (v.status <> 'cancelled' OR v.closed_reason = 'campaign_stopped') AND {_MINE}"
)
"""Whoever was not reached before it was stopped stays unseen: stopping early covers nobody."""

_CATEGORIES = "JOIN recipient r ON r.id = v.recipient_id CROSS JOIN unnest(r.categories) category"


@dataclass(frozen=True, kw_only=True, slots=True)
class Covered:
    """People of one sort or place: all, and of them those seen at the door since the campaign began."""

    name: str
    people: int
    seen: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """In the caller's areas only. `excused`: confirmed to be away until after the deadline."""

    people: int
    seen: int
    excused: int
    by_risk: tuple[Covered, ...]
    by_category: tuple[Covered, ...]
    by_village: tuple[Covered, ...]
    hazards: dict[str, int]
    exceptions: dict[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """Somebody nobody has seen yet."""

    visit_id: UUID
    recipient_id: UUID
    area_id: int
    village: str
    risk: str
    status: str
    worker_id: UUID | None


async def coverage(campaign_id: UUID) -> Coverage:
    total = await db.fetch_one(
        f"WITH v AS ({_OF}) SELECT count(*) AS people, count(*) FILTER (WHERE seen) AS seen,"
        " count(*) FILTER (WHERE status = 'excused' AND NOT seen) AS excused FROM v",
        campaign_id,
    )
    found = await _findings(campaign_id)
    return Coverage(
        people=total["people"],
        seen=total["seen"],
        excused=total["excused"],
        by_risk=await _by(campaign_id, "v.risk", ""),
        by_category=await _by(campaign_id, "category", _CATEGORIES),
        by_village=await _by(campaign_id, "a.name", "JOIN area a ON a.id = v.area_id"),
        hazards={row["word"]: row["found"] for row in found if row["sort"] == "hazard"},
        exceptions={row["word"]: row["found"] for row in found if row["sort"] == "block"},
    )


async def _by(campaign_id: UUID, name: str, joined: str) -> tuple[Covered, ...]:
    rows = await db.fetch(
        f"WITH v AS ({_OF}) SELECT {name} AS name, count(*) AS people, count(*) FILTER (WHERE seen) AS seen"
        f" FROM v {joined} GROUP BY 1 ORDER BY 1",
        campaign_id,
    )
    return tuple(Covered(name=row["name"], people=row["people"], seen=row["seen"]) for row in rows)


async def _findings(campaign_id: UUID) -> list[Any]:
    """Hazards by severity, and blocks that were not in order, in the reports that made the campaign's visits."""
    return await db.fetch(
        f"WITH v AS ({_OF}), reports AS (SELECT r.content FROM v JOIN visit_report r ON r.id = v.report_id)"
        " SELECT 'hazard' AS sort, hazard ->> 'severity' AS word, count(*) AS found FROM reports,"
        "  jsonb_array_elements(CASE WHEN jsonb_typeof(content -> 'hazards') = 'array' THEN content -> 'hazards'"
        "   ELSE '[]' END) hazard GROUP BY 2"
        " UNION ALL SELECT 'block', block.key, count(*) FROM reports,"
        "  jsonb_each(CASE WHEN jsonb_typeof(content -> 'blocks') = 'object' THEN content -> 'blocks' ELSE '{}' END)"
        "   block WHERE block.value -> 'ok' = 'false' GROUP BY 2",
        campaign_id,
    )


async def unseen_page(campaign_id: UUID, *, after: UUID | None, limit: int) -> list[Unseen]:
    """Who was not seen since the campaign began and is not known to be away, in a steady order."""
    rows = await db.fetch(
        f"WITH v AS ({_OF}) SELECT v.id, v.recipient_id, v.area_id, a.name AS village, v.risk, v.status, v.worker_id"
        " FROM v JOIN area a ON a.id = v.area_id WHERE NOT v.seen AND v.status <> 'excused'"
        " AND ($2::uuid IS NULL OR v.id > $2) ORDER BY v.id LIMIT $3",
        campaign_id,
        after,
        limit,
    )
    return [
        Unseen(
            visit_id=row["id"],
            recipient_id=row["recipient_id"],
            area_id=row["area_id"],
            village=row["village"],
            risk=row["risk"],
            status=row["status"],
            worker_id=row["worker_id"],
        )
        for row in rows
    ]
