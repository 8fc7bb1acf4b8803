"""Existing agreements as a ledger states them: which go on in the system, and why the others do not."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from uuid import UUID

from recipients import fields
from recipients.care_told import CareTold
from recipients.columns import TITLE_OF
from recipients.fault import Problem
from recipients.row import Row


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Kept:
    """The agreement the system keeps for somebody: the one under way, else the last that was ever in force.

    `caregiver` is None where they are registered out of the caller's sight. `new`: taken over since the import.
    """

    status: str
    number: str | None
    caregiver: str | None
    starts_on: date
    ends_on: date
    ended_on: date | None
    ended_reason: str | None
    undecided: bool = False  # a mandatory case stands in the way of its going on
    new: bool = False

    @property
    def in_force(self) -> bool:
        return self.status in ("active", "suspended")


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Named:
    """Somebody registered as a caregiver in a village, under a name a ledger uses there."""

    id: UUID
    area_id: int
    name: str
    phone: str | None
    account_id: UUID | None
    active: bool
    barred: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class NotTakenOver:
    """A row whose agreement stays outside, with every reason and what to do; neither repeats a name or a number."""

    number: int
    recipient_id: UUID
    problems: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Flagged:
    """A row that was taken over as it is, and that somebody should look at."""

    number: int
    recipient_id: UUID
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenOver:
    """What has become of the agreements of an import.

    `taken_over` came by it; `kept` were in the system before, as the ledger has them; `without` are people of whose
    care nothing is told and nothing kept; `waiting` can be taken over and have not been yet.
    """

    taken_over: int = 0
    kept: int = 0
    without: int = 0
    waiting: int = 0
    not_taken_over: tuple[NotTakenOver, ...] = ()
    flagged: tuple[Flagged, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Ready:
    """An agreement to be taken over. Without `caregiver_id` it is with somebody not registered yet."""

    told: CareTold
    caregiver: str
    starts_on: date
    ends_on: date
    caregiver_id: UUID | None

    @property
    def who(self) -> tuple[int, str, str | None]:
        """Of one village, one name and one telephone: one person."""
        return self.told.area_id, self.caregiver, self.told.caregiver_phone


@dataclass(kw_only=True, slots=True)
class Judged:
    """The rows of an import by what can become of their agreements; the counts are as of `TakenOver`."""

    ready: list[Ready] = field(default_factory=list)
    refused: list[NotTakenOver] = field(default_factory=list)
    taken_over: int = 0
    kept: int = 0
    without: int = 0

    def refuse(self, row: CareTold, problems: Sequence[Problem]) -> None:
        self.refused.append(NotTakenOver(number=row.number, recipient_id=row.recipient_id, problems=tuple(problems)))


def judge(
    told: Sequence[CareTold],
    kept: Mapping[UUID, Kept],
    named: Sequence[Named],
    *,
    arranged: Collection[UUID] = (),
    on: date,
) -> Judged:
    """Every row by itself, then against the others: a number written twice counts for its first row only.

    `arranged`: people of whose care somebody has said otherwise in the system since.
    """
    found = Judged()
    numbers: dict[str, int] = {}
    namesakes: dict[tuple[int, str], list[Named]] = {}
    for one in named:
        namesakes.setdefault((one.area_id, one.name), []).append(one)
    for row in told:
        known = kept.get(row.recipient_id)
        if row.agreement_number is not None:
            numbers.setdefault(row.agreement_number, row.number)
        if known is not None and known.in_force and not differences(row, known):
            found.taken_over += known.new
            found.kept += not known.new
        elif known is not None and not known.in_force and not row.supported:
            continue  # it ended with their support: nothing is owed, and nothing amiss
        elif not row.tells:
            found.without += row.supported
        elif problems := _of_the_system(row, known) or _of_the_row(row, on) or _of_others(row, numbers):
            found.refuse(row, problems)
        elif row.recipient_id in arranged:
            found.refuse(
                row, [_problem("系统里已安排临时照料，或已报告无人照料，以系统里的为准", "请在系统里新签协议")]
            )
        else:
            _with_whom(row, namesakes, found)
    return found


@lru_cache(maxsize=32_768)  # more than the names of one ledger
def person_name(written: str) -> str | None:
    """A name as the register writes it; None for what is no one person's name."""
    return fields.name(Row({"name": written}, date.min))


# --- against what the system keeps: from the take-over on that is the truth ---


def differences(row: CareTold, known: Kept) -> tuple[str, ...]:
    """The columns in which the ledger says something else than the agreement in the system."""
    caregiver = person_name(row.caregiver) or row.caregiver if row.caregiver else None
    said = {
        "caregiver": (caregiver, known.caregiver or caregiver),
        "agreement_number": (row.agreement_number, known.number),
        "agreement_starts_on": (row.agreement_starts_on, known.starts_on),
        "agreement_ends_on": (row.agreement_ends_on, known.ends_on),
    }
    return tuple(TITLE_OF[word] for word, (told, held) in said.items() if told is not None and told != held)


def _of_the_system(row: CareTold, known: Kept | None) -> list[Problem]:
    if known is None or _renews(row, known):
        return []
    if known.in_force:
        columns = "、".join(differences(row, known))
        return [_problem(f"{columns}与系统里的协议不同，以系统里的为准", "要改协议的，请在系统里变更、续签或终止")]
    if known.status != "ended":
        return [_problem("系统里正在签订协议，以系统里的为准", "请在系统里办完签订")]
    return [_problem("系统里有过协议，已经终止；台账不能使它恢复", "照料仍在继续的，请在系统里新签协议")]


def _renews(row: CareTold, known: Kept) -> bool:
    """Run out in the system and gone on on paper: what a township does that still keeps its ledger by hand."""
    if known.ended_reason != "expired" or known.ended_on is None or known.undecided:
        return False
    return row.agreement_starts_on is not None and row.agreement_starts_on > known.ended_on


# --- by itself ---

_ORGANISATION = re.compile(r"公司|中心|机构|敬老院|养老院|福利院|护理院|服务[社站队]|合作社|协会|[村居]委会|社区$")


def _of_the_row(row: CareTold, on: date) -> list[Problem]:
    if not row.supported:
        return [_problem("不在分散供养，不需要照料协议", "实为分散供养的，请先更正供养方式或状态")]
    return [*_of_caregiver(row), *_of_term(row, on)]


def _of_caregiver(row: CareTold) -> list[Problem]:
    if row.caregiver is None:
        return [_of("caregiver", "没有填写", "请补上照料人姓名后重新导入，或在系统里登记协议")]
    if _ORGANISATION.search(row.caregiver):
        return [_of("caregiver", "像是单位，不是照料人", "请在系统里登记服务机构和它的护理员，再登记协议")]
    name = person_name(row.caregiver)
    if name is None:
        return [_of("caregiver", "不是一个人的姓名", "只填一名照料人的姓名；有几人的，请在系统里登记协议")]
    if name == row.name:
        return [_of("caregiver", "与本人同名；照料人不能是本人", "请核实后更正")]
    if name in row.visitors:
        return [_of("caregiver", "与探访人同名；照料人不能探访自己照料的人", "请核实；确是同一人的，请先更换探访人")]
    return []


def _of_term(row: CareTold, on: date) -> list[Problem]:
    starts_on, ends_on = row.agreement_starts_on, row.agreement_ends_on
    found = [
        _of(word, "没有填写", "请补上日期后重新导入，或在系统里登记协议")
        for word, day in (("agreement_starts_on", starts_on), ("agreement_ends_on", ends_on))
        if day is None
    ]
    if starts_on is not None and starts_on > on:
        found.append(_of("agreement_starts_on", "还没有开始", "请先在系统里安排照料；开始以后再导入"))
    if ends_on is not None and ends_on < (starts_on or ends_on):
        found.append(_of("agreement_ends_on", "早于协议开始", "请核对两个日期"))
    elif ends_on is not None and ends_on < on:
        remedy = "已经续签的，请更正日期后重新导入；没有续签的，请在系统里新签"
        found.append(_of("agreement_ends_on", "协议已到期", remedy))
    return found


# --- against the others ---


def _of_others(row: CareTold, numbers: Mapping[str, int]) -> list[Problem]:
    first = numbers.get(row.agreement_number or "", row.number)
    if first == row.number:
        return []
    return [_of("agreement_number", f"与第 {first} 行相同", "一人一份协议、一个编号；请更正后重新导入")]


def _with_whom(row: CareTold, namesakes: Mapping[tuple[int, str], Sequence[Named]], found: Judged) -> None:
    """Whose agreement it is: of one village, one name and one telephone, the one who is registered already.

    A telephone known on one side only tells neither way: they stay two, and somebody is told to look. But who is
    barred is not let in for having been written down without one.
    """
    assert row.caregiver and row.agreement_starts_on and row.agreement_ends_on
    name = person_name(row.caregiver)
    assert name is not None
    phone, known = row.caregiver_phone, namesakes.get((row.area_id, name), ())
    if any(one.barred and (None in (one.phone, phone) or one.phone == phone) for one in known):
        found.refuse(row, [_of("caregiver", "不符合担任照料人的条件", "请联系区民政局")])
        return
    same = [one for one in known if one.active and one.phone == phone]
    if len(same) > 1:
        found.refuse(row, [_of("caregiver", "本村登记有几名同名的照料人", "请在系统里为其中一人登记协议")])
        return
    if any(one.account_id is not None and one.account_id == row.visit_worker_id for one in same):
        found.refuse(row, [_of("caregiver", "是这名对象的走访员，不能走访自己照料的人", "请先更换走访员")])
        return
    found.ready.append(
        Ready(
            told=row,
            caregiver=name,
            starts_on=row.agreement_starts_on,
            ends_on=row.agreement_ends_on,
            caregiver_id=same[0].id if same else None,
        )
    )


def outcome(judged: Judged, flagged: Sequence[Flagged], *, tried: bool) -> TakenOver:
    """What to tell. `tried`: everything that could be taken over has been; what did not go in bears a taken number."""
    if tried:
        for one in judged.ready:
            judged.refuse(one.told, [NUMBER_TAKEN])
    return TakenOver(
        taken_over=judged.taken_over,
        kept=judged.kept,
        without=judged.without,
        waiting=0 if tried else len(judged.ready),
        not_taken_over=tuple(sorted(judged.refused, key=lambda one: one.number)),
        flagged=tuple(flagged),
    )


def _of(word: str, reason: str, remedy: str) -> Problem:
    return Problem(column=TITLE_OF[word], reason=reason, remedy=remedy)


def _problem(reason: str, remedy: str) -> Problem:
    return Problem(column="照料协议", reason=reason, remedy=remedy)


NUMBER_TAKEN = _of("agreement_number", "本区已有一份同号的协议", "请核对编号，更正后重新导入")
