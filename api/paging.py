"""Pages by cursor: sealed, so that it is opaque, cannot be altered, and puts no name into an address."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from litestar.params import Parameter

from api.bad_input import BadInput
from core import vault

Item = TypeVar("Item")
Row = TypeVar("Row")
Key = TypeVar("Key")

PageSize = Annotated[int, Parameter(ge=1, le=200, description="每页条数，最多 200。")]
Cursor = Annotated[str | None, Parameter(max_length=1000, description="上一页给出的 next；第一页不填。")]

_PLACE = "page.cursor:{}"


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """Some items, and the cursor of those after them; `next` is null on the last page."""

    items: list[Item]
    next: str | None


def after(cursor: str | None, kind: type[Key], *, of: str) -> Key | None:
    """The typed sort key a page starts after; None for the first page. A list takes the cursors made `of` it alone."""
    if cursor is None:
        return None
    try:
        sealed = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        return msgspec.json.decode(vault.open_sealed(sealed, _PLACE.format(of)), type=kind)
    except (binascii.Error, vault.CannotOpen, ValueError):
        raise BadInput("翻页标记无效或已过期。请回到第一页重新查询。") from None


def page(
    rows: Sequence[Row], size: int, *, of: str, key: Callable[[Row], Any], item: Callable[[Row], Item]
) -> Page[Item]:
    """A page of at most `size` items, made from up to `size + 1` rows: the one too many shows that more follow."""
    shown = rows[:size]
    return Page(
        items=[item(row) for row in shown],
        next=_cursor(key(shown[-1]), of) if len(rows) > size else None,
    )


def _cursor(key: Any, of: str) -> str:
    sealed = vault.seal(msgspec.json.encode(key).decode(), _PLACE.format(of))
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
