"""Passwords and second factors as stored: the door's eyes alone read them, one account at a time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core import db, vault
from core.ids import new_id

_COLUMNS = (
    "a.id, a.login, a.district_id, a.password_hash, a.totp_sealed, a.totp_pending_sealed, a.totp_last_timecode,"
    " (SELECT min(r.area) FROM account_area r WHERE r.account = a.id) AS area_id"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    """What an active account proves itself by. Secrets are opened; a password exists only as its hash."""

    account_id: UUID
    login: str
    district_id: int
    area_id: int | None
    password_hash: str | None
    totp_secret: str | None
    totp_pending_secret: str | None
    totp_last_timecode: int

    def __repr__(self) -> str:
        return f"Credentials({self.account_id})"


async def credentials(login: str) -> Credentials | None:
    """Of the active account with this login."""
    row = await db.fetch_one(f"SELECT {_COLUMNS} FROM account a WHERE login = $1 AND status = 'active'", login)
    return _credentials(row) if row else None


async def locked_credentials(account_id: UUID) -> Credentials | None:
    """Of this account while it is active, locked: it cannot end, nor its password change, before we are done."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM account a WHERE id = $1 AND status = 'active' FOR NO KEY UPDATE", account_id
    )
    return _credentials(row) if row else None


async def save_password(account_id: UUID, password_hash: str) -> None:
    """Store a password its owner chose."""
    await db.execute(
        "UPDATE account SET password_hash = $2, must_change_password = false WHERE id = $1", account_id, password_hash
    )


async def save_rehashed(account_id: UUID, password_hash: str) -> None:
    """Store the same password under newer figures."""
    await db.execute("UPDATE account SET password_hash = $2 WHERE id = $1", account_id, password_hash)


async def accept_timecode(account_id: UUID, timecode: int) -> bool:
    """Use up a one-time code; False when it, or a later one, was used before."""
    changed = await db.execute(
        "UPDATE account SET totp_last_timecode = $2 WHERE id = $1 AND totp_last_timecode < $2", account_id, timecode
    )
    return changed == 1


async def use_recovery_code(account_id: UUID, code_hash: bytes, now: datetime) -> bool:
    """Use up a recovery code; False when there is no such unused one."""
    changed = await db.execute(
        "UPDATE recovery_code SET used_at = $3 WHERE account = $1 AND code_hash = $2 AND used_at IS NULL",
        account_id,
        code_hash,
        now,
    )
    return changed == 1


async def recovery_codes_left(account_id: UUID) -> int:
    return int(
        await db.fetch_value("SELECT count(*) FROM recovery_code WHERE account = $1 AND used_at IS NULL", account_id)
    )


async def save_pending_totp(account_id: UUID, secret: str) -> None:
    """Keep a secret that was shown, until a first code of it confirms it."""
    await db.execute(
        "UPDATE account SET totp_pending_sealed = $2 WHERE id = $1",
        account_id,
        vault.seal(secret, f"account.totp_pending_sealed:{account_id}"),
    )


async def save_confirmed_totp(
    account_id: UUID, secret: str, timecode: int, recovery_hashes: Collection[bytes], now: datetime
) -> None:
    """Put a confirmed secret in force, its first code used up, with recovery codes in place of all earlier ones."""
    await db.execute(
        "UPDATE account SET totp_sealed = $2, totp_pending_sealed = NULL, totp_confirmed_at = $3,"
        " totp_last_timecode = $4 WHERE id = $1",
        account_id,
        vault.seal(secret, f"account.totp_sealed:{account_id}"),
        now,
        timecode,
    )
    await db.execute("DELETE FROM recovery_code WHERE account = $1", account_id)
    await db.execute(
        "INSERT INTO recovery_code (id, account, code_hash) SELECT id, $2, hash"
        " FROM unnest($1::uuid[], $3::bytea[]) AS n (id, hash)",
        [new_id() for _ in recovery_hashes],
        account_id,
        list(recovery_hashes),
    )


def _credentials(row: Any) -> Credentials:
    account_id = row["id"]
    return Credentials(
        account_id=account_id,
        login=row["login"],
        district_id=row["district_id"],
        area_id=row["area_id"],
        password_hash=row["password_hash"],
        totp_secret=_opened(row, "totp_sealed"),
        totp_pending_secret=_opened(row, "totp_pending_sealed"),
        totp_last_timecode=row["totp_last_timecode"],
    )


def _opened(row: Any, column: str) -> str | None:
    sealed = row[column]
    return vault.open_sealed(sealed, f"account.{column}:{row['id']}") if sealed is not None else None
