"""The monthly county report over HTTP: signed and kept side by side, and the same as a workbook."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import Parameter

from accounts.permissions import Account
from api.imports import XLSX, workbook_answer
from api.values import AreaId, AreaIdInAddress
from caregivers.assessment.actions.exporting import refuse_unseen
from caregivers.assessment.fees import Month, yuan_text
from caregivers.assessment.refusals import NoSuchMonth
from caregivers.overview.actions import export_figures
from caregivers.overview.figures import CLASS_NAMES, ByClass, FeeTotal, Figures
from caregivers.overview.queries import land_of, monthly_figures
from core import db
from recipients.purpose import LONGEST, SHORTEST, Purpose

_MONTH = "月份，如 2026-03；本月截至现在。"


class ClassCounts(msgspec.Struct, frozen=True, kw_only=True):
    """人数，按自理能力。"""

    total: int
    self: int
    partial: int
    full: int


class SignedAndKept(msgspec.Struct, frozen=True, kw_only=True):
    """签了协议不等于履行：签约人数，以及其中履行正常、有风险、履行不力、中止的人数。"""

    signed: int
    unsigned: int
    kept: int
    at_risk: int
    failing: int
    suspended: int


class FeeOfClass(msgspec.Struct, frozen=True, kw_only=True):
    """一类自理能力的照料护理费：标准(元/月)、协议份数、合计金额(元)。"""

    fee_class: str
    fee_class_name: str
    standard_yuan: int
    agreements: int
    amount: str
    withheld: str
    payable: str


class MonthlyFigures(msgspec.Struct, frozen=True, kw_only=True):
    """月报数字，截至 as_of。自理能力等级按现有登记。"""

    month: str
    as_of: datetime
    supported: int
    collective: ClassCounts
    dispersed: ClassCounts
    agreements: SignedAndKept
    fees: list[FeeOfClass]


class FiguresExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """导出哪个月、哪个区划的月报，以及用途。"""

    month: Annotated[str, msgspec.Meta(max_length=7, description=_MONTH)]
    purpose: Purpose
    note: Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)]
    area_id: AreaId | None = None


class FiguresOfMonths(Controller):
    """月报"""

    path = "/figures"
    tags = ("月报",)

    @get("/monthly", opt={"permission": "matters.read"})
    async def monthly(
        self,
        by: Account,
        now: datetime,
        month: Annotated[str, Parameter(max_length=7, description=_MONTH)],
        area_id: AreaIdInAddress = None,
    ) -> MonthlyFigures:
        """一个月的救助供养月报：集中、分散人数，签约和履行人数，照料护理费标准和合计。"""
        wanted = _month(month)
        async with db.transaction(by.scope):
            await refuse_unseen(wanted, area_id, now=now)
            land = await land_of(by.area_ids, within=area_id)
            found = await monthly_figures(land.areas, wanted, area_id=area_id, district_id=by.district_id, now=now)
        return _card(found)

    @post("/monthly/export", opt={"permission": "matters.read"}, status_code=200, media_type=XLSX)
    async def export(self, data: FiguresExport, by: Account, now: datetime) -> Response[bytes]:
        """月报工作簿，只有数字；每次导出都先登记再生成。"""
        month = _month(data.month)
        content = await export_figures(month, data.area_id, purpose=data.purpose, note=data.note, by=by, now=now)
        return workbook_answer(content, f"figures-{month}.xlsx")


CONTROLLERS = (FiguresOfMonths,)


def _month(text: str) -> Month:
    try:
        return Month.of(text)
    except ValueError:
        raise NoSuchMonth(field="/month") from None


def _card(found: Figures) -> MonthlyFigures:
    return MonthlyFigures(
        month=str(found.month),
        as_of=found.as_of,
        supported=found.supported,
        collective=_counts(found.collective),
        dispersed=_counts(found.dispersed),
        agreements=SignedAndKept(
            signed=found.signed,
            unsigned=found.unsigned,
            kept=found.kept,
            at_risk=found.at_risk,
            failing=found.failing,
            suspended=found.suspended,
        ),
        fees=[_fee(one) for one in found.fees],
    )


def _counts(group: ByClass) -> ClassCounts:
    return ClassCounts(total=group.total, self=group.self, partial=group.partial, full=group.full)


def _fee(one: FeeTotal) -> FeeOfClass:
    return FeeOfClass(
        fee_class=one.fee_class,
        fee_class_name=CLASS_NAMES[one.fee_class],
        standard_yuan=one.standard_yuan,
        agreements=one.persons,
        amount=yuan_text(one.amount_fen),
        withheld=yuan_text(one.withheld_fen),
        payable=yuan_text(one.payable_fen),
    )
