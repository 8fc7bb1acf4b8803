"""Failed attempts as stored, by hashed key, under the door's eyes."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from accounts.throttle import FORGOTTEN_AFTER, Key, Tally
from core import db

_SWEPT_AT_ONCE = 50


async def locked_tallies(keys: Collection[str]) -> dict[str, Tally]:
    """The tallies of these keys ("account:…"), locked until the transaction ends: of many at once each sees the others.

    Locked in the order of the keys, so that two attempts never wait for each other.
    """
    rows = await db.fetch(
        "INSERT INTO sign_in_throttle AS t (key, failures) SELECT key, 0 FROM unnest($1::text[]) key ORDER BY key"
        " ON CONFLICT (key) DO UPDATE SET failures = t.failures"
        " RETURNING t.key, t.failures, t.last_failed_at, t.locked_until",
        sorted(keys),
    )
    return {row["key"]: _tally(row) for row in rows}


async def save_tallies(tallies: Mapping[str, Tally]) -> None:
    """Store what `locked_tallies` locked."""
    await db.execute(
        "UPDATE sign_in_throttle t SET failures = n.failures, last_failed_at = n.last_failed_at,"
        " locked_until = n.locked_until"
        " FROM unnest($1::text[], $2::int[], $3::timestamptz[], $4::timestamptz[])"
        " AS n (key, failures, last_failed_at, locked_until) WHERE t.key = n.key",
        list(tallies),
        [tally.failures for tally in tallies.values()],
        [tally.last_failed_at for tally in tallies.values()],
        [tally.locked_until for tally in tallies.values()],
    )


async def remove_forgotten(now: datetime) -> None:
    """Remove some rows that count no longer: guesses at logins that do not exist would otherwise stay for ever."""
    await db.execute(
        "DELETE FROM sign_in_throttle WHERE key IN (SELECT key FROM sign_in_throttle WHERE last_failed_at < $1"
        " LIMIT $2 FOR UPDATE SKIP LOCKED)",
        now - FORGOTTEN_AFTER,
        _SWEPT_AT_ONCE,
    )


def _tally(row: Any) -> Tally:
    return Tally(
        key=Key(row["key"].partition(":")[0]),
        failures=row["failures"],
        last_failed_at=row["last_failed_at"],
        locked_until=row["locked_until"],
    )
