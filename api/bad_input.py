"""Says in Chinese, with a JSON pointer and a remedy, what the decoder says of input in English."""

import re

from core.errors import Invalid

_KINDS = {
    "int": "整数",
    "float": "数字",
    "decimal": "数字",
    "str": "文字",
    "bool": "true 或 false",
    "object": "对象",
    "array": "列表",
    "null": "空值",
    "bytes": "Base64 文字",
    "uuid": "编号(UUID)",
    "datetime": "带时区的时间",
    "date": "日期",
    "time": "时刻",
    "duration": "时长",
}
_COUNTED = {"str": "个字", "array": "项", "object": "项", "bytes": "字节"}
_BOUNDS = {">=": "不小于", "<=": "不大于", ">": "大于", "<": "小于"}
_LENGTHS = {">=": "至少", "<=": "最多"}

_FIXED = {
    "Invalid UUID": "不是有效的编号(UUID)。请使用系统给出的编号，不要改动。",
    "Invalid RFC3339 encoded datetime": "不是有效的时间。请写成 2026-03-02T10:00:00+08:00 的形式。",
    "Invalid RFC3339 encoded date": "不是有效的日期。请写成 2026-03-02 的形式。",
    "Invalid RFC3339 encoded time": "不是有效的时刻。请写成 10:00:00 的形式。",
    "Invalid ISO8601 duration": "不是有效的时长。请写成 PT2H 或 P7D 的形式。",
    "Invalid base64 encoded string": "不是有效的 Base64 编码。",
    "Expected `datetime` with a timezone component": "时间缺少时区。请写成 2026-03-02T10:00:00+08:00 的形式。",
    "Timestamp is out of range": "时间超出范围。请核对年份。",
    "Integer value out of range": "数字过大。请核对后重新填写。",
    "Number out of range": "数字过大。请核对后重新填写。",
    "Input data was truncated": "内容不完整，可能在传输中被截断。请重新提交。",
}


class BadInput(Invalid):
    """The body, or a parameter of the address, is not what this operation takes."""


def from_decoder(said: str) -> BadInput:
    """The refusal for a message of msgspec, such as "Expected `int`, got `str` - at `$.a.b[0]`"."""
    what, _, where = said.partition(" - at `$")
    pointer = _pointer(where.removesuffix("`"))
    if found := re.fullmatch(r"Object contains unknown field `(.*)`", what, re.DOTALL):
        name = found[1][:80]
        return BadInput(f"不认识的字段“{name}”。请删除它，或核对字段名。", field=f"{pointer}/{escaped(name)}")
    if found := re.fullmatch(r"Object missing required field `(.*)`", what):
        return BadInput(f"缺少必填字段“{found[1]}”。请补上后重新提交。", field=f"{pointer}/{escaped(found[1])}")
    return BadInput(_told(what.strip()), field=pointer)


def _told(what: str) -> str:
    if what in _FIXED:
        return _FIXED[what]
    if found := re.fullmatch(r"Expected `([^`]+)`, got `([^`]+)`", what):
        return f"类型不对：应为{_kinds(found[1])}，收到的是{_kinds(found[2])}。"
    if found := re.fullmatch(r"Expected `(\w+)` of length (>=|<=) (\d+)", what):
        return f"长度不对：{_LENGTHS[found[2]]} {found[3]} {_COUNTED.get(found[1], '项')}。"
    if found := re.fullmatch(r"Expected `\w+` (>=|<=|>|<) (\S+)", what):
        return f"数值超出范围：应{_BOUNDS[found[1]]} {found[2]}。"
    if found := re.match(r"Invalid enum value (.{1,80})", what):
        return f"不认识的取值 {found[1]}。可用的取值见接口文档。"
    if "matching regex" in what:
        return "格式不对。请核对后重新填写。"
    if what.startswith("JSON is malformed"):
        place = re.search(r"byte (\d+)", what)
        return "内容不是有效的 JSON" + (f"(第 {place[1]} 字节处)" if place else "") + "。请检查后重新提交。"
    return "内容不符合要求。请对照接口文档检查后重新提交。"


def _kinds(said: str) -> str:
    return "或".join(_KINDS.get(kind.strip(), kind.strip()) for kind in said.split("|"))


def _pointer(path: str) -> str:
    """`.a.b[0]` as `/a/b/0` (RFC 6901). A step the decoder does not name, `[...]`, ends it."""
    return "".join(f"/{escaped(step)}" for step in re.findall(r"[^.\[\]]+", path.split("[...]")[0]))


def escaped(step: str) -> str:
    """A name as a step of a JSON pointer (RFC 6901)."""
    return step.replace("~", "~0").replace("/", "~1")
