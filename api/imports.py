"""Ledgers brought in over HTTP: a workbook is previewed, then committed; refused rows come back as a workbook."""

from collections.abc import Iterable
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
from caregivers.agreements.actions.importing import import_ledger
from caregivers.agreements.actions.taking_over import foresee_take_over
from caregivers.agreements.taking_over import NotTakenOver, TakenOver
from core import db
from recipients import actions, queries
from recipients.fault import Problem
from recipients.person import title_of
from recipients.queries.imports import Batch, ImportedRow
from recipients.refusals import ImportNotFound

BIGGEST = 20 * 1024 * 1024  # bytes of the whole body
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TOLD_AT_ONCE = 100  # refused rows, and rows with an agreement that was not taken over or should be looked at

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


class NotTakenOverCard(msgspec.Struct, frozen=True, kw_only=True):
    """A row whose agreement stays outside the system, and why. The person is registered all the same."""

    number: int
    recipient_id: UUID
    problems: list[ProblemCard]


class FlaggedCard(msgspec.Struct, frozen=True, kw_only=True):
    """A row whose agreement was taken over as it is, and what to look at."""

    number: int
    recipient_id: UUID
    warnings: tuple[str, ...]


class AgreementsCard(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the ledger's care agreements; of each list the first, all of them stand under `agreements`.

    Before the commit only where it differs from agreements in the system, which stay as they are. After it:
    `taken_over` by this import, `kept` from before, `without` any agreement; `waiting` ask for another commit.
    """

    taken_over: int
    kept: int
    without: int
    waiting: int
    not_taken_over_count: int
    not_taken_over: list[NotTakenOverCard]
    flagged_count: int
    flagged: list[FlaggedCard]


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
    agreements: AgreementsCard
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
        return await _card(batch, await foresee_take_over(batch.id, by=by, now=now), by)

    @get("/{import_id:uuid}", opt=_IMPORT)
    async def show(self, import_id: UUID, by: Account, now: datetime) -> ImportCard:
        """One import, its first refused rows, and what has become of its agreements."""
        return await _card(await _batch(import_id, by), await foresee_take_over(import_id, by=by, now=now), by)

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
        """Take over every ready row and the agreements they name, all in one transaction. Sent again: the same."""
        return await _card(*await import_ledger(import_id, by=by, now=now), by)

    @get("/{import_id:uuid}/agreements", opt=_IMPORT)
    async def agreements(
        self,
        import_id: UUID,
        by: Account,
        now: datetime,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 100,
    ) -> paging.Page[NotTakenOverCard]:
        """The rows whose agreements are not in the system as the ledger has them, in the workbook's order."""
        after = paging.after(cursor, int, of="import-agreements") or 0
        found = await foresee_take_over(import_id, by=by, now=now)
        rows = [one for one in found.not_taken_over if one.number > after][: size + 1]
        return paging.page(rows, size, of="import-agreements", key=lambda one: one.number, item=_not_taken_over)

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


async def _card(batch: Batch, care: TakenOver, by: Account) -> ImportCard:
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
        agreements=_agreements(care),
        created_at=batch.created_at,
        committed_at=batch.committed_at,
    )


def _agreements(care: TakenOver) -> AgreementsCard:
    flagged = [
        FlaggedCard(number=one.number, recipient_id=one.recipient_id, warnings=one.warnings)
        for one in care.flagged[:_TOLD_AT_ONCE]
    ]
    return AgreementsCard(
        taken_over=care.taken_over,
        kept=care.kept,
        without=care.without,
        waiting=care.waiting,
        not_taken_over_count=len(care.not_taken_over),
        not_taken_over=[_not_taken_over(one) for one in care.not_taken_over[:_TOLD_AT_ONCE]],
        flagged_count=len(care.flagged),
        flagged=flagged,
    )


def _not_taken_over(one: NotTakenOver) -> NotTakenOverCard:
    return NotTakenOverCard(number=one.number, recipient_id=one.recipient_id, problems=_problems(one.problems))


def _problems(found: Iterable[Problem]) -> list[ProblemCard]:
    return [ProblemCard(column=one.column, reason=one.reason, remedy=one.remedy) for one in found]


def _row(one: ImportedRow) -> RowCard:
    return RowCard(
        number=one.number,
        status=one.status,
        known=one.recipient_id is not None and one.status != "created",
        recipient_id=one.recipient_id,
        problems=_problems(one.problems),
        warnings=one.warnings,
        changed=one.changed,
        changed_names=tuple(title_of(name) for name in one.changed),
    )


CONTROLLERS = (Imports,)
