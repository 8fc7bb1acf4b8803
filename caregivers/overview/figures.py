"""The figures of the monthly county report; beside "signed", which the form asks for, "kept", which it forgets."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from caregivers.assessment.fees import Fee, Month, yuan_text
from caregivers.overview.keeping import Standing
from core.clock import LOCAL

CLASSES = ("self", "partial", "full")
CLASS_NAMES: Mapping[str, str] = {"self": "全自理", "partial": "部分丧失自理能力", "full": "完全丧失自理能力"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Supported:
    """Somebody supported at the end of the month. The self-care class is as the register holds it today."""

    recipient_id: UUID
    collective: bool
    self_care: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ByClass:
    total: int
    self: int
    partial: int
    full: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FeeTotal:
    """The nursing fee of one class: its standard a month, and what the month's list adds up to, in fen."""

    fee_class: str
    standard_yuan: int
    persons: int
    amount_fen: int
    withheld_fen: int

    @property
    def payable_fen(self) -> int:
        return self.amount_fen - self.withheld_fen


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """`as_of` is the last moment of the month, or now. `signed` are dispersed persons with an agreement in force."""

    month: Month
    as_of: datetime
    collective: ByClass
    dispersed: ByClass
    signed: int
    kept: int
    at_risk: int
    failing: int
    suspended: int
    fees: tuple[FeeTotal, ...]

    @property
    def supported(self) -> int:
        return self.collective.total + self.dispersed.total

    @property
    def unsigned(self) -> int:
        return self.dispersed.total - self.signed


def figures(
    month: Month,
    as_of: datetime,
    *,
    supported: Sequence[Supported],
    agreements: Mapping[UUID, tuple[str, Standing]],
    fees: Iterable[tuple[str, Fee]],
    standards: Mapping[str, int],
) -> Figures:
    """Count. `agreements` are those in force by recipient: their status and how they are kept."""
    dispersed = [one for one in supported if not one.collective]
    found = [agreements[one.recipient_id] for one in dispersed if one.recipient_id in agreements]
    # A suspended agreement is signed, and nobody keeps it: somebody else cares meanwhile.
    standings = Counter(standing for status, standing in found if status != "suspended")
    return Figures(
        month=month,
        as_of=as_of,
        collective=_by_class(one.self_care for one in supported if one.collective),
        dispersed=_by_class(one.self_care for one in dispersed),
        signed=len(found),
        kept=standings["kept"],
        at_risk=standings["at_risk"],
        failing=standings["failing"],
        suspended=sum(status == "suspended" for status, _ in found),
        fees=_fees(list(fees), standards),
    )


def _by_class(classes: Iterable[str]) -> ByClass:
    counts = Counter(classes)
    return ByClass(total=counts.total(), self=counts["self"], partial=counts["partial"], full=counts["full"])


def _fees(fees: Collection[tuple[str, Fee]], standards: Mapping[str, int]) -> tuple[FeeTotal, ...]:
    totals = []
    for fee_class, standard in standards.items():
        mine = [fee for found, fee in fees if found == fee_class]
        totals.append(
            FeeTotal(
                fee_class=fee_class,
                standard_yuan=standard,
                persons=len(mine),
                amount_fen=sum(fee.amount_fen for fee in mine),
                withheld_fen=sum(fee.withheld_fen for fee in mine),
            )
        )
    return tuple(totals)


def moment_of(month: Month, now: datetime) -> datetime:
    """The last moment of a month, or now where it is not over."""
    over = datetime.combine(_next(month.last), time(), LOCAL) - timedelta(microseconds=1)
    return min(over.astimezone(now.tzinfo), now)


def _next(day: date) -> date:
    return day + timedelta(days=1)


def lines(found: Figures) -> list[tuple[str, str | int]]:
    """The report as rows: what is counted, and how much."""
    told: list[tuple[str, str | int]] = [("救助供养人数", found.supported)]
    for name, group in (("集中供养", found.collective), ("分散供养", found.dispersed)):
        told.append((f"{name}人数", group.total))
        told += [(f"{name}：{CLASS_NAMES[one]}", getattr(group, one)) for one in CLASSES]
    told += [
        ("分散供养：已签照料协议人数", found.signed),
        ("分散供养：未签照料协议人数", found.unsigned),
        ("已签协议中：履行正常", found.kept),
        ("已签协议中：有风险", found.at_risk),
        ("已签协议中：履行不力", found.failing),
        ("已签协议中：中止履行", found.suspended),
    ]
    for fee in found.fees:
        name = CLASS_NAMES[fee.fee_class]
        told += [
            (f"照料护理费标准(元/月)：{name}", fee.standard_yuan),
            (f"照料护理费协议份数：{name}", fee.persons),
            (f"照料护理费应计(元)：{name}", yuan_text(fee.amount_fen)),
            (f"照料护理费暂缓(元)：{name}", yuan_text(fee.withheld_fen)),
            (f"照料护理费应发(元)：{name}", yuan_text(fee.payable_fen)),
        ]
    return told
