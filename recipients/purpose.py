"""Why somebody looks at what is masked: a word from a list, and a sentence that names nobody."""

import re
from typing import Literal, get_args

from recipients.fault import Fault

Purpose = Literal["visit", "emergency", "relief", "verification", "supervision", "other"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
PURPOSE_WORDS: dict[Purpose, str] = {
    "visit": "上门或电话探访",
    "emergency": "紧急救助",
    "relief": "办理救助或证件",
    "verification": "核实信息",
    "supervision": "监督检查",
    "other": "其他",
}
SHORTEST, LONGEST = 4, 200  # characters

_LONG_NUMBER = re.compile(r"\d[\d\s-]{5,}\d")


def fault(note: str, *, name: str | None = None) -> Fault | None:
    """What is wrong with a note. It is kept for good and read by supervisors: it may hold no number and no name."""
    said = note.strip()
    if not SHORTEST <= len(said) <= LONGEST:
        return Fault(reason=f"用途说明须为 {SHORTEST} 到 {LONGEST} 个字", remedy="请写明这次要做什么")
    if _LONG_NUMBER.search(said):
        return Fault(reason="用途说明里有号码", remedy="请只写要做什么，不写证件号和电话")
    if name and name in said:
        return Fault(reason="用途说明里有当事人姓名", remedy="请只写要做什么，不写姓名")
    return None
