"""How far a person can care for themselves: six indicators, three classes, and the words ledgers use for both."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal, get_args

from recipients.cells import NOTHING, Cell, squeezed
from recipients.fault import Fault

SelfCare = Literal["self", "partial", "full"]
Indicator = Literal["eating", "dressing", "getting_up", "toileting", "walking_indoors", "bathing"]

INDICATORS: tuple[Indicator, ...] = get_args(Indicator)
INDICATOR_WORDS: dict[Indicator, str] = {
    "eating": "吃饭",
    "dressing": "穿衣",
    "getting_up": "上下床",
    "toileting": "如厕",
    "walking_indoors": "室内行走",
    "bathing": "洗澡",
}
CLASS_WORDS: dict[SelfCare, str] = {
    "self": "全自理",
    "partial": "部分丧失(半护理)",
    "full": "完全丧失(全护理)",
}

# Lost functions from which a class begins: 特困人员认定办法 (民发〔2021〕43号).
_PARTIAL_FROM, _FULL_FROM = 1, 4

_CLASS_SAID: dict[str, SelfCare] = {
    **dict.fromkeys(
        (
            "全自理",
            "自理",
            "完全自理",
            "能自理",
            "可自理",
            "有自理能力",
            "具备自理能力",
        ),
        "self",
    ),
    **dict.fromkeys(
        ("具有自理能力", "自理能力正常", "能够自理", "完全能自理", "有完全自理能力"),
        "self",
    ),
    **dict.fromkeys(
        ("半护理", "半自理", "部分自理", "部分丧失", "部分丧失自理能力", "部分失能"),
        "partial",
    ),
    **dict.fromkeys(
        ("半失能", "部分丧失能力", "半护", "丧失部分自理能力", "部分不能自理"),
        "partial",
    ),
    **dict.fromkeys(
        (
            "全护理",
            "完全丧失",
            "完全丧失自理能力",
            "完全丧失能力",
            "不能自理",
            "完全不能自理",
        ),
        "full",
    ),
    **dict.fromkeys(
        (
            "无自理能力",
            "失能",
            "全失能",
            "完全失能",
            "全护",
            "无法自理",
            "丧失自理能力",
        ),
        "full",
    ),
}

_INDICATOR_SAID: dict[str, Indicator] = {
    "室内行走": "walking_indoors",
    "室内走动": "walking_indoors",
    "自主吃饭": "eating",
    "自主穿衣": "dressing",
    "上下床": "getting_up",
    "行走": "walking_indoors",
    "走动": "walking_indoors",
    "吃饭": "eating",
    "进食": "eating",
    "穿衣": "dressing",
    "如厕": "toileting",
    "洗澡": "bathing",
    "沐浴": "bathing",
}
_CAN = (
    "完全自理",
    "独立完成",
    "能自理",
    "自理",
    "独立",
    "正常",
    "可以",
    "能够",
    "能",
    "可",
    "会",
    "行",
    "是",
    "√",
    "✓",
    "✔",
)
_CANNOT = (
    "不能自理",
    "不能够",
    "不可以",
    "不能",
    "无法",
    "不可",
    "需要帮助",
    "需帮助",
    "需协助",
    "需人帮助",
    "依赖",
    "丧失",
    "不会",
    "不行",
    "没法",
)
_CANNOT_ALONE = ("否", "×", "✗", "✘", "X")
_ALL = ("六项指标", "六项", "6项", "全部", "均", "都", "各项")
_REST = ("其余", "其他", "其它", "余")

_HOW_TO = "请逐项写，例如“吃饭能 穿衣能 上下床能 如厕不能 室内行走能 洗澡不能”，或“如厕、洗澡不能，其余能”"


def class_of(able: Mapping[Indicator, bool]) -> SelfCare:
    """0 lost is `self`, 1 to 3 `partial`, 4 and more `full`. All six must be given."""
    lost = sum(not able[indicator] for indicator in INDICATORS)
    return "self" if lost < _PARTIAL_FROM else "partial" if lost < _FULL_FROM else "full"


@lru_cache(maxsize=1024, typed=True)
def read_class(cell: Cell) -> SelfCare | Fault | None:
    """The class a word names; None for an empty cell. Two words that contradict each other are refused."""
    written = squeezed(cell)
    if written in NOTHING:
        return None
    words = [part for part in re.split(r"[()/、,;:\[\]【】]", written) if part]
    said = {_CLASS_SAID.get(word.replace("生活", "").replace("的", "")) for word in words}
    if len(said) == 1 and (only := said.pop()) is not None:
        return only
    if len(said - {None}) > 1:
        return Fault(reason="同一格里写了两种自理能力", remedy="请只保留一种")
    return Fault(
        reason="不认识这个自理能力",
        remedy="请写“全自理”“部分丧失(半护理)”或“完全丧失(全护理)”",
    )


@lru_cache(maxsize=1024, typed=True)
def read_mark(cell: Cell) -> bool | Fault | None:
    """Whether one indicator is met; None for an empty cell. 1 and 0 are refused: forms differ in what they mean."""
    word = squeezed(cell).upper()
    if word in NOTHING:
        return None
    if word in _CANNOT or word in _CANNOT_ALONE:
        return False
    if word in _CAN:
        return True
    if word in {"1", "0"}:
        return Fault(reason="1 和 0 的含义各地不同", remedy="请写“能”或“不能”")
    return Fault(reason="看不出能还是不能", remedy="请写“能”或“不能”(也可以写 √ 或 ×)")


def _alternatives(*words: tuple[str, ...]) -> str:
    return "|".join(re.escape(word) for word in sorted((w for group in words for w in group), key=len, reverse=True))


_TOKEN = re.compile(
    f"(?P<all>{_alternatives(_ALL)})|(?P<rest>{_alternatives(_REST)})|(?P<name>{_alternatives(tuple(_INDICATOR_SAID))})"
    f"|(?P<cannot>{_alternatives(_CANNOT, _CANNOT_ALONE)})|(?P<can>{_alternatives(_CAN)})"
    r"|(?P<colon>:)|(?P<stop>[;。])|(?P<skip>[、,/和及与()\s自主]+)"
)


class _Unclear(Exception):
    """The text leaves an indicator open; args[0] says which or why."""


def read_indicators(cell: Cell) -> dict[Indicator, bool] | Fault | None:
    """Six marks out of one text such as “吃饭√ 穿衣√ …”, “不能：如厕、洗澡；能：…”, “六项均能”, “洗澡不能，其余能”.

    All six must follow from the text: what is not mentioned is never taken for granted.
    """
    written = squeezed(cell).upper()
    if written in NOTHING:
        return None
    marks = _Marks()
    try:
        for group, word in _tokens(written):
            marks.take(group, word)
        marks.close()
    except _Unclear as unclear:
        return Fault(reason=unclear.args[0], remedy=_HOW_TO)
    missing = [INDICATOR_WORDS[indicator] for indicator in INDICATORS if indicator not in marks.able]
    if missing:
        return Fault(reason=f"六项指标缺少：{'、'.join(missing)}", remedy=_HOW_TO)
    return {indicator: marks.able[indicator] for indicator in INDICATORS}


def _tokens(written: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(written):
        token = _TOKEN.match(written, place)
        if token is None or token.lastgroup is None:
            raise _Unclear("看不懂六项指标的写法")
        yield token.lastgroup, token.group()
        place = token.end()


class _Marks:
    """Reads names and marks in either order: “如厕、洗澡不能”, and “不能：如厕、洗澡” where the mark leads."""

    def __init__(self) -> None:
        self.able: dict[Indicator, bool] = {}
        self.named: list[Indicator] = []  # names that still wait for their mark
        self.lead: bool | None = None

    def take(self, group: str, word: str) -> None:
        if group == "stop":
            self.close()
        elif group == "name":
            self.named.append(_INDICATOR_SAID[word])
        elif group in {"all", "rest"}:
            if group == "rest" and self.named:
                self.close()
            self.named += [one for one in INDICATORS if one not in self.able and one not in self.named]
        elif group in {"can", "cannot"}:
            self._mark(group == "can")

    def _mark(self, can: bool) -> None:
        if self.named and self.lead is None:
            self._settle(can)
        else:
            self.close()
            self.lead = can

    def close(self) -> None:
        """The end of a clause: every name has its mark, and every mark its names."""
        if (self.lead is None) != (not self.named):
            raise _Unclear("六项指标里有的没有写能或不能")
        if self.lead is not None:
            self._settle(self.lead)

    def _settle(self, can: bool) -> None:
        if any(self.able.setdefault(name, can) != can for name in self.named):
            raise _Unclear("六项指标里有一项既写了能又写了不能")
        self.named, self.lead = [], None


def settle(*, able: Mapping[Indicator, bool] | None, said: SelfCare | None) -> SelfCare | Fault:
    """The class, from the indicators where they are given, else from the word; the two may not contradict."""
    if able is None:
        return said or Fault(reason="没有填写", remedy="请填六项指标，或写“全自理”“半护理”“全护理”")
    measured = class_of(able)
    if said is not None and said != measured:
        lost = sum(not met for met in able.values())
        reason = f"与六项指标矛盾：六项中 {lost} 项不能，应为“{CLASS_WORDS[measured]}”，却写了“{CLASS_WORDS[said]}”"
        return Fault(reason=reason, remedy="请核实后改成一致")
    return measured
