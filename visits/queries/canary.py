"""Canaries as stored: visits with a reason of their own, to nobody on the register."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from alerts.canary import CANARY, CANARY_ACCOUNT
from core import db
from core.ids import new_id
from visits.canary import Flight, nobody_of

_CANARY = f"v.reason = '{CANARY}'"  # written out: a parameter would hide the partial indexes
_FLYING = f"{_CANARY} AND v.status <> 'cancelled'"
_ONE_FLIGHT_AT_A_TIME = 7_301_946_104  # an advisory lock of our own: two workers would each send a canary


async def hold_flights() -> None:
    """Wait until nobody else judges or sends canaries, and hold the others off until the transaction ends."""
    await db.execute("SELECT pg_advisory_xact_lock($1)", _ONE_FLIGHT_AT_A_TIME)


async def districts_in_use() -> list[int]:
    """Districts in which somebody could sign in."""
    rows = await db.fetch("SELECT DISTINCT district_id FROM account WHERE status = 'active' ORDER BY district_id")
    return [row["district_id"] for row in rows]


async def flights() -> list[Flight]:
    """The canaries under way. Told is what its own inbox holds as sent."""
    rows = await db.fetch(
        "SELECT v.id AS visit_id, v.district_id, v.due_at AS flown_at, v.status <> 'open' AS judged,"
        " a.id IS NOT NULL AS alerted,"
        " EXISTS (SELECT FROM alert_rung r WHERE r.alert_id = a.id AND NOT r.gap) AS fired,"
        " EXISTS (SELECT FROM notice n WHERE n.alert_id = a.id AND n.account_id = $2 AND n.channel = 'inbox'"
        "  AND n.status = 'sent') AS told"
        " FROM visit v LEFT JOIN alert a ON a.subject_id = v.id AND a.kind = $1"
        f" WHERE {_FLYING}",
        CANARY,
        CANARY_ACCOUNT,
    )
    return [Flight(**row) for row in rows]


async def add_flights(district_ids: Collection[int], *, now: datetime) -> int:
    """Let a canary fly in each of these districts: a visit that is missed at this very moment."""
    districts = list(district_ids)
    return await db.execute(
        "INSERT INTO visit (id, recipient_id, area_id, district_id, reason, risk, opens_at, due_at, missed_after,"
        " status) SELECT id, nobody, district_id, district_id, $4, 'general', $5, $5, $5, 'open'"
        " FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS f (id, nobody, district_id)"
        " ON CONFLICT (recipient_id, reason, due_at) WHERE status <> 'cancelled' AND campaign_id IS NULL DO NOTHING",
        [new_id() for _ in districts],
        [nobody_of(district_id) for district_id in districts],
        districts,
        CANARY,
        now,
    )


async def close_flights(outcomes: Mapping[UUID, str], *, now: datetime) -> None:
    """End these canaries, each with the word for what became of it."""
    await db.execute(
        "UPDATE visit v SET status = 'cancelled', judged_at = $3, closed_reason = f.outcome"
        " FROM unnest($1::uuid[], $2::text[]) AS f (id, outcome) WHERE v.id = f.id",
        list(outcomes),
        list(outcomes.values()),
        now,
    )


async def last_silent(district_ids: Collection[int]) -> set[int]:
    """The districts whose last canary that was judged had fallen silent."""
    rows = await db.fetch(
        "SELECT d.id FROM unnest($1::int[]) AS d (id) CROSS JOIN LATERAL (SELECT v.closed_reason FROM visit v"
        f" WHERE {_CANARY} AND v.district_id = d.id AND v.status = 'cancelled' ORDER BY v.due_at DESC LIMIT 1) last"
        " WHERE last.closed_reason = 'silent'",
        list(district_ids),
    )
    return {row["id"] for row in rows}
