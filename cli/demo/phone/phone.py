"""Somebody's phone: what they write is kept first and sent when there is a way, again and again until a receipt."""

import copy
import gzip
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, Self
from uuid import UUID

import msgspec

from cli.demo.phone.clock import PhoneClock
from cli.demo.phone.memory import Item, Memory, Photo, Receipt, key_of
from cli.demo.phone.network import Answer, Busy, Network
from core import clock

Json = dict[str, Any]
BATCH = 50
_LATER = frozenset({502, 503, 504})


class TurnedAway(RuntimeError):
    """The server answered, and not with what was asked for. `problem` is its explanation."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.problem: Json = msgspec.json.decode(answer.body) if b"{" in answer.body[:1] else {}
        super().__init__(f"{answer.status}: {answer.body[:600].decode(errors='replace')}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulled:
    """One answer to a pull, and how many bytes it took on the way."""

    changed: list[Json]
    gone: list[Json]
    size: int


@dataclass(kw_only=True)
class Phone:
    """`time` is the truth, which the phone knows only through its own clock. Everything random comes from `random`."""

    token: str
    network: Network
    time: Callable[[], datetime] = clock.now
    clock: PhoneClock = field(default_factory=PhoneClock)
    random: Random = field(default_factory=Random)
    memory: Memory = None  # type: ignore[assignment]  # a fresh one unless given

    def __post_init__(self) -> None:
        if self.memory is None:
            self.memory = Memory.fresh(self.random)

    # Where and when

    def at(self, moment: datetime) -> Self:
        """The same phone at another moment: what is done with it happened then."""
        then = copy.copy(self)
        then.time = lambda: moment
        return then

    def shows(self) -> datetime:
        """The time on its screen."""
        return self.clock.shows(self.time())

    def offline(self) -> None:
        self.network.up = False

    def online(self) -> None:
        self.network.up = True

    def over(self, network: Network) -> Self:
        """The same phone by another way to the server."""
        there = copy.copy(self)
        there.network = network
        return there

    def restarted(self) -> Self:
        """The app was killed and opened again: only what was on the disk is left."""
        again = copy.copy(self)
        again.memory = Memory.loaded(self.memory.dumped())
        return again

    # Writing

    def report(self, visit_id: UUID | str, *, id: UUID | None = None, after: UUID | None = None, **said: Any) -> UUID:
        """A visit made, all normal unless `said` otherwise; its id."""
        content = {
            "outcome": "made",
            "made_at": self.shows(),
            "method": "door",
            "identified_by": "known_personally",
            "all_normal": True,
            "hazards": [],
        }
        return self.note("report", {"visit_id": visit_id, **content, **said}, id=id, after=after)

    def not_met(self, visit_id: UUID | str, *, id: UUID | None = None, **said: Any) -> UUID:
        """A door that stayed shut."""
        content = {"outcome": "not_met", "made_at": self.shows(), "method": "door", "tried": ["knock", "phone"]}
        return self.note("report", {"visit_id": visit_id, **content, **said}, id=id)

    def amend(self, report_id: UUID, *, after: UUID | None = None, **said: Any) -> UUID:
        """A report put right; what is not said anew is as in the report."""
        body = msgspec.json.decode(self.item(report_id).raw)["body"]
        body.pop("visit_id", None)
        return self.note("amendment", body | {"report_id": report_id} | said, after=after)

    def note(self, kind: str, body: Any, *, id: UUID | None = None, after: UUID | None = None) -> UUID:
        """Keep an item of any kind, to be sent when there is a way; its id."""
        return self.memory.write(id or self.new_id(), kind, self.shows(), body, after).id

    def photograph(
        self, data: bytes, subject_id: UUID, *, about_id: UUID | str, subject_kind: str = "visit_report"
    ) -> UUID:
        """Take a picture for something written on this phone; its id. It travels by itself, the reference as an item.

        `about_id`: the visit, order or alert that `subject_id` is about.
        """
        photo = Photo(
            id=self.new_id(),
            subject_kind=subject_kind,
            subject_id=subject_id,
            about_id=UUID(str(about_id)),
            taken_at=self.shows(),
            data=data,
        )
        self.memory.photos.append(photo)
        said = {"attachment_id": photo.id, "subject_kind": subject_kind, "subject_id": subject_id}
        self.note("photo", said, after=subject_id if subject_kind == "visit_report" else None)
        return photo.id

    def scrawl(self, said: Any) -> UUID:
        """Keep something that is no item, as a broken app would; the id it is found by on the phone alone."""
        return self.memory.scrawl(self.new_id(), "", self.shows(), said).id

    def new_id(self) -> UUID:
        """A UUIDv7 by the phone's own clock, wrong as that may be."""
        milliseconds = int(self.shows().timestamp() * 1000) & (1 << 48) - 1
        fraction, rest = self.random.getrandbits(12), self.random.getrandbits(62)
        return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | rest)

    # Sending

    async def push(self) -> list[Receipt]:
        """Send everything that lacks a last word, fifty at a time; what was told, in that order.

        `NotSent` when the line breaks: what was told by then is kept, everything else is sent again next time.
        """
        waiting = self.memory.unsent
        for start in range(0, len(waiting), BATCH) or (0,):
            await self.send(waiting[start : start + BATCH])
        return [item.receipt for item in waiting if item.receipt]

    async def send(self, items: Sequence[Item]) -> Json:
        """One request with these items, received before or not; the whole answer."""
        going = {item.seq for item in items}
        left = [item for item in self.memory.unsent if item.seq not in going]
        said = {
            "sent_at": self.shows(),
            "installation_id": self.memory.installation_id,
            "unsent": len(left),
            "items": [msgspec.Raw(item.raw.encode()) for item in items],
        }
        if left:
            said["oldest_unsent_at"] = min(item.made_at for item in left)
        told = self._decoded(await self._post("/v1/sync/push", said))
        self.memory.meet(UUID(told["epoch"]))
        server_time = datetime.fromisoformat(told["server_time"])
        self.memory.note(items, told["results"], at=server_time)
        self.memory.forget(server_time)
        if told["wipe"]:
            self.memory.wipe()
        return told

    async def send_photos(self, *, part: int = 64 * 1024) -> None:
        """Send what was photographed, each from where the server has it, `part` bytes at a time.

        `NotSent` when the line breaks: the parts that arrived are not sent again.
        """
        for photo in [one for one in self.memory.photos if one.sent_at is None]:
            await self._send_photo(photo, part)
        if self.memory.told_to_wipe:
            self.memory.wipe()

    async def _send_photo(self, photo: Photo, part: int) -> None:
        path = f"/v1/attachments/{photo.id}"
        announced = {
            "subject_kind": photo.subject_kind,
            "subject_id": photo.subject_id,
            "about_id": photo.about_id,
            "size": len(photo.data),
            "sha256": hashlib.sha256(photo.data).hexdigest(),
            "taken_at": photo.taken_at,
        }
        state = self._decoded(
            await self.ask("PUT", path, msgspec.json.encode(announced), **{"Content-Type": "application/json"})
        )
        while state["received"] < len(photo.data):
            start = state["received"]
            headers = {"Content-Type": "application/octet-stream", "Upload-Offset": str(start)}
            state = self._decoded(await self.ask("PATCH", path, photo.data[start : start + part], **headers))
        photo.status, photo.sent_at = state["status"], self.time()

    async def pull(self) -> Pulled:
        """Fetch what changed since the last pull. A phone that was cut off is told so, and wipes what it holds."""
        generation = self.memory.generation
        answer = await self._post("/v1/sync/pull", {} if generation is None else {"generation": generation})
        if answer.status == 403 and TurnedAway(answer).problem.get("wipe"):
            self.memory.wipe()
        told = self._decoded(answer)
        self.memory.meet(UUID(told["epoch"]))
        if told["since"] in (None, self.memory.generation):
            self.memory.take(told)
        self.memory.forget(datetime.fromisoformat(told["server_time"]))
        return Pulled(changed=told["changed"], gone=told["gone"], size=len(answer.body))

    async def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """Any other request of this phone."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.network.exchange(method, path, {"Authorization": f"Bearer {self.token}", **named}, body)

    async def _post(self, path: str, said: Mapping[str, Any]) -> Answer:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        return await self.ask("POST", path, msgspec.json.encode(said), **headers)

    def _decoded(self, answer: Answer) -> Json:
        if answer.status in _LATER:
            raise Busy(str(answer.status))
        if answer.status not in (200, 201):
            raise TurnedAway(answer)
        body = gzip.decompress(answer.body) if answer.headers.get("content-encoding") == "gzip" else answer.body
        found: Json = msgspec.json.decode(body)
        return found

    # Looking at the screen

    def item(self, item_id: UUID) -> Item:
        """The first item written under this id."""
        return next(item for item in self.memory.items if item.id == item_id)

    def receipt(self, item_id: UUID) -> Receipt | None:
        return self.item(item_id).receipt

    @property
    def waiting(self) -> int:
        """How many things nobody has had a last word on."""
        return len(self.memory.unsent)

    @property
    def refused(self) -> list[Item]:
        """What stays visible with its reason."""
        return [item for item in self.memory.items if item.receipt and item.receipt.status in ("refused", "conflict")]

    def holds(self, kind: str) -> list[Json]:
        """What it knows from pulls, of one kind."""
        return [one for key, one in self.memory.holds.items() if key_of(one) == key and one["kind"] == kind]
