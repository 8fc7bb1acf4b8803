"""Laying the visits of running campaigns: everybody chosen who has none yet, also who was registered meanwhile."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core import db
from visits.campaigns.queries.campaigns import CHOSEN

_RUNNING = """
    SELECT id, area_id, district_id, opens_at, deadline_at,
        ARRAY(SELECT jsonb_array_elements_text(chosen -> 'risks'))::varchar[] AS risks,
        ARRAY(SELECT jsonb_array_elements_text(chosen -> 'categories'))::varchar[] AS categories,
        ARRAY(SELECT jsonb_array_elements_text(chosen -> 'self_care'))::varchar[] AS self_care,
        (chosen ->> 'living_alone')::boolean AS living_alone,
        ARRAY(SELECT jsonb_array_elements_text(chosen -> 'area_ids')::int) AS area_ids
    FROM campaign WHERE status = 'running' AND opens_at <= $1 AND deadline_at > $1
"""


async def running_districts(*, now: datetime) -> list[int]:
    rows = await db.fetch(
        "SELECT DISTINCT district_id FROM campaign WHERE status = 'running' AND opens_at <= $1 AND deadline_at > $1",
        now,
    )
    return [row["district_id"] for row in rows]


async def lay_visits(policy_ids: Mapping[int, UUID | None], *, now: datetime, limit: int) -> dict[UUID, int]:
    """Lay a visit, due at the deadline without grace, for everybody chosen who has none; how many, by campaign.

    The campaigns are locked as one that is being stopped is: whoever comes second sees what the first has done.
    """
    rows = await db.fetch(
        "WITH running AS MATERIALIZED (SELECT id AS campaign_id FROM campaign WHERE status = 'running'"
        "   AND opens_at <= $1 AND deadline_at > $1 ORDER BY id FOR NO KEY UPDATE SKIP LOCKED),"
        f" c AS (SELECT * FROM ({_RUNNING}) c JOIN running ON running.campaign_id = c.id),"
        " policy AS (SELECT * FROM unnest($2::int[], $3::uuid[]) AS p (district_id, id)),"
        " lacking AS (SELECT c.id AS campaign_id, c.opens_at, c.deadline_at, r.id AS recipient_id, r.area_id,"
        "   r.district_id, r.risk, r.visit_worker_id, policy.id AS policy_id FROM c JOIN recipient r"
        "   ON r.district_id = c.district_id LEFT JOIN policy ON policy.district_id = c.district_id"
        f"  WHERE {CHOSEN} AND NOT EXISTS (SELECT FROM visit v WHERE v.campaign_id = c.id"
        "    AND v.recipient_id = r.id AND v.status <> 'cancelled') LIMIT $4),"
        " laid AS (INSERT INTO visit (id, campaign_id, recipient_id, area_id, district_id, reason, risk, worker_id,"
        "   policy_id, opens_at, due_at, missed_after, status)"
        "  SELECT gen_random_uuid(), campaign_id, recipient_id, area_id, district_id, 'campaign', risk,"
        "   visit_worker_id, policy_id, opens_at, deadline_at, deadline_at, 'open' FROM lacking"
        "  ON CONFLICT DO NOTHING RETURNING campaign_id)"
        " SELECT campaign_id, count(*) AS visits FROM laid GROUP BY campaign_id",
        now,
        list(policy_ids),
        list(policy_ids.values()),
        limit,
    )
    return {row["campaign_id"]: row["visits"] for row in rows}


async def save_laid(laid: Mapping[UUID, int], *, now: datetime) -> list[Mapping[str, Any]]:
    """Count what was laid; {"id", "area_id"} of each campaign."""
    return await db.fetch(
        "UPDATE campaign c SET laid = c.laid + l.visits, laid_at = $3"
        " FROM unnest($1::uuid[], $2::int[]) AS l (id, visits) WHERE c.id = l.id RETURNING c.id, c.area_id",
        list(laid),
        list(laid.values()),
        now,
    )


async def end_over(*, now: datetime) -> list[Mapping[str, Any]]:
    """Campaigns whose deadline is past are over; {"id", "area_id"} of each."""
    return await db.fetch(
        "UPDATE campaign SET status = 'over' WHERE status = 'running' AND deadline_at <= $1 RETURNING id, area_id", now
    )
