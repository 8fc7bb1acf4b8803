"""The outbox: notices claimed by lease, and what became of each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from alerts.notices import Owed
from alerts.queries.rows import AREA, plain
from core import db

_ONE_CLAIM_AT_A_TIME = 7_301_946_103  # an advisory lock of our own: the throttle counts what others have claimed


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A notice that may go out, and the sealed address to send it to; `channel_id` None when there is none any more."""

    notice: Owed
    channel_id: UUID | None
    address_sealed: bytes | None
    secret_sealed: bytes | None


async def claim_owed(*, now: datetime, limit: int) -> list[Claimed]:
    """Lock notices that are due and nobody is sending, the gravest first. Until the transaction ends: `lease` them."""
    await db.execute("SELECT pg_advisory_xact_lock($1)", _ONE_CLAIM_AT_A_TIME)
    rows = await db.fetch(
        "SELECT n.id, n.kind, n.severity, n.account_id, n.channel, n.owed_at, n.tries, n.bundle_id, n.alert_id,"
        " n.area_id, n.facts, coalesce(a.high_risk, false) AS high_risk, a.next_at,"
        f" {AREA},"
        " c.id AS channel_id, c.address_sealed, c.secret_sealed"
        " FROM notice n LEFT JOIN alert a ON a.id = n.alert_id"
        " LEFT JOIN area village ON village.id = n.area_id LEFT JOIN area township ON township.id = village.parent"
        " LEFT JOIN LATERAL (SELECT id, address_sealed, secret_sealed FROM account_channel c"
        " WHERE c.account = n.account_id AND c.channel = n.channel AND c.ended_at IS NULL"
        " ORDER BY c.created_at DESC, c.id DESC LIMIT 1) c ON true"
        " WHERE n.status = 'owed' AND n.next_try_at <= $1 AND (n.lease_until IS NULL OR n.lease_until <= $1)"
        " ORDER BY array_position(ARRAY['critical', 'serious', 'general']::text[], n.severity::text),"
        " n.next_try_at, n.id LIMIT $2 FOR UPDATE OF n SKIP LOCKED",
        now,
        limit,
    )
    return [
        Claimed(
            notice=Owed(**{name: row[name] for name in _PLAIN}, facts=plain(row["facts"])),
            channel_id=row["channel_id"],
            address_sealed=row["address_sealed"],
            secret_sealed=row["secret_sealed"],
        )
        for row in rows
    ]


_PLAIN = tuple(name for name in Owed.__dataclass_fields__ if name != "facts")


async def tried_lately(addresses: Collection[bytes], *, since: datetime) -> dict[bytes, int]:
    """How many messages were tried at each address since a moment."""
    rows = await db.fetch(
        "SELECT address_index, count(DISTINCT bundle_id) AS tries FROM notice"
        " WHERE address_index = ANY ($1::bytea[]) AND tried_at > $2 GROUP BY address_index",
        list(addresses),
        since,
    )
    return {row["address_index"]: row["tries"] for row in rows}


async def lease(going: Sequence[tuple[UUID, UUID, bytes]], *, until: datetime, now: datetime) -> None:
    """Mark notices (notice, bundle, address) as being sent, before they are: a crash costs a repeat, never a loss."""
    await db.execute(
        "UPDATE notice n SET lease_until = $4, tries = n.tries + 1, tried_at = $5, bundle_id = going.bundle_id,"
        " address_index = going.address_index"
        " FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS going (id, bundle_id, address_index)"
        " WHERE n.id = going.id",
        [notice_id for notice_id, _, _ in going],
        [bundle_id for _, bundle_id, _ in going],
        [address for _, _, address in going],
        until,
        now,
    )


async def delay(later: Sequence[tuple[UUID, datetime]]) -> None:
    """Let notices wait for their address to be free again."""
    await db.execute(
        "UPDATE notice n SET next_try_at = later.until FROM unnest($1::uuid[], $2::timestamptz[]) AS later (id, until)"
        " WHERE n.id = later.id",
        [notice_id for notice_id, _ in later],
        [until for _, until in later],
    )


async def mark_sent(notice_ids: Sequence[UUID], *, reference: str | None, now: datetime) -> None:
    """The provider took the message. One withdrawn meanwhile was sent all the same, and says so."""
    await db.execute(
        "UPDATE notice SET status = 'sent', sent_at = $3, provider_reference = left($2, 120), next_try_at = NULL,"
        " lease_until = NULL, last_error = NULL WHERE status IN ('owed', 'withdrawn') AND id IN"
        " (SELECT id FROM notice WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE)",
        list(notice_ids),
        reference,
        now,
    )


async def superseded(notice_ids: Sequence[UUID]) -> set[UUID]:
    """Those after which something has come: a later firing of the alert, its end, or no alert to begin with."""
    rows = await db.fetch(
        "SELECT n.id FROM notice n LEFT JOIN alert a ON a.id = n.alert_id WHERE n.id = ANY ($1::uuid[])"
        " AND (a.id IS NULL OR a.status = 'resolved' OR (a.rung, a.repeat) > (n.rung::int, n.repeat))",
        list(notice_ids),
    )
    return {row["id"] for row in rows}


async def save_failures(retries: Mapping[UUID, datetime | None], *, error: str) -> None:
    """Try again at that moment, or (None) not any more. One withdrawn meanwhile stays so."""
    await db.execute(
        "UPDATE notice n SET status = CASE WHEN again.at IS NULL THEN 'failed' ELSE 'owed' END,"
        " next_try_at = again.at, lease_until = NULL, last_error = left($3, 300)"
        " FROM unnest($1::uuid[], $2::timestamptz[]) AS again (id, at) WHERE n.id = again.id AND n.status = 'owed'",
        list(retries),
        list(retries.values()),
        error,
    )
