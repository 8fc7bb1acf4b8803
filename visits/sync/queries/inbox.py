"""The inbox: every item as it came, sealed, and what its phone was told of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from core import db, vault
from core.errors import Unavailable
from visits.sync.clock import PhoneClock
from visits.sync.item import Item, Outcome

_KIND_LENGTH = 24
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """An item with what became of it. `first` of its client id; `stored`: it lies in the inbox already, held."""

    id: UUID
    item: Item
    first: bool
    clock: PhoneClock
    received_at: datetime
    outcome: Outcome
    tries: int
    area_id: int | None
    stored: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class From:
    """Whose items they are, and by which clock they were received."""

    account_id: UUID
    clock: PhoneClock
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A row of the caller's own, as far as going on with it needs. `outcome`: None while it is held."""

    id: UUID
    client_id: UUID
    first: bool
    sha256: bytes
    status: str
    kind: str
    area_id: int | None
    outcome: Outcome | None
    tries: int
    clock: PhoneClock
    received_at: datetime


async def add(
    rows: Sequence[Row], done: Collection[UUID], *, account_id: UUID, device_id: UUID | None, now: datetime
) -> tuple[set[UUID], list[UUID]]:
    """Keep items that came under one clock. In one statement, for this is where a phone's week is written.

    The ids of those whose client id, or content under it, was not there yet; and what `waiting_for` says. In the
    order of their client ids, so that two pushes with the same items wait for each other once.
    """
    rows = sorted(rows, key=lambda row: row.item.client_id)
    clock = rows[0].clock
    found = await db.fetch(
        _ADD,
        device_id,
        account_id,
        rows[0].received_at,
        clock.offset // _MILLISECOND,
        clock.error // _MILLISECOND,
        now,
        [row.id for row in rows],
        [row.item.client_id for row in rows],
        [row.first for row in rows],
        [row.item.seq for row in rows],
        [row.item.kind[:_KIND_LENGTH] for row in rows],
        [row.item.subject_id for row in rows],
        [row.item.after for row in rows],
        [vault.seal_bytes(row.item.raw, place(row.id)) for row in rows],
        [row.item.sha256 for row in rows],
        [row.item.made_at for row in rows],
        [row.outcome.status for row in rows],
        [row.tries for row in rows],
        [_stored(row.outcome) for row in rows],
        [row.area_id for row in rows],
        list(done),
    )
    return {row["id"] for row in found if row["added"]}, [row["id"] for row in found if not row["added"]]


_ADD = """
    WITH new AS (
        INSERT INTO inbox_item (id, client_id, first, device_id, account_id, area_id, device_seq, kind, subject_id,
            after_id, payload_sealed, sha256, made_at, received_at, offset_ms, offset_error_ms, status, tries, answer,
            settled_at)
        SELECT id, client_id, first, $1, $2, area_id, device_seq, kind, subject_id, after_id, payload_sealed, sha256,
            made_at, $3, $4, $5, status, tries, answer, CASE WHEN status = 'held' THEN NULL ELSE $6::timestamptz END
        FROM unnest($7::uuid[], $8::uuid[], $9::bool[], $10::int[], $11::text[], $12::uuid[], $13::uuid[],
            $14::bytea[], $15::bytea[], $16::timestamptz[], $17::text[], $18::int[], $19::jsonb[], $20::int[])
            AS one (id, client_id, first, device_seq, kind, subject_id, after_id, payload_sealed, sha256, made_at,
                status, tries, answer, area_id)
        ON CONFLICT DO NOTHING RETURNING id
    )
    SELECT id, true AS added FROM new UNION ALL
    SELECT id, false FROM inbox_item WHERE status = 'held' AND after_id = ANY ($21::uuid[]) AND account_id = $2
"""


async def kept(client_ids: Collection[UUID], account_id: UUID) -> list[Kept]:
    """The caller's own rows under these client ids; somebody else's are not among them."""
    rows = await db.fetch(
        f"SELECT {_KEPT} FROM inbox_item i WHERE i.client_id = ANY ($1::uuid[]) AND i.account_id = $2 FOR UPDATE",
        list(client_ids),
        account_id,
    )
    return [_kept(row) for row in rows]


async def still_held(row_ids: Collection[UUID]) -> set[UUID]:
    """Those of these rows that are held; locked."""
    rows = await db.fetch(
        "SELECT id FROM inbox_item WHERE id = ANY ($1::uuid[]) AND status = 'held' FOR UPDATE", list(row_ids)
    )
    return {row["id"] for row in rows}


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A held row with what was sent, opened."""

    kept: Kept
    raw: bytes


async def settle(rows: Sequence[Row], *, now: datetime) -> None:
    """Note what became of items that were held until now."""
    await db.execute(
        "UPDATE inbox_item i SET status = s.status, answer = s.answer, tries = s.tries,"
        " settled_at = CASE WHEN s.status = 'held' THEN NULL ELSE $5::timestamptz END"
        " FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::int[]) AS s (id, status, answer, tries)"
        " WHERE i.id = s.id",
        [row.id for row in rows],
        [row.outcome.status for row in rows],
        [_stored(row.outcome) for row in rows],
        [row.tries for row in rows],
        now,
    )


async def waiting_for(done: Collection[UUID], account_id: UUID) -> list[UUID]:
    """Rows of the account that were held until one of these client ids was settled."""
    rows = await db.fetch(
        "SELECT id FROM inbox_item WHERE status = 'held' AND after_id = ANY ($1::uuid[]) AND account_id = $2",
        list(done),
        account_id,
    )
    return [row["id"] for row in rows]


async def opened(row_ids: Collection[UUID]) -> list[Waiting]:
    """Rows with what was sent; locked."""
    rows = await db.fetch(
        f"SELECT {_KEPT}, i.payload_sealed FROM inbox_item i WHERE i.id = ANY ($1::uuid[]) AND i.status = 'held'"
        " ORDER BY i.server_seq FOR UPDATE",
        list(row_ids),
    )
    return [Waiting(kept=_kept(row), raw=vault.open_bytes(row["payload_sealed"], place(row["id"]))) for row in rows]


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """An item that another must not overtake, how it stands, and what it waits for itself."""

    client_id: UUID
    after: UUID | None
    status: str


async def before(client_ids: Collection[UUID], account_id: UUID) -> list[Before]:
    """Of these client ids and, where they are held, of what they wait for in turn: the caller's own."""
    rows = await db.fetch(
        "WITH RECURSIVE up AS (SELECT i.client_id, i.after_id, i.status, i.first FROM inbox_item i"
        " WHERE i.client_id = ANY ($1::uuid[]) AND i.account_id = $2"
        " UNION SELECT i.client_id, i.after_id, i.status, i.first"
        " FROM up JOIN inbox_item i ON i.client_id = up.after_id WHERE up.status = 'held' AND i.account_id = $2)"
        " SELECT DISTINCT ON (client_id) client_id, after_id, status FROM up"
        " ORDER BY client_id, status = 'taken' DESC, first DESC",
        list(client_ids),
        account_id,
    )
    return [Before(client_id=row["client_id"], after=row["after_id"], status=row["status"]) for row in rows]


def nobodys(fault: Exception) -> bool:
    """Whether a fault is of no single item: the connection, or another transaction in the way of the whole push."""
    return isinstance(fault, _OF_THE_WHOLE) or (isinstance(fault, asyncpg.InterfaceError) and "clos" in str(fault))


def worth_repeating(fault: Exception) -> bool:
    """Whether the same push may well succeed at once: it stood in another's way."""
    return isinstance(fault, asyncpg.TransactionRollbackError)


_OF_THE_WHOLE = (
    OSError,
    Unavailable,
    db.OutsideTransaction,
    db.Abandoned,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
)

_KEPT = (
    "i.id, i.client_id, i.first, i.sha256, i.status, i.kind, i.area_id, i.answer, i.tries, i.received_at, i.offset_ms,"
    " i.offset_error_ms"
)


def _kept(row: Any) -> Kept:
    return Kept(
        id=row["id"],
        client_id=row["client_id"],
        first=row["first"],
        sha256=row["sha256"],
        status=row["status"],
        kind=row["kind"],
        area_id=row["area_id"],
        outcome=outcome_from(row["answer"]) if row["status"] != "held" and row["answer"] else None,
        tries=row["tries"],
        clock=clock_of(row["offset_ms"], row["offset_error_ms"], row["received_at"]),
        received_at=row["received_at"],
    )


def _stored(outcome: Outcome) -> str | None:
    """An outcome as JSON; None of one that is held, for it will be another."""
    if outcome.status == "held":
        return None
    said = {"status": outcome.status, "code": outcome.code, "detail": outcome.detail, "field": outcome.field}
    answer = msgspec.Raw(outcome.answer) if outcome.answer else None
    return msgspec.json.encode(said | {"answer": answer}).decode()


def outcome_from(stored: str) -> Outcome:
    """What was told, to the byte: the database orders keys as it likes, so they are sorted again."""
    said = msgspec.json.decode(stored)
    answer = said.pop("answer")
    return Outcome(**said, answer=None if answer is None else msgspec.json.encode(answer, order="sorted"))


def clock_of(offset_ms: int, error_ms: int, measured_at: datetime) -> PhoneClock:
    """A phone's clock as it is stored."""
    return PhoneClock(offset=offset_ms * _MILLISECOND, error=error_ms * _MILLISECOND, measured_at=measured_at)


def place(row_id: UUID) -> str:
    """Where what was sent is sealed."""
    return f"inbox_item.payload_sealed:{row_id}"
