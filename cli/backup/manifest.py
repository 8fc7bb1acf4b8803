"""What stands at the beginning of a backup: what it was taken from, and what a restore of it is held to."""

import struct
from collections.abc import Iterator
from datetime import datetime

import msgspec

from cli.backup.envelope import CannotOpen

_LONGEST = 64 << 20


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Taken in the dump's own snapshot. `head` is of the journal's newest link, `keyring` the text of all keys."""

    taken_at: datetime
    server: str
    owner: str
    migrations: tuple[str, ...]
    rows: dict[str, int]
    link: int | None
    head: bytes | None
    epoch: str | None
    keyring: str


def to_bytes(manifest: Manifest) -> bytes:
    said = msgspec.json.encode(manifest)
    return struct.pack(">I", len(said)) + said


def read_from(chunks: Iterator[bytes]) -> tuple[Manifest, Iterator[bytes]]:
    """The manifest, and the chunks of the dump that follow it; `CannotOpen` when there is none."""
    held = b""
    for chunk in chunks:
        held += chunk
        if len(held) >= 4 and len(held) >= 4 + (length := struct.unpack(">I", held[:4])[0]):
            try:
                manifest = msgspec.json.decode(held[4 : 4 + length], type=Manifest)
            except msgspec.MsgspecError:
                raise CannotOpen from None
            return manifest, _rest(held[4 + length :], chunks)
        if len(held) > _LONGEST:
            break
    raise CannotOpen


def _rest(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from chunks
