"""How well a report is evidenced, from A to D. A grade says what to ask about; it never keeps anybody from saving."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

GradeWord = Literal["A", "B", "C", "D"]

GRADE_NAMES: Mapping[GradeWord, str] = {
    "A": "进出门均有门口码",
    "B": "有一个门口码、邻里共同确认或回访确认",
    "C": "有照片或位置佐证",
    "D": "仅有本人记录",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Witnessed:
    """What speaks for a report besides itself. `co_signed`: a neighbour or keyholder confirmed who was met."""

    code_at_start: bool = False
    code_at_end: bool = False
    co_signed: bool = False
    called_back: bool = False
    photo: bool = False
    position_near: bool = False


def grade(witnessed: Witnessed) -> GradeWord:
    """The best grade that what speaks for a report gives it."""
    if witnessed.code_at_start and witnessed.code_at_end:
        return "A"
    if witnessed.code_at_start or witnessed.code_at_end or witnessed.co_signed or witnessed.called_back:
        return "B"
    return "C" if witnessed.photo or witnessed.position_near else "D"
