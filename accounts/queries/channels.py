"""How people are reached besides the inbox: addresses and secrets go in sealed, and only hosts are shown."""

from datetime import datetime
from uuid import UUID

from accounts.channel import Channel, host_of
from core import db, vault


async def channels_of(account_id: UUID) -> tuple[Channel, ...]:
    """The live channels of an account, the last added first."""
    rows = await db.fetch(
        "SELECT id, channel, address_sealed, created_at,"
        " row_number() OVER (PARTITION BY channel ORDER BY created_at DESC, id DESC) = 1 AS in_use"
        " FROM account_channel WHERE account = $1 AND ended_at IS NULL ORDER BY created_at DESC, id DESC",
        account_id,
    )
    return tuple(
        Channel(
            id=row["id"],
            channel=row["channel"],
            host=host_of(vault.open_sealed(row["address_sealed"], f"account_channel.address_sealed:{row['id']}")),
            in_use=row["in_use"],
            created_at=row["created_at"],
        )
        for row in rows
    )


async def count_channels(account_id: UUID) -> int:
    """How many live channels an account has. The caller holds the account's lock."""
    count: int = await db.fetch_value(
        "SELECT count(*) FROM account_channel WHERE account = $1 AND ended_at IS NULL", account_id
    )
    return count


async def add_channel(
    channel_id: UUID, *, account_id: UUID, channel: str, address: str, secret: str, now: datetime
) -> None:
    """Keep a channel, its address and secret sealed to its own row."""
    await db.execute(
        "INSERT INTO account_channel (id, account, channel, address_sealed, secret_sealed, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        channel_id,
        account_id,
        channel,
        vault.seal(address, f"account_channel.address_sealed:{channel_id}"),
        vault.seal(secret, f"account_channel.secret_sealed:{channel_id}"),
        now,
    )


async def close_channel(channel_id: UUID, account_id: UUID, now: datetime) -> str | None:
    """End a live channel of this account: the word of its kind. None: it has no such channel."""
    kind: str | None = await db.fetch_value(
        "UPDATE account_channel SET ended_at = $3 WHERE id = $1 AND account = $2 AND ended_at IS NULL"
        " RETURNING channel",
        channel_id,
        account_id,
        now,
    )
    return kind


async def close_channels(account_id: UUID, now: datetime) -> dict[UUID, str]:
    """End every live channel of an account: the word of its kind by id."""
    rows = await db.fetch(
        "UPDATE account_channel SET ended_at = $2 WHERE account = $1 AND ended_at IS NULL RETURNING id, channel",
        account_id,
        now,
    )
    return {row["id"]: row["channel"] for row in rows}
