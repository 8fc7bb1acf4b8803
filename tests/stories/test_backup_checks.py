"""What a restored database is asked: whether all that is sealed opens, whatever was sealed."""

from uuid import UUID

import pytest

from cli.backup.checking import readable
from core import vault
from core.ids import new_id
from tests.caring import insert
from tests.cast import Cast
from tests.photographing import announce, photo, photographed
from tests.visiting import slot
from visits.photos import actions


async def kept(cast: Cast, raw: bytes) -> UUID:
    """An item as it lies in the inbox."""
    row_id = new_id()
    row = {"id": row_id, "client_id": new_id(), "first": True, "device_id": cast.worker.device_id}
    row |= {"account_id": cast.worker.id, "device_seq": 1, "kind": "report", "sha256": b"x", "status": "refused"}
    row |= {"payload_sealed": vault.seal_bytes(raw, f"inbox_item.payload_sealed:{row_id}"), "received_at": cast.now}
    await insert(cast.owner, "inbox_item", row)
    return row_id


async def with_photos(cast: Cast) -> None:
    """One photo that arrived whole, and the first part of another."""
    about, content = await slot(cast), photo()
    await photographed(cast, content, about, about)
    begun = await announce(content, about, about, by=cast.worker, now=cast.now)
    await actions.receive_part(begun.id, offset=0, content=content[:100], by=cast.worker, now=cast.now)


async def test_what_was_sent_and_is_no_text_is_sound(cast: Cast) -> None:
    before = (await readable(cast.owner)).name
    await kept(cast, b'{"kind": "\xff\xfe')
    found = await readable(cast.owner)
    assert found.trouble == ""
    assert found.name != before, "it was looked at"


async def test_sound_photos_and_their_parts_open(cast: Cast) -> None:
    await with_photos(cast)
    assert await cast.owner.fetchval("SELECT count(*) FROM attachment WHERE picture IS NOT NULL") == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM attachment_part") == 1
    assert (await readable(cast.owner)).trouble == ""


@pytest.mark.parametrize(
    ("table", "column"),
    [("inbox_item", "payload_sealed"), ("attachment", "picture"), ("attachment_part", "content")],
)
async def test_what_was_sealed_for_another_place_is_found(cast: Cast, table: str, column: str) -> None:
    await kept(cast, b"{}")
    await with_photos(cast)
    moved = vault.seal_bytes(b"{}", f"{table}.{column}:{new_id()}")
    done = await cast.owner.execute(f"UPDATE {table} SET {column} = $1 WHERE {column} IS NOT NULL", moved)
    assert done == "UPDATE 1"
    assert (await readable(cast.owner)).trouble == f"打不开：{table}.{column}"
