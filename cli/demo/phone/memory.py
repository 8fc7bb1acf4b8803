"""What a phone keeps, whatever happens to the app: what was written, the receipts, what was pulled."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec

KEPT_AFTER_RECEIPT = timedelta(days=14)
_FINAL = frozenset({"taken", "refused", "conflict"})


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the server said of an item, and when by the server's clock: the phone's own may jump by years."""

    at: datetime
    status: str
    code: str | None = None
    detail: str | None = None
    field: str | None = None
    answer: Any = None


class Item(msgspec.Struct, kw_only=True):
    """One thing somebody wrote. `raw` is sent as it is, every time."""

    id: UUID
    seq: int
    kind: str
    made_at: datetime  # as the phone's clock showed it
    raw: str
    receipt: Receipt | None = None

    @property
    def settled(self) -> bool:
        """The server has it and has said what became of it. What it merely holds is asked about again."""
        return self.receipt is not None and self.receipt.status in _FINAL


class Photo(msgspec.Struct, kw_only=True):
    """A picture taken, and what it belongs to. `sent_at`: when the server had all of it, by the server's clock."""

    id: UUID
    subject_kind: str
    subject_id: UUID
    about_id: UUID
    taken_at: datetime
    data: bytes
    status: str = "waiting"
    sent_at: datetime | None = None


class Memory(msgspec.Struct, kw_only=True):
    """The storage of one installation of the app: numbers run from 1 and are never used twice."""

    installation_id: UUID
    next_seq: int = 1
    items: list[Item] = []
    photos: list[Photo] = []
    epoch: UUID | None = None
    generation: int | None = None
    holds: dict[str, dict[str, Any]] = {}  # by "kind:id"
    gone: list[dict[str, Any]] = []
    told_to_wipe: bool = False

    @classmethod
    def fresh(cls, random: Random) -> "Memory":
        return cls(installation_id=UUID(int=random.getrandbits(128), version=4))

    def dumped(self) -> bytes:
        """Everything, as bytes on a disk."""
        return msgspec.json.encode(self)

    @classmethod
    def loaded(cls, data: bytes) -> "Memory":
        return msgspec.json.decode(data, type=cls)

    def write(self, item_id: UUID, kind: str, made_at: datetime, body: Any, after: UUID | None) -> Item:
        """Keep an item under the next number; from here on it never changes."""
        said = {"id": item_id, "seq": self.next_seq, "kind": kind, "made_at": made_at, "body": body}
        return self.scrawl(item_id, kind, made_at, said | ({"after": after} if after else {}))

    def scrawl(self, item_id: UUID, kind: str, made_at: datetime, said: Any) -> Item:
        """Keep something under the next number that need not be an item at all."""
        raw = msgspec.json.encode(said).decode()
        item = Item(id=item_id, seq=self.next_seq, kind=kind, made_at=made_at, raw=raw)
        self.next_seq += 1
        self.items.append(item)
        return item

    @property
    def unsent(self) -> list[Item]:
        """What still lacks a last word, in the order it was written."""
        return [item for item in self.items if not item.settled]

    def note(self, sent: Iterable[Item], results: Iterable[Mapping[str, Any]], *, at: datetime) -> None:
        """Put each result to the item it is about, by its place in the batch."""
        batch = list(sent)
        for result in results:
            batch[result["index"]].receipt = msgspec.convert({**result, "at": at}, Receipt)
        if self.told_to_wipe:
            self.wipe()

    def meet(self, epoch: UUID) -> None:
        """A server that was restored may have lost what it gave receipts for: all of them are void."""
        if self.epoch not in (None, epoch):
            for item in self.items:
                item.receipt = None
            for photo in self.photos:
                photo.sent_at = None
            self.generation = None
        self.epoch = epoch

    def forget(self, server_time: datetime) -> None:
        """Let go of what was settled long ago, by the server's clock."""
        long_ago = server_time - KEPT_AFTER_RECEIPT
        self.items = [
            item for item in self.items if not (item.settled and item.receipt and item.receipt.at <= long_ago)
        ]
        self.photos = [photo for photo in self.photos if photo.sent_at is None or photo.sent_at > long_ago]

    def take(self, pulled: Mapping[str, Any]) -> None:
        """What a pull brought: everything, or the difference from what is held. What left stays with its reason."""
        if pulled["since"] is None:
            self.holds = {}
        for one in pulled["gone"]:
            self.holds.pop(key_of(one), None)
        self.gone += pulled["gone"]
        self.holds.update({key_of(one): one for one in pulled["changed"]})
        self.generation = pulled["generation"]

    def wipe(self) -> None:
        """Nothing about anybody stays, but for what the server has not received yet; that goes once it has."""
        self.told_to_wipe = True
        self.items = [item for item in self.items if item.receipt is None]
        self.photos = [photo for photo in self.photos if photo.sent_at is None]
        self.holds, self.gone, self.generation = {}, [], None

    @property
    def wiped(self) -> bool:
        return self.told_to_wipe and not self.items and not self.photos


def key_of(one: Mapping[str, Any]) -> str:
    return f"{one['kind']}:{one['id']}"
