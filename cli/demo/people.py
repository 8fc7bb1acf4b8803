"""The invented people of the sample ledger. County code 120199 is given to no county: no number here is anybody's."""

import csv
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from recipients.id_number import check_character

HERE = Path(__file__).parent
AREAS = HERE / "areas.csv"
TOWNSHIP_CODE = "120199100000"
COUNTY = "120199"
MADE_ON = date(2025, 9, 30)
SEED = 20250930

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎单仇区解翟"
)
_MEN = "国强建国德才福来春生长河志刚宝山玉田永和树林金库文祥庆余连生守义万里满仓有福秋实"
_WOMEN = "秀兰桂英玉珍淑芬凤霞春花素琴月娥桂荣翠莲兰芝淑贞玉梅秀荣惠敏金凤瑞芝桂香美云喜莲"
_HER_RELATIONS, _HIS_RELATIONS = "邻居侄女妹妹村民弟媳", "邻居侄子弟弟村民堂弟"


@dataclass(kw_only=True)
class Person:
    """What the township knows of somebody, before anybody writes it into cells."""

    kind: str
    village: str
    name: str
    woman: bool
    born_on: date
    id_number: str
    lost: str = ""  # indicators not met, by their Chinese names
    categories: list[str] = field(default_factory=list)
    disability: tuple[str, str] = ("", "")
    alone: bool = False
    guardian: tuple[str, str] = ("", "")
    emergency: tuple[str, str] = ("", "")
    keyholder: tuple[str, str] = ("", "")
    phone: str = ""
    caregiver: str = ""
    relation: str = ""
    visitor: str = ""
    every: int = 30
    seen_on: date = MADE_ON
    agreement: tuple[str, date, date] = ("", MADE_ON, MADE_ON)
    consent: bool = True
    remarks: str = ""


# Who there is, and how many of each. The first five kinds are high risk: twelve people.
_KINDS = (
    ("aged-alone", 6),
    ("full", 3),
    ("minor", 1),
    ("dementia", 1),
    ("ill", 1),
    ("aged", 10),
    ("disabled", 14),
    ("alone", 16),
    ("partial", 8),
    ("ordinary", 90),
)
_LOST = {
    "full": "上下床 如厕 室内行走 洗澡",
    "partial": "如厕 洗澡",
    "dementia": "洗澡",
}


def villages() -> list[str]:
    """The township's villages today, from the sample areas."""
    with AREAS.open(encoding="utf-8", newline="") as file:
        return [row["名称"] for row in csv.DictReader(file) if row["上级代码"] == TOWNSHIP_CODE and not row["停用日期"]]


def people() -> list[Person]:
    """All 150, village by village, in the order of the ledger; the same ones every time."""
    chance = random.Random(SEED)
    names = villages()
    kinds = [kind for kind, count in _KINDS for _ in range(count)]
    chance.shuffle(kinds)
    where = sorted(chance.randrange(len(names)) for _ in kinds)
    visitors = [_name(chance, woman=chance.random() < 0.5) for _ in names]
    return [
        _person(chance, number, kind, names[village], visitors[village])
        for number, (kind, village) in enumerate(zip(kinds, where, strict=True), start=1)
    ]


def _person(chance: random.Random, number: int, kind: str, village: str, visitor: str) -> Person:
    woman = chance.random() < 0.3
    born_on = _born_on(chance, kind)
    her = chance.random() < 0.6  # the caregiver
    person = Person(
        kind=kind,
        village=village,
        name=_name(chance, woman=woman),
        woman=woman,
        born_on=born_on,
        id_number=_id_number(born_on, number, woman),
        lost=_LOST.get(kind, ""),
        alone=kind in {"aged-alone", "alone"},
        phone=_phone(number) if chance.random() < 0.8 else "",
        emergency=(_name(chance, woman=False), _phone(1_000 + number)),
        keyholder=(_name(chance, woman=True), _phone(2_000 + number)),
        caregiver=_name(chance, woman=her),
        relation=_pair(chance, _HER_RELATIONS if her else _HIS_RELATIONS),
        visitor=visitor,
        seen_on=MADE_ON - timedelta(days=chance.randrange(1, 28)),
        consent=chance.random() < 0.9,
    )
    starts_on = date(2025, chance.randrange(1, 8), chance.randrange(1, 28))
    ends_on = starts_on.replace(year=2028) - timedelta(days=1)
    person.agreement = (f"柳协〔2025〕{number:03d}号", starts_on, ends_on)
    _describe(chance, person)
    return person


def _describe(chance: random.Random, person: Person) -> None:
    """Categories and the rest that follow from the kind."""
    kind = person.kind
    if kind in {"aged-alone", "aged"}:
        person.categories.append("高龄")
    if kind == "full":
        person.categories.append("失能")
    if kind == "ill":
        person.categories.append("重病")
        person.remarks = "每周透析两次"
    if kind == "dementia":
        person.categories.append("失智")
    if kind == "minor":
        person.categories.append("未成年人")
        person.guardian = (_name(chance, woman=True), _phone(3_001))
        person.remarks = "在镇中心小学就读"
    if kind == "disabled":
        person.categories.append("重残")
        person.disability = (chance.choice(["肢体", "视力", "听力", "智力", "精神"]), chance.choice(["一级", "二级"]))
    if person.alone:
        person.categories.append("独居")
    if kind in {"aged-alone", "full", "minor", "dementia", "ill"}:
        person.every = 7
        person.seen_on = MADE_ON - timedelta(days=chance.randrange(1, 6))


def _born_on(chance: random.Random, kind: str) -> date:
    # Far from the ages that decide, so that the sample keeps its risks for years to come.
    first, last = {"aged-alone": (1934, 1941), "aged": (1936, 1942), "minor": (2015, 2016)}.get(kind, (1951, 1966))
    return date(chance.randint(first, last), chance.randint(1, 12), chance.randint(1, 28))


def _id_number(born_on: date, number: int, woman: bool) -> str:
    sequence = number * 2 + (0 if woman else 1)
    seventeen = f"{COUNTY}{born_on:%Y%m%d}{sequence:03d}"
    return seventeen + check_character(seventeen)


def _name(chance: random.Random, *, woman: bool) -> str:
    return chance.choice(_SURNAMES) + _pair(chance, _WOMEN if woman else _MEN)


def _pair(chance: random.Random, words: str) -> str:
    """One of the two-character words written one after another."""
    start = 2 * chance.randrange(len(words) // 2)
    return words[start : start + 2]


def _phone(number: int) -> str:
    return f"1990000{number:04d}"
