"""Fee lists over HTTP: who is due the nursing fee of a month, for which days, what is withheld and why."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import Parameter

from accounts.permissions import Account
from api import paging
from api.imports import XLSX, workbook_answer
from api.values import AreaId, AreaIdInAddress
from caregivers.agreements.words import FEE_CLASS_NAMES
from caregivers.assessment import actions
from caregivers.assessment.actions.exporting import refuse_unseen
from caregivers.assessment.fees import STATE_NAMES, Month, State, yuan_text
from caregivers.assessment.queries.fees import FeeLine, fees_for
from caregivers.assessment.refusals import NoSuchMonth
from caregivers.people.queries import masked_caregiver_names
from core import db
from core.clock import local_day
from recipients.purpose import LONGEST, SHORTEST, Purpose
from recipients.queries import masked_names

_MONTH = "月份，如 2026-03；本月只算到今天。"


class FeeExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """导出哪个月、哪个区划的清单，以及用途。"""

    month: Annotated[str, msgspec.Meta(max_length=7, description=_MONTH)]
    purpose: Purpose
    note: Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)]
    area_id: AreaId | None = None


class FeeCard(msgspec.Struct, frozen=True, kw_only=True):
    """一份协议一个月的照料护理费。金额以元为单位、保留两位小数；暂缓金额包含在应计金额内。"""

    agreement_id: UUID
    agreement_number: str | None
    recipient_id: UUID
    recipient_name: str
    caregiver_id: UUID
    caregiver_name: str
    area_id: int
    village: str
    fee_class: str
    fee_class_name: str
    fee_yuan: int
    days: int
    amount: str
    withheld: str
    payable: str
    state: State
    state_name: str
    why: str


class Fees(Controller):
    """照料护理费清单"""

    path = "/fees"
    tags = ("照料护理费",)

    @get(opt={"permission": "fee.read"})
    async def list_fees(
        self,
        by: Account,
        now: datetime,
        month: Annotated[str, Parameter(max_length=7, description=_MONTH)],
        area_id: AreaIdInAddress = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[FeeCard]:
        """一个月的清单，按村和对象排列。只列明应发、暂缓情况，不办理支付。"""
        wanted = _month(month)
        of = f"fees.{wanted}.{area_id}"
        after = paging.after(cursor, tuple[int, UUID, UUID], of=of)
        async with db.transaction(by.scope):
            await refuse_unseen(wanted, area_id, now=now)
            found = await fees_for(area_id, wanted, today=local_day(now), after=after, limit=size + 1)
            cards = await _cards(found)
        return paging.page(
            cards,
            size,
            of=of,
            key=lambda one: (one.area_id, one.recipient_id, one.agreement_id),
            item=lambda one: one,
        )


class FeeExports(Controller):
    """照料护理费清单导出"""

    path = "/exports"
    tags = ("照料护理费",)

    @post("/fees", opt={"permission": "recipient.export"}, status_code=200, media_type=XLSX)
    async def fees(self, data: FeeExport, by: Account, now: datetime) -> Response[bytes]:
        """清单工作簿，姓名脱敏；每次导出都先登记再生成。"""
        month = _month(data.month)
        content = await actions.export_fees(month, data.area_id, purpose=data.purpose, note=data.note, by=by, now=now)
        return workbook_answer(content, f"fees-{month}.xlsx")


def _month(text: str) -> Month:
    try:
        return Month.of(text)
    except ValueError:
        raise NoSuchMonth(field="/month") from None


async def _cards(found: list[FeeLine]) -> list[FeeCard]:
    recipients = await masked_names([one.recipient_id for one in found])
    caregivers = await masked_caregiver_names([one.caregiver_id for one in found])
    return [
        FeeCard(
            agreement_id=one.agreement_id,
            agreement_number=one.number,
            recipient_id=one.recipient_id,
            recipient_name=recipients.get(one.recipient_id, "*"),
            caregiver_id=one.caregiver_id,
            caregiver_name=caregivers.get(one.caregiver_id, "*"),
            area_id=one.area_id,
            village=one.village,
            fee_class=one.fee_class,
            fee_class_name=FEE_CLASS_NAMES[one.fee_class],
            fee_yuan=one.fee_yuan,
            days=one.fee.days,
            amount=yuan_text(one.fee.amount_fen),
            withheld=yuan_text(one.fee.withheld_fen),
            payable=yuan_text(one.fee.payable_fen),
            state=one.fee.state,
            state_name=STATE_NAMES[one.fee.state],
            why=one.fee.why,
        )
        for one in found
    ]


CONTROLLERS = (Fees, FeeExports)
