"""How well a report is evidenced, from A to D. A grade says what to ask about; it never keeps anybody from saving."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

GradeWord = Literal["A", "B", "C", "D"]

ShownGrade = Literal["A", "B", "C", "D", "ungraded"]
"""A grade as it is shown: what has none yet is not a D."""

GRADE_NAMES: Mapping[ShownGrade, str] = {
    "A": "进出门均有门口码",
    "B": "有一个门口码、邻里共同确认或回访确认",
    "C": "有照片或位置佐证",
    "D": "仅有本人记录",
    "ungraded": "尚未评定",
}

MEANINGS: Mapping[ShownGrade, str] = {
    "A": "佐证充分。",
    "B": "佐证较好。进门和出门各用一个门口码，佐证更充分；不是必须的。",
    "C": "有一定佐证。使用门口码，或由邻里共同确认，佐证更充分；不是必须的。",
    "D": "除本人记录外还没有佐证，不表示没有去过。使用门口码，或由邻里共同确认，就有了佐证；不是必须的。",
    "ungraded": "记录刚收到，系统稍后评定。",
}
"""What a grade says, and what would say more. No grade says that nobody came."""


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
