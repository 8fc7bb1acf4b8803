"""A ledger file looked at: read, checked row by row, kept sealed. Nothing on the register is touched."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from accounts.permissions import Account
from core import clock, db, journal
from core.ids import new_id
from recipients import workbook
from recipients.actions.ground import Ground, ground_of, may_import
from recipients.by_policy import risk_rule
from recipients.cells import Cell
from recipients.grid import Ledger
from recipients.ledger import LedgerRow, Progress, RefusedRow, read_rows
from recipients.matching import LIKELY_KNOWN, Register
from recipients.queries import imports as queries
from recipients.queries import register
from recipients.queries.content import Content, opened, sealed
from recipients.queries.imports import Batch, ImportedRow, SealedRow
from recipients.queries.rows import id_index
from recipients.refusals import ImportNotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class _Read:
    """A row as read, off the event loop: sealed already, with the index it is compared by."""

    sealed: SealedRow
    found: LedgerRow | RefusedRow
    index: bytes | None


async def preview_import(
    data: bytes, *, file_name: str, area_id: int, by: Account, now: datetime, progress: Progress | None = None
) -> Batch:
    """The import this file would be. The same file again is the same import, judged anew until it is committed.

    `WorkbookRefused` where the file as a whole cannot be read; a row that cannot be taken over only refuses itself.
    """
    may_import(by)
    today = clock.local_day(now)
    sha256 = hashlib.sha256(data).digest()
    async with db.transaction(by.scope):
        ground = await ground_of(area_id, today)
        before = await queries.batch_of_file(area_id, sha256)
    if before is not None and before.status == "committed":
        return before
    ledger, read = await asyncio.to_thread(_read, data, file_name, ground, today, progress)
    async with db.transaction(by.scope):
        wanted = _batch(ledger, file_name=file_name, area_id=area_id, by=by, now=now)
        held = await queries.hold_or_add_batch(wanted, district_id=ground.district_id, sha256=sha256)
        if held.status == "committed":
            return held
        rows = _judge(read, await _register(read, area_id), ground)
        refused = sum(one.row.status == "refused" for one in rows)
        judged = replace(
            wanted,
            id=held.id,
            created_by=held.created_by,
            created_at=held.created_at,
            row_count=len(rows),
            ready_count=len(rows) - refused,
            refused_count=refused,
        )
        await queries.save_preview(judged, rows)
        facts = {"rows": len(rows), "refused": refused}
        await journal.write("import.previewed", subject_id=held.id, area_id=area_id, by=by.id, at=now, facts=facts)
        return judged


async def refused_workbook(batch_id: UUID, *, by: Account, now: datetime) -> bytes:
    """The rows that were not taken over, with all they held and the reasons; journaled before they leave."""
    may_import(by)
    async with db.transaction(by.scope):
        batch = await queries.batch(batch_id)
        if batch is None:
            raise ImportNotFound
        rows = await queries.sealed_rows(batch_id, "refused")
        facts = {"rows": len(rows)}
        kind = "import.refused_returned"
        await journal.write(kind, subject_id=batch_id, area_id=batch.area_id, by=by.id, at=now, facts=facts)
    return await asyncio.to_thread(_written, batch, rows, clock.local_day(now))


def _read(
    data: bytes, file_name: str, ground: Ground, today: date, progress: Progress | None
) -> tuple[Ledger, list[_Read]]:
    ledger = workbook.open_ledger(data, file_name=file_name)
    rule = risk_rule(ground.policy)
    found = read_rows(ledger, today=today, villages=ground.villages, rule=rule, progress=progress)
    return ledger, [_kept(raw.cells, one) for raw, one in zip(ledger.rows, found, strict=True)]


def _kept(cells: Sequence[Cell], found: LedgerRow | RefusedRow) -> _Read:
    row_id = new_id()
    if isinstance(found, LedgerRow):
        row = ImportedRow(id=row_id, number=found.number, status="ready", warnings=found.warnings)
        index = id_index(found.id_compared) if found.id_compared else None
        content = Content(cells=tuple(cells), row=found)
    else:
        row = ImportedRow(id=row_id, number=found.number, status="refused", problems=found.problems)
        index = None
        content = Content(cells=tuple(cells), row=None)
    return _Read(sealed=SealedRow(row=row, content_sealed=sealed(content, row_id)), found=found, index=index)


async def _register(read: Sequence[_Read], area_id: int) -> Register:
    indexes = [one.index for one in read if one.index is not None]
    return Register(
        within=await register.known_within(indexes, within=area_id),
        anywhere=await register.known_anywhere(indexes),
        unnumbered=await register.unnumbered_within(area_id),
    )


def _judge(read: Sequence[_Read], known: Register, ground: Ground) -> list[SealedRow]:
    return [
        replace(one.sealed, row=_fate(one.sealed.row, one.found, one.index, known, ground))
        if isinstance(one.found, LedgerRow)
        else one.sealed
        for one in read
    ]


def _fate(row: ImportedRow, found: LedgerRow, index: bytes | None, known: Register, ground: Ground) -> ImportedRow:
    village_id = ground.places[found.village_code].area_id
    match = known.match(index=index, name=found.name, village_id=village_id)
    if isinstance(match, UUID):
        return replace(row, recipient_id=match)
    if match is not None:
        return replace(row, status="refused", problems=(match,))
    if known.likely_known(index=index, name=found.name, village_id=village_id):
        return replace(row, warnings=(*row.warnings, LIKELY_KNOWN))
    return row


def _batch(ledger: Ledger, *, file_name: str, area_id: int, by: Account, now: datetime) -> Batch:
    return Batch(
        id=new_id(),
        area_id=area_id,
        file_name=file_name[-200:],
        status="previewed",
        row_count=0,
        ready_count=0,
        refused_count=0,
        created_count=0,
        updated_count=0,
        warnings=ledger.notes,
        headers=ledger.headers,
        created_by=by.id,
        created_at=now,
        previewed_at=now,
        committed_by=None,
        committed_at=None,
    )


def _written(batch: Batch, rows: Sequence[SealedRow], today: date) -> bytes:
    return workbook.write_refused(
        (
            RefusedRow(
                number=one.row.number,
                headers=batch.headers,
                cells=opened(one.content_sealed, one.row.id).cells,
                problems=one.row.problems,
            )
            for one in rows
        ),
        made_on=today,
    )
