"""Sessions as stored: who holds one, opening them, ending them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account, Role, Sender, second_factor_required
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A live session as its owner sees it."""

    id: UUID
    device_id: UUID | None
    device_label: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


async def session_account(token_hash: bytes, now: datetime) -> Account | None:
    """Who a live session belongs to; marks the session and its phone as seen."""
    row = await db.ask("SELECT * FROM session_account($1, $2)", token_hash, now)
    return _account(row) if row else None


async def sender_account(token_hash: bytes, now: datetime) -> Sender | None:
    """The same; also of a phone's session that ended because the phone was revoked or its account ended."""
    row = await db.ask("SELECT * FROM sender_account($1, $2)", token_hash, now)
    return Sender(account=_account(row), revoked_at=row["cut_off_at"]) if row else None


async def add_session(
    session_id: UUID,
    *,
    token_hash: bytes,
    account_id: UUID,
    device_id: UUID | None,
    second_factor_at: datetime | None,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Open a session."""
    await db.execute(
        "INSERT INTO session (id, token_hash, account, device, second_factor_at, expires_at, created_at, last_seen_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $7)",
        session_id,
        token_hash,
        account_id,
        device_id,
        second_factor_at,
        expires_at,
        now,
    )


async def live_sessions(account_id: UUID, now: datetime) -> tuple[Session, ...]:
    """The sessions of an account that can be used now, the last used first."""
    rows = await db.fetch(
        "SELECT s.id, s.device, d.label, s.created_at, s.last_seen_at, s.expires_at"
        " FROM session s LEFT JOIN device d ON d.id = s.device"
        " WHERE s.account = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND d.revoked_at IS NULL"
        " ORDER BY s.last_seen_at DESC, s.id",
        account_id,
        now,
    )
    return tuple(
        Session(
            id=row["id"],
            device_id=row["device"],
            device_label=row["label"],
            created_at=row["created_at"],
            last_seen_at=row["last_seen_at"],
            expires_at=row["expires_at"],
        )
        for row in rows
    )


async def mark_second_factor(session_id: UUID, now: datetime) -> None:
    await db.execute("UPDATE session SET second_factor_at = $2 WHERE id = $1", session_id, now)


async def close_session(session_id: UUID, account_id: UUID, reason: str, now: datetime) -> bool:
    """End one session of this account; False when it has no such live session."""
    changed = await db.execute(
        "UPDATE session SET ended_at = $3, ended_reason = $4 WHERE id = $1 AND account = $2 AND ended_at IS NULL",
        session_id,
        account_id,
        now,
        reason,
    )
    return changed == 1


async def close_sessions(account_id: UUID, reason: str, now: datetime) -> int:
    """End every session of an account, its phones' too."""
    return await db.execute(
        "UPDATE session SET ended_at = $2, ended_reason = $3 WHERE account = $1 AND ended_at IS NULL",
        account_id,
        now,
        reason,
    )


async def close_password_sessions(account_id: UUID, *, but: UUID | None, reason: str, now: datetime) -> int:
    """End the sessions that rest on the password. A bound phone rests on its activation and stays."""
    return await db.execute(
        "UPDATE session SET ended_at = $3, ended_reason = $4"
        " WHERE account = $1 AND id IS DISTINCT FROM $2 AND device IS NULL AND ended_at IS NULL",
        account_id,
        but,
        now,
        reason,
    )


def _account(row: Any) -> Account:
    role = Role(row["role"])
    return Account(
        id=row["account_id"],
        name=row["name"],
        role=role,
        area_ids=tuple(row["area_ids"]),
        district_id=row["district_id"],
        second_factor_ok=row["second_factor_at"] is not None or not second_factor_required(role),
        session_id=row["session_id"],
        device_id=row["device_id"],
        # A phone was bound by a code, not by the password somebody else has given.
        password_ok=not row["must_change_password"] or row["device_id"] is not None,
    )
