"""The fields of one ledger row, read one by one."""

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal, TypedDict

from recipients import cells, self_care
from recipients.cells import Cell
from recipients.columns import TITLE_OF
from recipients.fault import Fault
from recipients.id_number import IdNumber, Sex
from recipients.risk import age_on
from recipients.row import Row
from recipients.self_care import INDICATOR_WORDS, INDICATORS, Indicator, SelfCare

Support = Literal["dispersed", "collective"]
Method = Literal["door", "phone", "video"]

LONGEST_NAME, LONGEST_REMARK = 40, 1_000  # characters
AGREEMENT_YEARS_AHEAD = 20  # an end later than that is a slip of the hand, not a term
AGREEMENT_STARTS_WITHIN = timedelta(days=366)
OLDEST_VISIT_YEAR = 2000
AGE_MAY_DIFFER = 1  # years: nominal age (虚岁), or a ledger printed before the birthday

SEX_WORDS: dict[Sex, str] = {"male": "男", "female": "女"}
SUPPORT_WORDS: dict[Support, str] = {"dispersed": "分散供养", "collective": "集中供养"}
METHOD_WORDS: dict[Method, str] = {"door": "入户", "phone": "电话", "video": "视频"}
GRADE_WORDS: dict[int, str] = {1: "一级", 2: "二级", 3: "三级", 4: "四级"}

_SEX_SAID: dict[str, Sex] = {"男": "male", "女": "female", "男性": "male", "女性": "female"}
_SUPPORT_SAID: dict[str, Support] = {
    **dict.fromkeys(("分散供养", "分散", "居家", "居家供养"), "dispersed"),
    **dict.fromkeys(("集中供养", "集中", "机构供养"), "collective"),
}
_METHOD_SAID: dict[str, Method] = {
    **dict.fromkeys(("入户", "上门", "当面", "见面", "实地", "入户走访", "上门走访"), "door"),
    **dict.fromkeys(("电话", "打电话", "电话联系", "电话走访"), "phone"),
    **dict.fromkeys(("视频", "微信视频", "视频通话"), "video"),
}


# --- who it is ---

_DOTS = re.compile(r"[•‧・.∙⋅]")
_BETWEEN_HAN = re.compile(r"(?<=[⺀-鿿豈-﫿𠀀-𿿿]) (?=[⺀-鿿豈-﫿𠀀-𿿿])")


def name(row: Row) -> str | None:
    found = row.take("name", _name)
    if (
        found is not None
        and not found.isalpha()
        and any(unicodedata.category(character) == "Co" for character in found)
    ):
        row.warn("name", "含有别的电脑上显示不出来的造字，请核对")
    return found


def _name(cell: Cell) -> str | Fault:
    written = cells.text(cell)
    if not written.isalpha():
        written = _BETWEEN_HAN.sub("", _DOTS.sub("·", written))
    if written in cells.NOTHING:
        return Fault(reason="没有填写", remedy="请填写姓名")
    if len(written) > LONGEST_NAME:
        return Fault(reason=f"超过 {LONGEST_NAME} 个字", remedy="只填姓名，说明写到备注")
    if not all(_belongs_in_a_name(character) for character in written):
        return Fault(reason="姓名里有数字、括号或符号", remedy="只填姓名，说明写到备注")
    return written


def _belongs_in_a_name(character: str) -> bool:
    # Rare characters may be private-use ones, or newer than the Unicode tables of this Python.
    return character.isalpha() or character in "· '-" or unicodedata.category(character) in {"Co", "Cn"}


def sex(row: Row, identity: IdNumber | None) -> Sex | None:
    """The identity number decides; a cell that says otherwise is a warning."""
    said = row.one_of("sex", _SEX_SAID)
    if identity is None:
        return said
    if identity.sex is not None:
        if said is not None and said != identity.sex:
            row.warn("sex", f"写了“{SEX_WORDS[said]}”，按身份证号是“{SEX_WORDS[identity.sex]}”，以身份证号为准")
        return identity.sex
    if said is None:
        row.fault("sex", Fault(reason="没有填写，身份证号也看不出", remedy="请填“男”或“女”"))
    return said


def born_on(row: Row, identity: IdNumber | None) -> date | None:
    """From the identity number where it tells, else from its own column."""
    said = row.day("born_on")
    if said is not None and said > row.today:
        row.fault("born_on", Fault(reason="在今天之后", remedy="请核对年份"))
        return None
    if identity is None or identity.born_on is None:
        return said
    if said is not None and (said.year, said.month) != (identity.born_on.year, identity.born_on.month):
        row.warn("born_on", "与身份证号不一致，以身份证号为准")
    return identity.born_on


def age(row: Row, born: date | None) -> int | None:
    """Counted from the birthday; the age a ledger states is only compared, or used where no birthday is known."""
    said = row.take("age", _age)
    if born is None:
        return said
    counted = age_on(born, row.today)
    if said is not None and abs(said - counted) > AGE_MAY_DIFFER:
        row.warn("age", f"写了 {said} 岁，按出生日期是 {counted} 岁，以出生日期为准")
    return counted


def _age(cell: Cell) -> int | Fault | None:
    written = cells.squeezed(cell).removesuffix("周岁").removesuffix("岁")
    if written in cells.NOTHING:
        return None
    if written.isdecimal() and len(written) <= 3 and int(written) <= 130:
        return int(written)
    return Fault(reason="不是年龄", remedy="请填周岁数，例如 76")


# --- what they can do ---


def ability(row: Row) -> tuple[SelfCare | None, dict[Indicator, bool] | None]:
    """Class and, where given, the six indicators; from six columns or from one text."""
    said = row.take("self_care", self_care.read_class)
    able = _six_columns(row)
    written = row.take("indicators", self_care.read_indicators)
    if able is not None and written is not None and able != written:
        row.fault("indicators", Fault(reason="与六列指标不一致", remedy="请核实后改成一致"))
    able = able or written
    if any(known.column in _ABILITY_TITLES for known in row.problems):
        return None, None
    settled = self_care.settle(able=able, said=said)
    if isinstance(settled, Fault):
        row.fault("self_care", settled)
        return None, None
    return settled, able


_ABILITY_TITLES = {TITLE_OF[one] for one in ("self_care", "indicators", *INDICATORS)}


def _six_columns(row: Row) -> dict[Indicator, bool] | None:
    marks = {one: row.take(one, self_care.read_mark) for one in INDICATORS if one in row.cells}
    given: dict[Indicator, bool] = {one: mark for one, mark in marks.items() if mark is not None}
    if not given:
        return None
    if len(given) < len(INDICATORS):
        missing = next(one for one in INDICATORS if one not in given)
        fault = Fault(reason=f"六项指标缺少“{INDICATOR_WORDS[missing]}”", remedy="请把六项都填上“能”或“不能”")
        row.fault(missing if missing in row.cells else next(iter(given)), fault)
        return None
    return given


_KINDS = ("视力", "听力", "言语", "语言", "肢体", "智力", "精神", "多重")
_GRADES = {"一": 1, "二": 2, "三": 3, "四": 4, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "I": 1, "II": 2, "III": 3, "IV": 4}
_DISABILITY = re.compile(
    rf"(?P<kinds>(?:(?:{'|'.join(_KINDS)})(?:残疾)?[、,/和]?)*)(?P<grade>[一二三四壹贰叁肆1-4]|I{{1,3}}|IV)?级?(?:残疾)?"
)


def disability(row: Row) -> tuple[str | None, int | None]:
    """Kind and grade of the certificate; “肢体二级” in one cell is both."""
    kind, grade_beside_kind = row.take("disability_kind", _disability) or (None, None)
    kind_beside_grade, grade = row.take("disability_grade", _disability) or (None, None)
    if grade and grade_beside_kind and grade != grade_beside_kind:
        row.fault("disability_grade", Fault(reason="与残疾类别里写的等级不一致", remedy="请对照残疾证核实"))
    kind, grade = kind or kind_beside_grade, grade or grade_beside_kind
    if kind and not grade:
        row.warn("disability_grade", "有残疾类别，没有等级")
    return kind, grade


@lru_cache(maxsize=1024, typed=True)
def _disability(cell: Cell) -> tuple[str | None, int | None] | Fault:
    written = cells.squeezed(cell).replace("(", "").replace(")", "")
    if written in cells.NOTHING or written in {"否", "无残疾", "非残疾"}:
        return None, None
    found = _DISABILITY.fullmatch(written.upper())
    if found is None:
        return Fault(
            reason="看不懂残疾类别或等级", remedy="类别请写视力、听力、言语、肢体、智力、精神或多重，等级写一级到四级"
        )
    kinds = [one for one in _KINDS if one in found["kinds"]]
    grade = found["grade"]
    return "、".join(kinds) or None, _GRADES.get(grade) or int(grade) if grade else None


# --- where, with whom, by whom ---

_ALONE = frozenset({"独居", "独自居住", "一人", "单独居住", "一人居住", "1人"})
_NOT_ALONE = frozenset({"非独居", "不独居", "同住", "合住", "与家人同住", "与人同住"})
_CONSENTS = frozenset({"同意", "已同意", "已授权", "授权", "已签", "已签订", "已签字"})
_REFUSES = frozenset({"不同意", "未同意", "未授权", "未签", "拒绝", "不授权"})


def living_alone(row: Row) -> bool | None:
    return row.take("living_alone", _living_alone)


def _living_alone(cell: Cell) -> bool | Fault | None:
    if cells.squeezed(cell).endswith("同住"):
        return False
    return cells.yes_or_no(cell, also_yes=_ALONE, also_no=_NOT_ALONE)


def support(row: Row) -> Support:
    """A ledger of dispersed recipients rarely has the column."""
    return row.one_of("support", _SUPPORT_SAID) or "dispersed"


def agreement(row: Row) -> tuple[date | None, date | None]:
    starts_on, ends_on = row.day("agreement_starts_on"), row.day("agreement_ends_on")
    if starts_on is not None and starts_on > row.today + AGREEMENT_STARTS_WITHIN:
        row.fault("agreement_starts_on", Fault(reason="在一年以后", remedy="请核对年份"))
    if ends_on is not None and ends_on.year > row.today.year + AGREEMENT_YEARS_AHEAD:
        row.fault("agreement_ends_on", Fault(reason=f"{ends_on.year} 年太远，不像协议期限", remedy="请核对年份"))
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        row.fault("agreement_ends_on", Fault(reason="早于协议开始", remedy="请核对两个日期"))
    if ends_on is not None and ends_on < row.today:
        row.warn("agreement_ends_on", f"协议已于 {ends_on.isoformat()} 到期")
    return starts_on, ends_on


def last_seen_on(row: Row) -> date | None:
    seen_on = row.day("last_seen_on")
    if seen_on is None:
        return None
    if seen_on > row.today:
        row.fault("last_seen_on", Fault(reason="在今天之后", remedy="请核对年份；还没有发生的探访不要填"))
    elif seen_on.year < OLDEST_VISIT_YEAR:
        row.fault("last_seen_on", Fault(reason=f"早于 {OLDEST_VISIT_YEAR} 年", remedy="请核对年份"))
    return seen_on


_AS_HUKOU = frozenset(
    {"同户籍", "同户籍地", "同户籍地址", "与户籍一致", "与户籍地一致", "与户籍地址一致", "同户籍所在地"}
)
_DITTO = frozenset({"同上", "同左", "同前", "″", '"', "〃"})


def addresses(row: Row) -> tuple[str | None, str | None]:
    """Where registered, where living. “同上” is refused: the row above, or the column before?"""
    registered, living = row.words("hukou_address"), row.words("address")
    for field, value in (("hukou_address", registered), ("address", living)):
        if value in _DITTO:
            row.fault(field, Fault(reason=f"“{value}”看不出指哪里", remedy="请写出地址；与户籍相同的，写“同户籍地址”"))
    return registered, registered if living in _AS_HUKOU else living


class Plain(TypedDict):
    """Fields that are taken as they stand."""

    serial: str | None
    hukou_address: str | None
    address: str | None
    phone: str | None
    guardian: str | None
    guardian_phone: str | None
    emergency: str | None
    emergency_phone: str | None
    keyholder: str | None
    keyholder_phone: str | None
    entry_consent: bool | None
    caregiver: str | None
    caregiver_relation: str | None
    agreement_number: str | None
    visit_every_days: int | None
    visitor: str | None
    last_seen_how: Method | None
    open_hazards: str | None
    curtain_watcher: str | None
    remarks: str | None


def plain(row: Row) -> Plain:
    registered, living = addresses(row)
    return Plain(
        serial=row.words("serial", LONGEST_NAME),
        hukou_address=registered,
        address=living,
        phone=row.phone("phone"),
        guardian=row.words("guardian", LONGEST_NAME),
        guardian_phone=row.phone("guardian_phone"),
        emergency=row.words("emergency", LONGEST_NAME),
        emergency_phone=row.phone("emergency_phone"),
        keyholder=row.words("keyholder", LONGEST_NAME),
        keyholder_phone=row.phone("keyholder_phone"),
        entry_consent=row.take(
            "entry_consent", lambda cell: cells.yes_or_no(cell, also_yes=_CONSENTS, also_no=_REFUSES)
        ),
        caregiver=row.words("caregiver", LONGEST_NAME),
        caregiver_relation=row.words("caregiver_relation", LONGEST_NAME),
        agreement_number=row.words("agreement_number", LONGEST_NAME),
        visit_every_days=row.take("visit_every_days", cells.days),
        visitor=row.words("visitor", LONGEST_NAME),
        last_seen_how=row.one_of("last_seen_how", _METHOD_SAID),
        open_hazards=row.words("open_hazards", LONGEST_REMARK),
        curtain_watcher=row.words("curtain_watcher", LONGEST_NAME),
        remarks=row.words("remarks", LONGEST_REMARK),
    )
