"""The areas one sees, and the import of their file."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body

from accounts import actions
from accounts.areas import Area, level_of
from accounts.permissions import Account
from accounts.posting import LEVEL_NAMES
from accounts.queries import areas as area_queries
from api import paging
from api.request import read_form
from core import db

LARGEST_FILE = 5 * 1024 * 1024


class AreaCard(msgspec.Struct, frozen=True, kw_only=True):
    """`level` is how many of the code's digits count. Valid up to, but not on, `valid_to`."""

    id: int
    code: str
    name: str
    level: int
    level_name: str
    parent_id: int | None
    valid_from: date
    valid_to: date | None
    successor_id: int | None


class AreaFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """CSV with the columns 代码, 名称, 上级代码, 启用日期, 停用日期, 继任代码, in UTF-8 or GB18030."""

    file: UploadFile


class AreasImported(msgspec.Struct, frozen=True, kw_only=True):
    """`carried_*`: accounts and duties that go on from ended areas to their successors."""

    added: int
    changed: int
    unchanged: int
    ended: int
    carried_accounts: int
    carried_duties: int


class Areas(Controller):
    """Areas."""

    path = "/areas"

    @get(opt={"permission": "area.read"})
    async def areas(
        self,
        by: Account,
        parent_id: int | None = None,
        size: paging.PageSize = 200,
        cursor: paging.Cursor = None,
    ) -> paging.Page[AreaCard]:
        """The areas within one's own, ended ones too, in the order of their codes; optionally right below one."""
        start = paging.after(cursor, tuple[str, int], of="areas")
        async with db.transaction(by.scope):
            found = await area_queries.areas_within(by.area_ids)
        rows = [
            area
            for area in found.values()
            if (parent_id is None or area.parent_id == parent_id) and (start is None or (area.code, area.id) > start)
        ]
        return paging.page(rows, size, of="areas", key=lambda area: (area.code, area.id), item=_card)

    @post(
        "/import",
        opt={"permission": "area.import"},
        status_code=200,
        request_max_body_size=LARGEST_FILE,
        before_request=read_form,
    )
    async def import_areas(
        self,
        data: Annotated[AreaFile, Body(media_type=RequestEncodingType.MULTI_PART)],
        by: Account,
        now: datetime,
    ) -> AreasImported:
        """Store a file of areas: all of it or, with a fault in any row, nothing. Once more it changes nothing."""
        done = await actions.import_areas(await data.file.read(), by=by, now=now)
        return AreasImported(
            added=done.added,
            changed=done.changed,
            unchanged=done.unchanged,
            ended=done.ended,
            carried_accounts=done.carried_accounts,
            carried_duties=done.carried_duties,
        )


def _card(area: Area) -> AreaCard:
    level = level_of(area.code)
    return AreaCard(
        id=area.id,
        code=area.code,
        name=area.name,
        level=level,
        level_name=LEVEL_NAMES[level],
        parent_id=area.parent_id,
        valid_from=area.valid_from,
        valid_to=area.valid_to,
        successor_id=area.successor_id,
    )


CONTROLLERS = (Areas,)
