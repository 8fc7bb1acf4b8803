"""Temporary care: who steps in, for how long at most, extended once by somebody else, and when somebody has nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.calendar import WorkCalendar, add
from accounts.policy import Policy
from caregivers.agreements.refusals import CareExtendedBefore, CareOver, CareWrong, ReasonMissing, SecondPersonNeeded
from caregivers.agreements.words import CareKind
from core.clock import LOCAL

_LONGEST_TEXT = 500
_BACK_AT_MOST = timedelta(days=7)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCare:
    """Who looks after somebody until an agreement is in force (again).

    Of a registered caregiver the id is enough; anybody else needs a name and a telephone number.
    """

    kind: CareKind
    reason: str
    starts_at: datetime
    ends_by: datetime
    caregiver_id: UUID | None = None
    carer_name: str | None = None
    carer_phone: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Care:
    """Temporary care as it stands. In force while `ended_at` is None; past `ends_by` it no longer covers anybody."""

    id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    kind: CareKind
    caregiver_id: UUID | None
    agreement_id: UUID | None
    case_id: UUID | None
    starts_at: datetime
    ends_by: datetime
    arranged_by: UUID
    arranged_at: datetime
    extended_at: datetime | None = None
    ended_at: datetime | None = None
    ended_reason: str | None = None

    def covers(self, now: datetime) -> bool:
        return self.ended_at is None and self.starts_at <= now < self.ends_by


def refuse_care(new: NewCare, policy: Policy, calendar: WorkCalendar, *, now: datetime) -> None:
    """Refuse care that is not there yet, is over already, lasts too long, or is by nobody in particular."""
    if not new.reason.strip() or len(new.reason) > _LONGEST_TEXT:
        raise ReasonMissing("请写明为什么需要临时照料。", field="/care/reason")
    if new.kind == "caregiver":
        if new.caregiver_id is None:
            raise CareWrong("请选择由哪一名照料人临时照料。", field="/care/caregiver_id")
    elif new.caregiver_id is not None:
        raise CareWrong("由登记的照料人临时照料的，请选择“其他照料人”。", field="/care/kind")
    elif not (new.carer_name or "").strip():
        raise CareWrong("请写明由谁照料。", field="/care/carer_name")
    elif not (new.carer_phone or "").strip():
        raise CareWrong("请写明照料人的联系电话。", field="/care/carer_phone")
    if new.starts_at > now:
        raise CareWrong("临时照料须从现在起就有人照料。请核对开始时间。", field="/care/starts_at")
    if new.starts_at < now - _BACK_AT_MOST:
        raise CareWrong("开始时间太早。请填写实际开始的时间，不早于七天前。", field="/care/starts_at")
    _refuse_end(new.ends_by, policy, calendar, since=new.starts_at, now=now, field="/care/ends_by")


def refuse_extension(
    care: Care, *, until: datetime, reason: str, policy: Policy, calendar: WorkCalendar, by: UUID, now: datetime
) -> None:
    """Refuse a second extension, one by who arranged it, one without a reason, and one that comes too late."""
    if care.ended_at is not None or care.ends_by <= now:
        raise CareOver
    if care.extended_at is not None:
        raise CareExtendedBefore
    if by == care.arranged_by:
        raise SecondPersonNeeded
    if not reason.strip() or len(reason) > _LONGEST_TEXT:
        raise ReasonMissing("请写明为什么需要延期。", field="/reason")
    if until <= care.ends_by:
        raise CareWrong("延期后的时间须晚于原定结束时间。", field="/until")
    _refuse_end(until, policy, calendar, since=care.ends_by, now=now, field="/until")


def _refuse_end(
    ends_by: datetime, policy: Policy, calendar: WorkCalendar, *, since: datetime, now: datetime, field: str
) -> None:
    if ends_by <= max(now, since):
        raise CareWrong("结束时间须在现在以后。请核对。", field=field)
    latest = add(since, policy.replacement.temporary_care_at_most, calendar)
    if ends_by > latest:
        local = latest.astimezone(LOCAL)
        raise CareWrong(f"临时照料最长到 {local:%Y-%m-%d %H:%M}。请缩短时间，并尽快签订协议。", field=field)
