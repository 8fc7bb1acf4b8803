"""The bodies of what a phone sends: those of the operations one by one, with what their address says put in."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from api.absences import NewAbsence
from api.abuse import NewConcern
from api.attendance import OwnAttendance
from api.doorstep import Code
from api.hazards import NewHazard
from api.orders import OrderAnswer
from api.verifications import VerificationResult
from api.visits import ReportContent
from api.watch import Exceptions, PartOfDay

FROM_ITEM = UUID(int=0)
"""The item's own id is the id of what it brings; a body may leave it out."""


class ReportBody(ReportContent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """report：一次走访的记录(见到或未见到)。"""

    visit_id: UUID


class AmendmentBody(ReportContent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """amendment：更正后的完整内容；report_id 为所更正的记录。"""

    report_id: UUID


class CodeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """doorstep_code：门口码。取码时间为这一条的 made_at。"""

    visit_id: UUID
    moment: Literal["start", "end"]
    code: Code


class PhotoBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """photo：已另行上传的照片，以及它属于哪一条记录。"""

    attachment_id: UUID
    subject_kind: Annotated[str, msgspec.Meta(max_length=16)]
    subject_id: UUID


class AbsenceBody(NewAbsence, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """absence：外出报备。"""

    recipient_id: UUID


class StatementBody(OrderAnswer, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """statement：照料人对整改通知的答复。"""

    id: UUID = FROM_ITEM
    order_id: UUID


class AttendanceBody(OwnAttendance, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """attendance：照料人自己的到户记录。"""

    id: UUID = FROM_ITEM


class VerificationBody(VerificationResult, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """verification：上门复核的结果。"""

    id: UUID = FROM_ITEM
    verification_id: UUID


class ConcernBody(NewConcern, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """concern：疑似虐待、欺凌、遗弃等情况。"""

    id: UUID = FROM_ITEM
    recipient_id: UUID


class HazardBody(NewHazard, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """hazard：一项隐患。"""

    id: UUID = FROM_ITEM


class DailyCheckBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """daily_check：查看一条守望线。all 表示全部正常，exceptions 单独写明哪几户不同。查看时间为这一条的 made_at。"""

    lane_id: UUID
    on_day: date
    part: PartOfDay
    all: bool = False
    exceptions: Exceptions = {}
