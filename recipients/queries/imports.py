"""Imports as stored: one batch a file and area, its rows sealed, each row's fate beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from core import db
from recipients.fault import Problem
from recipients.queries.register import SEEN

Status = Literal["ready", "refused", "created", "updated", "unchanged"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """One file sent for import. Before the commit `ready_count` are to be taken over; `warnings` are of the file."""

    id: UUID
    area_id: int
    file_name: str
    status: Literal["previewed", "committed"]
    row_count: int
    ready_count: int
    refused_count: int
    created_count: int
    updated_count: int
    warnings: tuple[str, ...]
    headers: tuple[str, ...]
    created_by: UUID
    created_at: datetime
    previewed_at: datetime
    committed_by: UUID | None
    committed_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedRow:
    """A row's fate. `number` is the row number Excel shows; `recipient_id` whom it changes or has changed."""

    id: UUID
    number: int
    status: Status
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    recipient_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedRow:
    """A row with its content, which opens at this row's id only."""

    row: ImportedRow
    content_sealed: bytes


_IMPORTS = 7_301_947  # the first key of advisory locks that mean an import
_BATCH = (
    "id, area_id, file_name, status, row_count, ready_count, refused_count, created_count, updated_count, warnings,"
    " headers, created_by, created_at, previewed_at, committed_by, committed_at"
)
_ROW = "id, row_number AS number, status, problems, warnings, changed, recipient_id"


async def batch(batch_id: UUID) -> Batch | None:
    """None for an import of another area as for none at all."""
    return _batch(await db.fetch_one(f"SELECT {_BATCH} FROM import_batch WHERE id = $1 AND {SEEN}", batch_id))


async def hold_batch(batch_id: UUID) -> Batch | None:
    """Lock an import until the transaction ends: two commits of it come one after the other."""
    return _batch(
        await db.fetch_one(f"SELECT {_BATCH} FROM import_batch WHERE id = $1 AND {SEEN} FOR UPDATE", batch_id)
    )


async def hold_imports(district_id: int) -> None:
    """Commits of one district come one after the other: two that share people never wait for each other in a circle."""
    await db.execute("SELECT pg_advisory_xact_lock($1, $2)", _IMPORTS, district_id)


async def batch_of_file(area_id: int, sha256: bytes) -> Batch | None:
    row = await db.fetch_one(
        f"SELECT {_BATCH} FROM import_batch WHERE area_id = $1 AND sha256 = $2 AND {SEEN}", area_id, sha256
    )
    return _batch(row)


async def hold_or_add_batch(new: Batch, *, district_id: int, sha256: bytes) -> Batch:
    """The locked import of this file for this area: the new one, or the one somebody made before."""
    await db.execute(
        "INSERT INTO import_batch (id, area_id, district_id, sha256, file_name, created_by, created_at, previewed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (area_id, sha256) DO NOTHING",
        new.id,
        new.area_id,
        district_id,
        sha256,
        new.file_name,
        new.created_by,
        new.created_at,
        new.previewed_at,
    )
    held = _batch(
        await db.fetch_one(
            f"SELECT {_BATCH} FROM import_batch WHERE area_id = $1 AND sha256 = $2 FOR UPDATE", new.area_id, sha256
        )
    )
    assert held is not None
    return held


async def save_preview(judged: Batch, rows: Sequence[SealedRow]) -> None:
    """Write what a preview found, in place of what an earlier preview of the same file found."""
    await db.execute(
        "UPDATE import_batch SET row_count = $2, ready_count = $3, refused_count = $4, warnings = $5::jsonb,"
        " headers = $6::jsonb, previewed_at = $7, file_name = $8 WHERE id = $1",
        judged.id,
        judged.row_count,
        judged.ready_count,
        judged.refused_count,
        _json(judged.warnings),
        _json(judged.headers),
        judged.previewed_at,
        judged.file_name,
    )
    await db.execute("DELETE FROM import_row WHERE batch = $1", judged.id)
    await db.execute(
        "INSERT INTO import_row (id, batch, area_id, row_number, status, problems, warnings, recipient_id,"
        " content_sealed) SELECT t.id, $8, $9, t.number, t.status, t.problems::jsonb, t.warnings::jsonb,"
        " t.recipient_id, t.content FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::text[], $6::uuid[],"
        " $7::bytea[]) AS t(id, number, status, problems, warnings, recipient_id, content)",
        [one.row.id for one in rows],
        [one.row.number for one in rows],
        [one.row.status for one in rows],
        [_json(one.row.problems) for one in rows],
        [_json(one.row.warnings) for one in rows],
        [one.row.recipient_id for one in rows],
        [one.content_sealed for one in rows],
        judged.id,
        judged.area_id,
    )


async def save_commit(done: Batch, rows: Sequence[ImportedRow]) -> None:
    """Write the fate of every row that was ready, and that the import is done.

    Of a row that was taken over the copy is forgotten; a refused one is kept, to be given back.
    """
    await db.execute(
        "UPDATE import_row r SET status = t.status, problems = t.problems::jsonb, warnings = t.warnings::jsonb,"
        " changed = t.changed::jsonb, recipient_id = t.recipient_id,"
        " content_sealed = CASE t.status WHEN 'refused' THEN r.content_sealed ELSE '' END"
        " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[])"
        " AS t(id, status, problems, warnings, changed, recipient_id) WHERE r.id = t.id",
        [one.id for one in rows],
        [one.status for one in rows],
        [_json(one.problems) for one in rows],
        [_json(one.warnings) for one in rows],
        [_json(one.changed) for one in rows],
        [one.recipient_id for one in rows],
    )
    await db.execute(
        "UPDATE import_batch SET status = 'committed', ready_count = $2, refused_count = $3, created_count = $4,"
        " updated_count = $5, committed_by = $6, committed_at = $7 WHERE id = $1",
        done.id,
        done.ready_count,
        done.refused_count,
        done.created_count,
        done.updated_count,
        done.committed_by,
        done.committed_at,
    )


async def sealed_rows(batch_id: UUID, status: Status) -> list[SealedRow]:
    """The rows of an import in one state, in the workbook's order."""
    rows = await db.fetch(
        f"SELECT {_ROW}, content_sealed FROM import_row WHERE batch = $1 AND status = $2 AND {SEEN}"
        " ORDER BY row_number",
        batch_id,
        status,
    )
    return [SealedRow(row=_row(row), content_sealed=row["content_sealed"]) for row in rows]


async def imported_rows(batch_id: UUID, *, status: Status | None, after: int, limit: int) -> list[ImportedRow]:
    """The next rows of an import by row number, without their content."""
    rows = await db.fetch(
        f"SELECT {_ROW} FROM import_row WHERE batch = $1 AND ($2::text IS NULL OR status = $2) AND row_number > $3"
        f" AND {SEEN} ORDER BY row_number LIMIT $4",
        batch_id,
        status,
        after,
        limit,
    )
    return [_row(row) for row in rows]


def _batch(row: Mapping[str, Any] | None) -> Batch | None:
    if row is None:
        return None
    told = {name: tuple(msgspec.json.decode(row[name])) for name in ("warnings", "headers")}
    return Batch(**{**row, **told})


_PROBLEMS = msgspec.json.Decoder(tuple[Problem, ...])
_WORDS = msgspec.json.Decoder(tuple[str, ...])


def _row(row: Mapping[str, Any]) -> ImportedRow:
    return ImportedRow(
        id=row["id"],
        number=row["number"],
        status=row["status"],
        problems=_PROBLEMS.decode(row["problems"]) if row["problems"] != "[]" else (),
        warnings=_WORDS.decode(row["warnings"]) if row["warnings"] != "[]" else (),
        changed=_WORDS.decode(row["changed"]) if row["changed"] != "[]" else (),
        recipient_id=row["recipient_id"],
    )


def _json(value: Any) -> str:
    if value == ():
        return "[]"
    return msgspec.json.encode(value).decode()
