"""Identity numbers: which kind, whose birthday, what sex; checked by GB 11643 (MOD 11-2), never guessed."""

import re
from dataclasses import dataclass, field
from datetime import date
from operator import mul
from typing import Literal

from recipients.cells import Broken, Cell, text
from recipients.fault import Fault

Kind = Literal["resident", "permit", "foreign", "to_confirm"]
Sex = Literal["male", "female"]


@dataclass(frozen=True, kw_only=True, slots=True)
class IdNumber:
    """`number` is what the card shows; `compared` is the one form two numbers are compared by (15 digits become 18)."""

    kind: Kind
    number: str | None = field(repr=False)
    compared: str | None = field(repr=False)
    born_on: date | None = field(default=None, repr=False)
    sex: Sex | None = None
    to_confirm_because: str | None = None
    warnings: tuple[str, ...] = ()


LOST_DIGITS = Fault(
    reason="末位已丢失：号码被当作数字存放，Excel 只保留前 15 位",
    remedy="请先把这一列设为“文本”格式，再对照身份证原件重新填写",
)
_EMPTY = Fault(reason="没有填写", remedy="请填写号码；暂时没有的，写“待核实：原因”")
_NO_REASON = Fault(
    reason="写了待核实，但没有写原因",
    remedy="请写成“待核实：原因”，例如“待核实：户口未落实”",
)
_CHECK_DIGIT = Fault(
    reason="校验位不对，至少有一位写错",
    remedy="请对照身份证原件逐位核对；原件如此的，写“待核实：原因”",
)

_WEIGHTS = tuple(2**place % 11 for place in range(17, 0, -1))
_CHECK_CHARACTERS = "10X98765432"
_PROVINCES = frozenset(
    str(code)
    for first_and_last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first_and_last[0], first_and_last[1] + 1)
)
_PERMIT_REGIONS = ("81", "82", "83")  # residence permits: Hong Kong, Macao, Taiwan
_CENTENARIANS = range(996, 1000)  # sequence numbers of the old form kept for those past 100 when it was issued
_OLDEST_LIKELY, _OLDEST_POSSIBLE = 120, 150

_EIGHTEEN = re.compile(r"\d{17}[\dX]")
_FIFTEEN = re.compile(r"\d{15}")
_OLD_FOREIGN = re.compile(r"[A-Z]{3}\d{12}")  # permanent residence before December 2023: state, place, YYMMDD, 2
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+")
_NOT_PART_OF_IT = re.compile(r"[\s'‘’`′,,.\-–—]")
_TO_CONFIRM = re.compile(r"(?:待核实|待核|待确认|待补录|待补|未办理|无身份证|无证|黑户)[\s::,;、(]*(.*?)\)?")


def check_character(first_seventeen: str) -> str:
    """The eighteenth character for seventeen digits, by ISO 7064 MOD 11-2."""
    return _CHECK_CHARACTERS[sum(map(mul, _WEIGHTS, map(int, first_seventeen))) % 11]


def read(cell: Cell, *, today: date, remarks: str | None = None) -> IdNumber | Fault:
    """The number in a cell. `remarks` explain a bare “待核实”; a number Excel has rounded is refused."""
    if isinstance(cell, bool | Broken):
        return Fault(reason="不是身份证号", remedy=_EMPTY.remedy)
    if isinstance(cell, float | int) and _was_rounded(cell):
        return LOST_DIGITS
    written = text(cell)
    if not written:
        return _EMPTY
    if _EIGHTEEN.fullmatch(written):
        return _eighteen(written, today)
    if found := _TO_CONFIRM.fullmatch(written):
        return _to_confirm(found[1].strip() or (remarks or "").strip())
    number = _NOT_PART_OF_IT.sub("", written).upper()
    if _SCIENTIFIC.fullmatch(written.upper()):
        return LOST_DIGITS
    if _EIGHTEEN.fullmatch(number):
        return _eighteen(number, today)
    if _FIFTEEN.fullmatch(number):
        return _fifteen(number, today)
    if _OLD_FOREIGN.fullmatch(number):
        return _old_foreign(number, today)
    return _shapeless(number)


def _was_rounded(cell: float) -> bool:
    # Fifteen digits survive as a number, in Excel and in a double; anything longer has lost its end.
    return float(cell) >= 10**15 or not float(cell).is_integer()


def _to_confirm(because: str) -> IdNumber | Fault:
    if not because:
        return _NO_REASON
    return IdNumber(kind="to_confirm", number=None, compared=None, to_confirm_because=because)


def _shapeless(number: str) -> Fault:
    if "*" in number:
        return Fault(reason="号码被星号遮住了", remedy="请填写完整号码")
    if re.fullmatch(r"[\dX]+", number):
        return Fault(
            reason=f"应为 18 位(老号码 15 位)，现在是 {len(number)} 位",
            remedy="请对照身份证原件补全或改正",
        )
    return Fault(
        reason="含有不该出现的字",
        remedy="号码只能是数字，末位可以是 X；暂时没有的，写“待核实：原因”",
    )


def _eighteen(number: str, today: date) -> IdNumber | Fault:
    if check_character(number[:17]) != number[17]:
        return LOST_DIGITS if number.endswith("000") else _CHECK_DIGIT
    warnings = ["末三位是 000，请核对是否曾被 Excel 截断"] if number.endswith("000") else []
    kind: Kind = "foreign" if number[0] == "9" else "permit" if number.startswith(_PERMIT_REGIONS) else "resident"
    if kind == "resident":
        warnings += _region_warnings(number)
    return _dated(kind, number, number, number[6:14], today, warnings)


def _fifteen(number: str, today: date) -> IdNumber | Fault:
    # Issued until 1999, so the century is 19; but for those who had already passed a hundred.
    century = "18" if int(number[12:]) in _CENTENARIANS else "19"
    seventeen = number[:6] + century + number[6:]
    upgraded = seventeen + check_character(seventeen)
    return _dated("resident", number, upgraded, upgraded[6:14], today, _region_warnings(number))


def _dated(
    kind: Kind,
    number: str,
    compared: str,
    birthday: str,
    today: date,
    warnings: list[str],
) -> IdNumber | Fault:
    born_on = _birthday(birthday, today)
    if isinstance(born_on, Fault):
        return born_on
    if today.year - born_on.year > _OLDEST_LIKELY:
        warnings.append(f"按号码已超过 {_OLDEST_LIKELY} 岁，请核实")
    sex: Sex = "male" if int(compared[16]) % 2 else "female"
    return IdNumber(
        kind=kind,
        number=number,
        compared=compared,
        born_on=born_on,
        sex=sex,
        warnings=tuple(warnings),
    )


def _birthday(eight: str, today: date) -> date | Fault:
    try:
        born_on = date(int(eight[:4]), int(eight[4:6]), int(eight[6:]))
    except ValueError:
        return Fault(reason="号码里的出生日期不存在", remedy="请对照身份证原件核对第 7 至 14 位")
    if born_on > today:
        return Fault(
            reason="号码里的出生日期在今天之后",
            remedy="请对照身份证原件核对第 7 至 14 位",
        )
    if today.year - born_on.year > _OLDEST_POSSIBLE:
        return Fault(reason="号码里的出生年份不可能", remedy="请对照身份证原件核对第 7 至 10 位")
    return born_on


def _old_foreign(number: str, today: date) -> IdNumber | Fault:
    """Its two-digit year leaves the century open, unless one of the two lies in the future."""
    six = number[7:13]
    past = [day for century in ("19", "20") if not isinstance(day := _birthday(century + six, today), Fault)]
    if not past:
        return Fault(reason="号码里的出生日期不存在", remedy="请对照证件核对第 8 至 13 位")
    if len(past) == 1:
        return IdNumber(kind="foreign", number=number, compared=number, born_on=past[0])
    warning = "证件号里的出生年份有两种可能，请在“出生日期”一列写明"
    return IdNumber(kind="foreign", number=number, compared=number, warnings=(warning,))


def _region_warnings(number: str) -> list[str]:
    return [] if number[:2] in _PROVINCES else ["前两位不是已知的省级代码，请核对"]
