"""Ledgers brought in over HTTP: a workbook is previewed, then committed; refused rows come back as a workbook."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from accounts.permissions import Account
from api import paging
from api.bad_input import BadInput
from api.request import read_form
from api.values import AreaId
from core import db
from recipients import actions, queries
from recipients.person import title_of
from recipients.queries.imports import Batch, ImportedRow
from recipients.refusals import ImportNotFound

BIGGEST = 20 * 1024 * 1024  # bytes of the whole body
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TOLD_AT_ONCE = 100  # refused rows

_IMPORT = {"permission": "recipient.import"}


class LedgerFile(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An .xlsx ledger. Without an area it is for the caller's own, where that is one."""

    file: UploadFile
    area_id: AreaId | None = None


class ProblemCard(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in a column, and what to do. Neither text repeats the value."""

    column: str
    reason: str
    remedy: str


class RowCard(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is the row number Excel shows. Of a ready row `known` tells that it updates somebody registered."""

    number: int
    status: Literal["ready", "refused", "created", "updated", "unchanged"]
    known: bool
    recipient_id: UUID | None
    problems: list[ProblemCard]
    warnings: tuple[str, ...]
    changed: tuple[str, ...]
    changed_names: tuple[str, ...]


class ImportCard(msgspec.Struct, frozen=True, kw_only=True):
    """`warnings` concern the whole file; `refused` are the first refused rows, all of them stand under `rows`."""

    id: UUID
    area_id: int
    file_name: str
    status: Literal["previewed", "committed"]
    row_count: int
    ready_count: int
    refused_count: int
    created_count: int
    updated_count: int
    unchanged_count: int
    warnings: tuple[str, ...]
    refused: list[RowCard]
    created_at: datetime
    committed_at: datetime | None


class Imports(Controller):
    """台账导入"""

    path = "/imports"
    tags = ("台账导入",)

    @post(opt=_IMPORT, request_max_body_size=BIGGEST, before_request=read_form)
    async def preview(
        self,
        data: Annotated[LedgerFile, Body(media_type=RequestEncodingType.MULTI_PART)],
        by: Account,
        now: datetime,
    ) -> ImportCard:
        """Look at a workbook: counts, and what is wrong with each row. Nothing on the register is touched.

        The same file sent again is the same import.
        """
        batch = await actions.preview_import(
            await data.file.read(),
            file_name=data.file.filename,
            area_id=_area(data.area_id, by),
            by=by,
            now=now,
        )
        return await _card(batch, by)

    @get("/{import_id:uuid}", opt=_IMPORT)
    async def show(self, import_id: UUID, by: Account) -> ImportCard:
        """One import and its first refused rows."""
        return await _card(await _batch(import_id, by), by)

    @get("/{import_id:uuid}/rows", opt=_IMPORT)
    async def rows(
        self,
        import_id: UUID,
        by: Account,
        status: Literal["ready", "refused", "created", "updated", "unchanged"] | None = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 100,
    ) -> paging.Page[RowCard]:
        """The rows of an import in the workbook's order."""
        await _batch(import_id, by)
        after = paging.after(cursor, int, of="import-rows") or 0
        async with db.transaction(by.scope):
            found = await queries.imported_rows(import_id, status=status, after=after, limit=size + 1)
        return paging.page(found, size, of="import-rows", key=lambda one: one.number, item=_row)

    @post("/{import_id:uuid}/commit", opt=_IMPORT, status_code=200)
    async def commit(self, import_id: UUID, by: Account, now: datetime) -> ImportCard:
        """Take over every ready row, all in one transaction. Sent again, it answers the same."""
        return await _card(await actions.commit_import(import_id, by=by, now=now), by)

    @get("/{import_id:uuid}/refused.xlsx", opt=_IMPORT, media_type=XLSX)
    async def refused(self, import_id: UUID, by: Account, now: datetime) -> Response[bytes]:
        """The refused rows as a workbook, each with its reason. Once mended, the same file can be imported."""
        content = await actions.refused_workbook(import_id, by=by, now=now)
        return workbook_answer(content, f"refused-{import_id}.xlsx")


def workbook_answer(content: bytes, file_name: str) -> Response[bytes]:
    """A workbook to be saved, never shown in place. The name is ASCII."""
    headers = {"content-disposition": f'attachment; filename="{file_name}"'}
    return Response(content, media_type=XLSX, headers=headers)


def _area(asked: int | None, by: Account) -> int:
    if asked is not None:
        return asked
    if len(by.area_ids) != 1:
        raise BadInput("您负责几个区划，请选择这份台账属于哪一个。", field="/area_id")
    return by.area_ids[0]


async def _batch(import_id: UUID, by: Account) -> Batch:
    async with db.transaction(by.scope):
        batch = await queries.batch(import_id)
    if batch is None:
        raise ImportNotFound
    return batch


async def _card(batch: Batch, by: Account) -> ImportCard:
    async with db.transaction(by.scope):
        refused = await queries.imported_rows(batch.id, status="refused", after=0, limit=_TOLD_AT_ONCE)
    settled = batch.created_count + batch.updated_count + batch.refused_count
    return ImportCard(
        id=batch.id,
        area_id=batch.area_id,
        file_name=batch.file_name,
        status=batch.status,
        row_count=batch.row_count,
        ready_count=batch.ready_count,
        refused_count=batch.refused_count,
        created_count=batch.created_count,
        updated_count=batch.updated_count,
        unchanged_count=batch.row_count - settled if batch.status == "committed" else 0,
        warnings=batch.warnings,
        refused=[_row(one) for one in refused],
        created_at=batch.created_at,
        committed_at=batch.committed_at,
    )


def _row(one: ImportedRow) -> RowCard:
    problems = [ProblemCard(column=it.column, reason=it.reason, remedy=it.remedy) for it in one.problems]
    return RowCard(
        number=one.number,
        status=one.status,
        known=one.recipient_id is not None and one.status != "created",
        recipient_id=one.recipient_id,
        problems=problems,
        warnings=one.warnings,
        changed=one.changed,
        changed_names=tuple(title_of(name) for name in one.changed),
    )


CONTROLLERS = (Imports,)
