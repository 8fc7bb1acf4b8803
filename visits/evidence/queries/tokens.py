"""Doorstep tokens as stored. Secrets are sealed at their own row and leave this room only inside a token."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core import db, vault
from visits.evidence.codes import Card, Fob

_COLUMNS = (
    "id, recipient_id, area_id, district_id, kind, label, secret_sealed, next_counter, codes_printed, skew_steps,"
    " status, issued_by, issued_at, ended_by, ended_at, end_reason, failures, failures_on"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredToken:
    """A token and its paper work. `failures` are those of the local day `failures_on`."""

    id: UUID
    recipient_id: UUID
    area_id: int
    token: Fob | Card
    label: str
    status: str
    issued_by: UUID
    issued_at: datetime
    ended_by: UUID | None
    ended_at: datetime | None
    end_reason: str | None
    failures: int
    failures_on: date | None

    def failures_today(self, today: date) -> int:
        return self.failures if self.failures_on == today else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """Where a recipient lives, as far as issuing a token needs."""

    area_id: int
    district_id: int


async def home_of(recipient_id: UUID) -> Home | None:
    row = await db.fetch_one("SELECT area_id, district_id FROM recipient WHERE id = $1", recipient_id)
    return Home(**row) if row else None


async def add_token(
    token_id: UUID, recipient_id: UUID, home: Home, token: Fob | Card, *, label: str, by: UUID, now: datetime
) -> bool:
    """Store a token; False where one of its kind is in use there already."""
    card = isinstance(token, Card)
    return bool(
        await db.execute(
            "INSERT INTO doorstep_token (id, recipient_id, area_id, district_id, kind, label, secret_sealed,"
            " next_counter, codes_printed, skew_steps, status, issued_by, issued_at, failures)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 'active', $10, $11, 0)"
            " ON CONFLICT (recipient_id, kind) WHERE status = 'active' DO NOTHING",
            token_id,
            recipient_id,
            home.area_id,
            home.district_id,
            "hotp" if card else "totp",
            label,
            vault.seal(token.secret, _place(token_id)),
            token.next if isinstance(token, Card) else 0,
            token.printed if isinstance(token, Card) else 0,
            by,
            now,
        )
    )


async def tokens_of(recipient_id: UUID) -> list[StoredToken]:
    """All of a recipient's tokens, the latest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM doorstep_token WHERE recipient_id = $1 ORDER BY issued_at DESC, id", recipient_id
    )
    return [_read(row) for row in rows]


async def hold_token(token_id: UUID) -> StoredToken | None:
    row = await db.fetch_one(f"SELECT {_COLUMNS} FROM doorstep_token WHERE id = $1 FOR NO KEY UPDATE", token_id)
    return _read(row) if row else None


async def hold_active(recipient_id: UUID) -> list[StoredToken]:
    """Lock a recipient's tokens in use: whoever tries a code there stands in one line."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM doorstep_token WHERE recipient_id = $1 AND status = 'active'"
        " ORDER BY id FOR NO KEY UPDATE",
        recipient_id,
    )
    return [_read(row) for row in rows]


async def end_token(token_id: UUID, *, status: str, reason: str, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE doorstep_token SET status = $2, end_reason = $3, ended_by = $4, ended_at = $5 WHERE id = $1",
        token_id,
        status,
        reason,
        by,
        now,
    )


async def save_token(token_id: UUID, token: Fob | Card) -> None:
    """Where a card has got to, or how far a fob's clock is off; the failures of the day are forgotten."""
    await db.execute(
        "UPDATE doorstep_token SET next_counter = $2, skew_steps = $3, failures = 0 WHERE id = $1",
        token_id,
        token.next if isinstance(token, Card) else 0,
        token.skew_steps if isinstance(token, Fob) else 0,
    )


async def go_past(token_id: UUID, slip: int) -> None:
    """Slips up to this one are used or lost."""
    await db.execute(
        "UPDATE doorstep_token SET next_counter = greatest(next_counter, $2) WHERE id = $1", token_id, slip + 1
    )


async def count_failure(token_ids: Collection[UUID], today: date) -> None:
    await db.execute(
        "UPDATE doorstep_token SET failures = CASE WHEN failures_on = $2 THEN failures + 1 ELSE 1 END,"
        " failures_on = $2 WHERE id = ANY ($1::uuid[])",
        list(token_ids),
        today,
    )


def _place(token_id: UUID) -> str:
    return f"doorstep_token.secret_sealed:{token_id}"


def _read(row: Mapping[str, Any]) -> StoredToken:
    secret = vault.open_sealed(row["secret_sealed"], _place(row["id"]))
    return StoredToken(
        id=row["id"],
        recipient_id=row["recipient_id"],
        area_id=row["area_id"],
        token=Fob(secret=secret, skew_steps=row["skew_steps"])
        if row["kind"] == "totp"
        else Card(secret=secret, next=row["next_counter"], printed=row["codes_printed"]),
        label=row["label"],
        status=row["status"],
        issued_by=row["issued_by"],
        issued_at=row["issued_at"],
        ended_by=row["ended_by"],
        ended_at=row["ended_at"],
        end_reason=row["end_reason"],
        failures=row["failures"],
        failures_on=row["failures_on"],
    )
