"""Opening alerts in a test, and looking at what became of them as the owner of the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import climb, open_alerts_today
from alerts.opening import NewAlert
from core import db, vault
from core.ids import new_id
from core.scope import JOBS
from tests.cast import Cast


def new_alert(cast: Cast, **facts: Any) -> NewAlert:
    """About a high-risk visit missed in the worker's village, unless said otherwise."""
    visit = new_id()
    known: dict[str, Any] = {
        "occurrence": f"visit_missed:{visit}",
        "kind": "visit_missed",
        "risk": "high",
        "area_id": cast.village,
        "district_id": cast.district_area,
        "subject_id": visit,
        "owner_id": cast.worker.id,
    }
    return NewAlert(**known | facts)


async def open_all(cast: Cast, new: Sequence[NewAlert], *, now: datetime | None = None) -> list[UUID]:
    """Open alerts with the jobs' eyes; their ids in the same order."""
    at = now or cast.now
    async with db.transaction(JOBS):
        await open_alerts_today(new, now=at)
    rows = await cast.owner.fetch(
        "SELECT id, occurrence FROM alert WHERE occurrence = ANY ($1::text[])", [one.occurrence for one in new]
    )
    ids = {row["occurrence"]: row["id"] for row in rows}
    return [ids[one.occurrence] for one in new]


async def open_one(cast: Cast, *, now: datetime | None = None, **facts: Any) -> UUID:
    return (await open_all(cast, [new_alert(cast, **facts)], now=now))[0]


async def climb_to(cast: Cast, alert_id: UUID, rung: int) -> datetime:
    """Let the alert climb, each time when it is due, until a rung has fired; when that was."""
    while True:
        row = await cast.owner.fetchrow("SELECT rung, next_at, fired_at FROM alert WHERE id = $1", alert_id)
        if row["rung"] >= rung:
            fired_at: datetime = row["fired_at"]
            return fired_at
        await climb(now=row["next_at"])


async def alert_row(cast: Cast, alert_id: UUID) -> dict[str, Any]:
    return dict(await cast.owner.fetchrow("SELECT * FROM alert WHERE id = $1", alert_id))


async def told(cast: Cast, alert_id: UUID) -> list[tuple[int, int, UUID]]:
    """(rung, repeat, account) of every inbox notice its ladder has sent, in order."""
    rows = await cast.owner.fetch(
        "SELECT rung, repeat, account_id FROM notice WHERE alert_id = $1 AND channel = 'inbox' AND rung IS NOT NULL"
        " ORDER BY rung, repeat, account_id",
        alert_id,
    )
    return [(row["rung"], row["repeat"], row["account_id"]) for row in rows]


async def journal_kinds(cast: Cast, subject_id: UUID) -> list[str]:
    rows = await cast.owner.fetch("SELECT kind FROM journal WHERE subject_id = $1 ORDER BY id", subject_id)
    return [row["kind"] for row in rows]


async def add_channel(
    cast: Cast,
    account: Account | UUID,
    *,
    address: str = "https://hook.example/1",
    secret: str | None = "shared secret",
) -> UUID:
    """Give an account a webhook."""
    channel = new_id()
    await cast.owner.execute(
        "INSERT INTO account_channel (id, account, channel, address_sealed, secret_sealed, created_at)"
        " VALUES ($1, $2, 'webhook', $3, $4, $5)",
        channel,
        account if isinstance(account, UUID) else account.id,
        vault.seal(address, f"account_channel.address_sealed:{channel}"),
        vault.seal(secret, f"account_channel.secret_sealed:{channel}") if secret else None,
        cast.now,
    )
    return channel
