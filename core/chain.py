"""The chain over the journal: each link's head is a keyed hash of what it covers and of the head before it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

LATEST = timedelta(hours=1)
"""How long after it was written a line may come to light: longer than any transaction may take."""

FOUNDED = bytes(32)
"""The head before the first link."""

Mac = Callable[[bytes], bytes]

Wrong = Literal["altered", "removed", "inserted", "backdated", "link_altered", "link_removed", "head_differs"]

WORDS: Mapping[Wrong, str] = {
    "altered": "日志内容被改动",
    "removed": "日志行被删除",
    "inserted": "封存之后插入了日志行",
    "backdated": "日志行的写入时间早于应有的时间",
    "link_altered": "封存记录被改动或重排",
    "link_removed": "封存记录被删除",
    "head_differs": "与此前留存的校验码不符",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One seal as stored. `lines` are ids as a multirange; `digest` is of the lines in the order of their ids.

    `reached` is the highest id it covers, `horizon` the first transaction that had not begun then, `settled` the id up
    to which every line there ever will be is covered.
    """

    number: int
    lines: str
    count: int
    reached: int
    horizon: int
    settled: int
    digest: bytes
    head: bytes
    sealed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """What the journal says today of the lines a link covers, and when the first and the last of them were written."""

    count: int
    digest: bytes
    earliest: datetime | None
    latest: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """Something that was done to the journal or its seals since. `number` is the link's."""

    number: int
    wrong: Wrong


def head_of(previous: bytes, link: Link, *, mac: Mac) -> bytes:
    """The head of a link after another. `mac` holds the key: whoever owns the tables alone cannot make one."""
    moment = int(link.sealed_at.astimezone(UTC).timestamp() * 1_000_000)
    said = (link.number, link.lines, link.count, link.reached, link.horizon, link.settled, link.digest.hex(), moment)
    return mac(previous + "\0".join(map(str, said)).encode())


def faults(links: Sequence[Link], found: Mapping[int, Found], kept: Mapping[int, bytes], *, mac: Mac) -> list[Fault]:
    """Everything wrong with a chain, links ascending, against what the journal says and the heads kept elsewhere."""
    wrong: list[Fault] = []
    before: Link | None = None
    written: datetime | None = None
    for link in links:
        expected = before.number + 1 if before else 1
        wrong += [Fault(number=number, wrong="link_removed") for number in range(expected, link.number)]
        previous = before.head if before else FOUNDED
        if link.number == expected and head_of(previous, link, mac=mac) != link.head:
            wrong.append(Fault(number=link.number, wrong="link_altered"))
        lines = found[link.number]
        told = _told(link, lines, written)
        if told:
            wrong.append(Fault(number=link.number, wrong=told))
        written = max((moment for moment in (written, lines.latest) if moment), default=None)
        before = link
    heads = {link.number: link.head for link in links}
    last = max(heads, default=0)
    for number, head in sorted(kept.items()):
        if number > last:
            wrong.append(Fault(number=number, wrong="link_removed"))
        elif number in heads and heads[number] != head:
            wrong.append(Fault(number=number, wrong="head_differs"))
    return wrong


def _told(link: Link, found: Found, written: datetime | None) -> Wrong | None:
    """`written`: when the last line of all links before was written."""
    if found.count < link.count:
        return "removed"
    if found.digest != link.digest:
        return "altered"
    if written and found.earliest and found.earliest < written - LATEST:
        return "backdated"
    return None


def code_of(head: bytes) -> str:
    """A head as people copy it: 64 digits in groups of eight."""
    text = head.hex().upper()
    return "-".join(text[start : start + 8] for start in range(0, len(text), 8))


def head_from(code: str) -> bytes:
    """The inverse of `code_of`; ValueError when it is none."""
    head = bytes.fromhex(code.replace("-", "").strip())
    if len(head) != len(FOUNDED):
        raise ValueError("a head has 64 digits")
    return head
