"""What an import keeps of a workbook row between preview and commit: its cells as found and as read, sealed."""

from uuid import UUID

import msgspec

from core import vault
from recipients.cells import Cell
from recipients.ledger import LedgerRow


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """`row` is None for a row that could not be read."""

    cells: tuple[Cell, ...]
    row: LedgerRow | None


_DECODER = msgspec.json.Decoder(Content)


def sealed(content: Content, row_id: UUID) -> bytes:
    return vault.seal(msgspec.json.encode(content).decode(), f"import_row.content_sealed:{row_id}")


def opened(content_sealed: bytes, row_id: UUID) -> Content:
    return _DECODER.decode(vault.open_sealed(content_sealed, f"import_row.content_sealed:{row_id}"))
