"""The nursing fee of a month: who is due how much for which days, what is withheld and why. No money moves here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from caregivers.assessment.periods import Period, aligned_end, spoken
from caregivers.assessment.responsible import InForce, Stretch, days

State = Literal["due", "withheld", "released"]
STATE_NAMES: dict[State, str] = {"due": "应发", "withheld": "暂缓发放", "released": "恢复发放"}

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)
_FEN = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """A calendar month."""

    year: int
    month: int

    @classmethod
    def of(cls, text: str) -> "Month":
        """Read "2026-03". ValueError for anything else."""
        match = _MONTH.fullmatch(text)
        if match is None:
            raise ValueError(f"not a month: {text!r}")
        return cls(year=int(match[1]), month=int(match[2]))

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return aligned_end(self.first, 1)

    def __str__(self) -> str:
        return f"{self.year}-{self.month:02}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """An assessment that has been settled, as far as the fee depends on it."""

    period: Period
    total: int
    withholds: bool
    rectified_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fee:
    """One agreement's fee of one month, in fen (1/100 yuan). What is withheld is part of the amount."""

    days: int
    amount_fen: int
    withheld_fen: int
    state: State
    why: str

    @property
    def payable_fen(self) -> int:
        return self.amount_fen - self.withheld_fen


def fee_of(
    in_force: InForce,
    *,
    yuan: int,
    others: Iterable[Stretch],
    judged: Iterable[Judged],
    month: Month,
    today: date,
) -> Fee | None:
    """The fee of an agreement for a month, up to today where the month is not over; None where it was not in force.

    Days on which temporary care stood in from morning to midnight are not the caregiver's. A whole month is the
    monthly fee; a part of one is that fee by the days of the month, half a fen rounded up. An unqualified assessment
    withholds the days of its own period, and no others, until the caregiver has put things right.
    """
    last = min(month.last, today)
    if not (in_force.first <= last and in_force.last >= month.first):
        return None
    covered = days(in_force, others, first=month.first, last=last)
    against = [one for one in judged if one.withholds and _touches(one.period, covered)]
    standing = [one for one in against if one.rectified_on is None]
    withheld = frozenset(day for one in standing for day in covered if one.period.from_on <= day <= one.period.to_on)
    return Fee(
        days=len(covered),
        amount_fen=_pro_rata(yuan, len(covered), month),
        withheld_fen=_pro_rata(yuan, len(withheld), month),
        state="withheld" if standing else "released" if against else "due",
        why="".join(_because(one) for one in against),
    )


def _touches(period: Period, covered: Iterable[date]) -> bool:
    return any(period.from_on <= day <= period.to_on for day in covered)


def _pro_rata(yuan: int, count: int, month: Month) -> int:
    whole = (month.last - month.first + timedelta(days=1)).days
    return (2 * yuan * _FEN * count + whole) // (2 * whole)


def _because(one: Judged) -> str:
    unqualified = f"{one.period}考核{one.total}分，不合格"
    if one.rectified_on is None:
        return f"{unqualified}，整改合格前暂缓发放。"
    return f"{unqualified}，已于{spoken(one.rectified_on)}整改合格，恢复发放。"


def yuan_text(fen: int) -> str:
    """12345 → "123.45"."""
    return f"{fen // _FEN}.{fen % _FEN:02}"
