"""Before an agreement ends somebody looks whether it goes on: the review, and when it is time for it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from accounts.calendar import WorkCalendar, add
from accounts.policy import Policy
from caregivers.agreements.lifecycle import Agreement, move
from caregivers.agreements.refusals import NotReviewed, ReasonMissing, TooEarlyToReview
from core.clock import LOCAL, local_day

Decision = Literal["renew", "not_renew"]
DECISION_NAMES: dict[str, str] = {"renew": "续签", "not_renew": "不续签"}
_LONGEST_REASON = 500
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Horizon:
    """How far a district looks ahead: agreements up to these last days, temporary care up to this moment."""

    district_id: int
    review_up_to: date
    succeed_up_to: date
    care_up_to: datetime


def horizon(district_id: int, policy: Policy, calendar: WorkCalendar, *, now: datetime) -> Horizon:
    """A last day is within sight when it is over before the moment the policy's length leads to.

    Once half of that length is left, a review alone is not enough: somebody must have been found.
    """
    ahead = add(now, policy.agreements.renewal_review_before, calendar)
    return Horizon(
        district_id=district_id,
        review_up_to=local_day(ahead) - _DAY,
        succeed_up_to=local_day(now + (ahead - now) / 2) - _DAY,
        care_up_to=add(now, policy.replacement.temporary_care_warns_before, calendar),
    )


def over_at(agreement: Agreement) -> datetime:
    """The moment its last day is over."""
    return datetime.combine(agreement.ends_on + _DAY, time(), LOCAL)


def due(agreement: Agreement, policy: Policy, calendar: WorkCalendar, *, now: datetime) -> bool:
    """Whether the end is as near as the policy wants it looked at."""
    return over_at(agreement) <= add(now, policy.agreements.renewal_review_before, calendar)


def refuse_review(agreement: Agreement, *, reason: str, policy: Policy, calendar: WorkCalendar, now: datetime) -> None:
    """Refuse a review of what is not in force, one long before its time, and one without a reason."""
    move(agreement.status, "review")
    if not due(agreement, policy, calendar, now=now):
        length = policy.agreements.renewal_review_before
        days = length.rough_seconds // 86400
        unit = "个工作日" if length.working_days else "天"
        raise TooEarlyToReview(f"协议到期前 {days} {unit}内才办理续签评估。请到时再办。")
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise ReasonMissing("请写明评估的理由。", field="/reason")


def refuse_renewal(agreement: Agreement) -> None:
    """Refuse to renew what nobody has decided to renew; one that has run out since may be."""
    ran_out = agreement.status == "ended" and agreement.ended_reason == "expired"
    if not ran_out:
        move(agreement.status, "review")
    if agreement.renewal_decision != "renew":
        raise NotReviewed
