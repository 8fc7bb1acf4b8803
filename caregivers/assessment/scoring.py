"""What visits and records say of a period, from 0 to 100 with reasons, and the total by the policy's weights.

Nothing here is a number of its own: each occasion to keep the agreement counts once, and the score is the share kept.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal, get_args

from accounts.policy_rows import Weights

Instrument = Literal["recipient", "neighbours", "visits", "records"]
INSTRUMENTS: tuple[Instrument, ...] = get_args(Instrument)
INSTRUMENT_NAMES: Mapping[Instrument, str] = {
    "recipient": "对象评价",
    "neighbours": "邻里评价",
    "visits": "探访情况",
    "records": "服务记录",
}
_WEEK = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """A score and how it came about; without a score there was nothing to judge by, and its weight goes to the rest."""

    score: int | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What visits found in the period. `fine`: care as it should be, and no hazard. `hazards`: found otherwise."""

    made: int
    fine: int
    hazards: int
    failed_cycles: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Records:
    """What was recorded. `attended` are the local days of entries, one for each; `responsible` the caregiver's days."""

    responsible: frozenset[date]
    attended: Sequence[date]
    late: int
    per_week: int
    orders: int
    answered_in_time: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """`weights` are those applied: an instrument without evidence has none."""

    total: int
    weights: Mapping[Instrument, int]


def of_visits(seen: Seen) -> Scored:
    """The share of occasions that were as they should be: a visit, a hazard found otherwise, a failed cycle."""
    occasions = seen.made + seen.hazards + seen.failed_cycles
    if occasions == 0:
        return Scored(score=None, reason="本期没有见到本人的探访记录，本项不计，权重按比例归入其他各项。")
    said = f"本期探访{seen.made}次，其中照料正常、未发现隐患的{seen.fine}次"
    if seen.hazards:
        said += f"；另发现隐患{seen.hazards}项"
    if seen.failed_cycles:
        said += f"；整改不合格{seen.failed_cycles}次"
    score = _percent(Fraction(seen.fine, occasions))
    return Scored(score=score, reason=f"{said}。{seen.fine}÷{occasions}，得{score}分。")


def of_records(records: Records) -> Scored:
    """The share of what should be on record: attendance each week, and answers to orders in time.

    A week with more entries than policy asks does not make up for one with fewer.
    """
    expected, kept = _attendance(records)
    should, has = expected + records.orders, kept + records.answered_in_time
    if should == 0:
        return Scored(score=None, reason="本期没有应有的服务记录，本项不计，权重按比例归入其他各项。")
    said = f"按每周{records.per_week}次，本期应到户{_shown(expected)}次，记录{_shown(kept)}次"
    if records.late:
        said += f"(其中补录{records.late}次)"
    if records.orders:
        said += f"；整改通知{records.orders}份，按期答复{records.answered_in_time}份"
    score = _percent(Fraction(has, should))
    return Scored(score=score, reason=f"{said}。得{score}分。")


def total_of(scores: Mapping[Instrument, int | None], weights: Weights) -> Total | None:
    """The weighted mean, half a point rounded up; None where no instrument with a weight has anything to say."""
    applied = {one: getattr(weights, one) if scores[one] is not None else 0 for one in INSTRUMENTS}
    whole = sum(applied.values())
    if whole == 0:
        return None
    points = sum(applied[one] * (scores[one] or 0) for one in INSTRUMENTS)
    return Total(total=_half_up(Fraction(points, whole)), weights=applied)


def _attendance(records: Records) -> tuple[Fraction, Fraction]:
    """What was expected and what of it was kept, week by week from the first responsible day."""
    if not records.responsible:
        return Fraction(), Fraction()
    begins, ends = min(records.responsible), max(records.responsible)
    counted = _counted(records.attended, a_day=-(-records.per_week // 7))
    expected = kept = Fraction()
    while begins <= ends:
        week = {begins + timedelta(days=number) for number in range(7)}
        due = Fraction(records.per_week * len(week & records.responsible), 7)
        expected += due
        kept += min(due, Fraction(sum(counted.get(day, 0) for day in week)))
        begins += _WEEK
    return expected, kept


def _counted(attended: Iterable[date], *, a_day: int) -> Mapping[date, int]:
    """Entries by day, no more of one day than policy asks of it: twice in an hour is not twice."""
    found: dict[date, int] = {}
    for day in attended:
        found[day] = min(a_day, found.get(day, 0) + 1)
    return found


def _percent(share: Fraction) -> int:
    return _half_up(share * 100)


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _shown(value: Fraction) -> str:
    return f"{float(value):.1f}".removesuffix(".0")
