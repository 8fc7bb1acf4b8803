"""Campaigns as stored, and the people they choose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core import db
from recipients.queries.support import SUPPORTED
from visits.campaigns.choosing import Chosen

CHOSEN = f"""{SUPPORTED}
    AND EXISTS (SELECT FROM area_within w WHERE w.area_id = r.area_id AND w.ancestor_id = c.area_id)
    AND (c.risks = '{{}}' OR r.risk = ANY (c.risks))
    AND (c.categories = '{{}}' OR r.categories && c.categories)
    AND (c.self_care = '{{}}' OR r.self_care = ANY (c.self_care))
    AND (c.living_alone IS NULL OR r.living_alone = c.living_alone)
    AND (c.area_ids = '{{}}' OR EXISTS (
        SELECT FROM area_within w WHERE w.area_id = r.area_id AND w.ancestor_id = ANY (c.area_ids)))"""
"""Of a recipient `r` and a filter `c`: the rule of `Chosen.takes` in SQL, over everybody at once."""

_FILTER = (
    "SELECT $1::int AS area_id, $2::varchar[] AS risks, $3::varchar[] AS categories, $4::varchar[] AS self_care,"
    " $5::boolean AS living_alone, $6::int[] AS area_ids"
)
_COLUMNS = (
    "id, area_id, district_id, title, reason, document_number, chosen, opens_at, deadline_at, status, laid,"
    " created_by, created_at, stopped_by, stopped_at, stop_reason"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Campaign:
    """A campaign as stored. `laid`: the visits laid for it so far."""

    id: UUID
    area_id: int
    district_id: int
    title: str
    reason: str
    document_number: str
    chosen: Chosen
    opens_at: datetime
    deadline_at: datetime
    status: str = "running"
    laid: int = 0
    created_by: UUID
    created_at: datetime
    stopped_by: UUID | None = None
    stopped_at: datetime | None = None
    stop_reason: str | None = None


async def district_of(area_id: int) -> int | None:
    """The district an area of the caller's lies in; None for any other area."""
    found: int | None = await db.fetch_value(
        "SELECT a.district_id FROM area a WHERE a.id = $1 AND a.valid_to IS NULL"
        " AND EXISTS (SELECT FROM area_within w WHERE w.area_id = a.id AND w.ancestor_id = ANY (visible_areas()))",
        area_id,
    )
    return found


async def chosen_by_risk(area_id: int, chosen: Chosen) -> dict[str, int]:
    """How many the filter chooses now, by risk."""
    rows = await db.fetch(
        f"WITH c AS ({_FILTER}) SELECT r.risk, count(*) AS people FROM recipient r CROSS JOIN c WHERE {CHOSEN}"
        " GROUP BY r.risk",
        area_id,
        *_parameters(chosen),
    )
    return {row["risk"]: row["people"] for row in rows}


def _parameters(chosen: Chosen) -> tuple[Any, ...]:
    return (
        list(chosen.risks),
        list(chosen.categories),
        list(chosen.self_care),
        chosen.living_alone,
        list(chosen.area_ids),
    )


async def add_campaign(campaign: Campaign) -> None:
    await db.execute(
        "INSERT INTO campaign (id, area_id, district_id, title, reason, document_number, chosen, opens_at, deadline_at,"
        " status, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'running', $10, $11)",
        campaign.id,
        campaign.area_id,
        campaign.district_id,
        campaign.title,
        campaign.reason,
        campaign.document_number,
        msgspec.json.encode(campaign.chosen).decode(),
        campaign.opens_at,
        campaign.deadline_at,
        campaign.created_by,
        campaign.created_at,
    )


async def campaign(campaign_id: UUID) -> Campaign | None:
    row = await db.fetch_one(f"SELECT {_COLUMNS} FROM campaign WHERE id = $1", campaign_id)
    return _read(row) if row else None


async def hold_campaign(campaign_id: UUID) -> Campaign | None:
    """The campaign, locked; None for one that lies outside the caller's areas, or above them."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM campaign c WHERE id = $1 AND EXISTS (SELECT FROM area_within w"
        "  WHERE w.area_id = c.area_id AND w.ancestor_id = ANY (visible_areas())) FOR NO KEY UPDATE",
        campaign_id,
    )
    return _read(row) if row else None


async def campaigns_page(*, after: tuple[datetime, UUID] | None, limit: int) -> list[Campaign]:
    """The caller's campaigns, and those of the areas above that ask something of them; the latest deadline first."""
    at, last = after or (None, None)
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM campaign WHERE $1::timestamptz IS NULL OR (deadline_at, id) < ($1, $2)"
        " ORDER BY deadline_at DESC, id DESC LIMIT $3",
        at,
        last,
        limit,
    )
    return [_read(row) for row in rows]


async def stop_campaign(campaign_id: UUID, *, by: UUID, reason: str, now: datetime) -> None:
    await db.execute(
        "UPDATE campaign SET status = 'stopped', stopped_by = $2, stopped_at = $3, stop_reason = $4 WHERE id = $1",
        campaign_id,
        by,
        now,
        reason,
    )


async def cancel_open(campaign_id: UUID, *, now: datetime) -> int:
    """Cancel what nobody has gone to yet; a visit already missed stays missed, with its alert."""
    return await db.execute(
        "UPDATE visit SET status = 'cancelled', judged_at = $2, closed_reason = 'campaign_stopped'"
        " WHERE campaign_id = $1 AND status = 'open'",
        campaign_id,
        now,
    )


def _read(row: Mapping[str, Any]) -> Campaign:
    return Campaign(**{**dict(row), "chosen": msgspec.json.decode(row["chosen"], type=Chosen)})
