"""Which village a ledger means: full names, short names, names with their township before them, or codes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from recipients.cells import Cell, squeezed
from recipients.fault import Fault

_COMMITTEE = (
    (re.compile(r"村?(村民委员会|村委会)$"), "村"),
    (re.compile(r"(社区)?(居民委员会|居委会)$"), "社区"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Village:
    """`code` has twelve digits. `name` is how it is shown."""

    code: str
    name: str
    township: str = ""


class Villages:
    """The villages an importer may write to. A name two of them bear must come with its township."""

    def __init__(self, villages: Iterable[Village]) -> None:
        self._by_key: dict[str, list[Village]] = {}
        self._found: dict[str, Village] = {}
        for village in villages:
            for key in _keys(village):
                self._by_key.setdefault(key, []).append(village)

    def find(self, cell: Cell) -> Village | Fault:
        written = squeezed(cell)
        if (known := self._found.get(written)) is not None:
            return known
        found = self._find(written)
        if isinstance(found, Village):
            self._found[written] = found
        return found

    def _find(self, written: str) -> Village | Fault:
        if not written:
            return Fault(reason="没有填写", remedy="请填写村(社区)的名称")
        found = self._by_key.get(written) or self._by_key.get(_plain(written)) or self._after_township(_plain(written))
        if not found:
            return Fault(reason=f"找不到“{written[:20]}”这个村(社区)", remedy=self._remedy(written))
        if len(found) > 1:
            townships = "、".join(f"{village.township}{village.name}" for village in found[:4])
            return Fault(reason="有几个同名的村(社区)", remedy=f"请连乡镇一起写：{townships}")
        return found[0]

    def shown(self, village: Village) -> str:
        """Its name, with the township where the name alone would not find it again."""
        alone = self._by_key.get(_plain(village.name), [])
        return village.name if len(alone) == 1 else f"{village.township}{village.name}"

    def _after_township(self, written: str) -> list[Village]:
        """“某某区某某镇东河村”: what stands before the township's name does not matter."""
        return [
            village
            for key, villages in self._by_key.items()
            for village in villages
            if village.township and key.startswith(village.township) and written.endswith(key)
        ]

    def _remedy(self, written: str) -> str:
        close = get_close_matches(_plain(written), list(self._by_key), n=1, cutoff=0.5)
        if close:
            return f"是不是“{self._by_key[close[0]][0].name}”？请改成区划表里的名称"
        return "请改成区划表里的名称；新设的村先由区级在区划中补上"


def _plain(written: str) -> str:
    for committee, short in _COMMITTEE:
        written = committee.sub(short, written)
    return written


def _keys(village: Village) -> set[str]:
    name = _plain(squeezed(village.name))
    short = re.sub(r"(村|社区)$", "", name)
    keys = {village.code, name, village.township + name}
    return keys | {short, village.township + short} if len(short) > 1 else keys
