"""What is told of a provider, read: its name, its unified social credit code (GB 32100), its office's phone."""

import re
from dataclasses import dataclass
from operator import mul

from recipients import cells
from recipients.fault import Fault

LONGEST_NAME = 120  # characters

_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(3**place % 31 for place in range(17))
_SHAPE = re.compile(f"[{_CHARACTERS}]{{18}}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    name: str
    credit_code: str | None
    phone: str | None


def read(*, name: str, credit_code: str | None, phone: str | None) -> Read | tuple[str, Fault]:
    """A provider, or what is wrong with which field."""
    plain = cells.text(name)
    if not plain or len(plain) > LONGEST_NAME:
        return "name", Fault(reason=f"机构名称须为 1 到 {LONGEST_NAME} 个字", remedy="请填写营业执照或登记证书上的名称")
    code = cells.text(credit_code).replace(" ", "").replace("-", "").upper() or None
    if code is not None and not is_credit_code(code):
        return "credit_code", Fault(reason="统一社会信用代码不对", remedy="请对照登记证书逐位核对 18 位代码")
    number = cells.phone(phone)
    if isinstance(number, Fault):
        return "phone", number
    return Read(name=plain, credit_code=code, phone=number.number if number is not None else None)


def is_credit_code(code: str) -> bool:
    """Eighteen characters, the last of which checks the others (GB 32100-2015)."""
    if not _SHAPE.fullmatch(code):
        return False
    values: list[int] = [_CHARACTERS.index(character) for character in code]
    weighted: int = sum(map(mul, _WEIGHTS, values[:17]))
    return -weighted % 31 == values[17]
