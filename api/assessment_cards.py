"""What is shown of an assessment: to staff whole, unless on the caregiver's side; to the caregiver their part."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

from caregivers.assessment.lifecycle import STATUS_NAMES, Status
from caregivers.assessment.queries.reading import Read
from caregivers.assessment.scoring import INSTRUMENT_NAMES, Instrument, Scored

Names = Mapping[UUID, str]


class AssessmentCard(msgspec.Struct, frozen=True, kw_only=True):
    """一项考核。withheld 表示本期费用目前暂缓发放。"""

    id: UUID
    agreement_id: UUID
    recipient_id: UUID
    recipient_name: str
    caregiver_id: UUID
    caregiver_name: str
    area_id: int
    period: str
    period_from: date
    period_to: date
    status: Status
    status_name: str
    due_at: datetime
    recipient_asked: bool
    neighbours_asked: bool
    qualified: bool | None
    withheld: bool
    objection_until: datetime | None
    objection_decide_by: datetime | None


class InstrumentCard(msgspec.Struct, frozen=True, kw_only=True):
    """一项评价。score 为 0 至 100，尚无或不予显示时为空；weight 为评定时实际采用的权重。"""

    instrument: Instrument
    name: str
    score: int | None
    weight: int | None
    reason: str
    asked_by: str | None = None
    asked_at: datetime | None = None
    how: Literal["voice", "proxy"] | None = None
    proxy_reason: str | None = None
    households: int | None = None
    said: str | None = None


class ObjectionCard(msgspec.Struct, frozen=True, kw_only=True):
    """一次申诉和对它的决定。"""

    text: str
    on_paper: bool
    objected_at: datetime
    decide_by: datetime
    decided_by: str | None
    decided_at: datetime | None
    upheld: bool | None
    reason: str | None


class AssessmentDetail(msgspec.Struct, frozen=True, kw_only=True):
    """一项考核的全部内容。评定之前，探访和记录两项按今天的数据试算。opinions_hidden：有利害关系，评价内容不予显示。"""

    assessment: AssessmentCard
    instruments: list[InstrumentCard]
    opinions_hidden: bool
    total: int | None
    settled_by: str | None
    settled_at: datetime | None
    rectified_by: str | None
    rectified_at: datetime | None
    rectified_evidence: str | None
    objection: ObjectionCard | None


class MyAssessmentCard(msgspec.Struct, frozen=True, kw_only=True):
    """照料人自己的一期考核。对象和邻里说了什么不在其中。"""

    id: UUID
    agreement_id: UUID
    period: str
    period_from: date
    period_to: date
    status: Status
    status_name: str
    total: int
    qualified: bool
    withheld: bool
    reasons: list[str]
    settled_at: datetime
    rectified_at: datetime | None
    may_object: bool
    objection_until: datetime
    objection: ObjectionCard | None


def assessment_card(found: Read, recipients: Names, caregivers: Names) -> AssessmentCard:
    one = found.judged
    return AssessmentCard(
        id=one.id,
        agreement_id=one.agreement_id,
        recipient_id=one.recipient_id,
        recipient_name=recipients.get(one.recipient_id, "*"),
        caregiver_id=one.caregiver_id,
        caregiver_name=caregivers.get(one.caregiver_id, "*"),
        area_id=one.area_id,
        period=str(one.period),
        period_from=one.period.from_on,
        period_to=one.period.to_on,
        status=one.status,
        status_name=STATUS_NAMES[one.status],
        due_at=one.due_at,
        recipient_asked=one.recipient_score is not None,
        neighbours_asked=one.neighbours_score is not None,
        qualified=one.qualified,
        withheld=_withheld(found),
        objection_until=one.objection_until,
        objection_decide_by=found.objection_decide_by,
    )


def assessment_detail(
    found: Read,
    card: AssessmentCard,
    staff: Names,
    *,
    tried: Mapping[Instrument, Scored],
    hidden: bool,
) -> AssessmentDetail:
    """`tried`: what visits and records would come to today, where it is not settled yet."""
    one = found.judged
    asked = [] if hidden else [_recipient(found, staff), _neighbours(found, staff)]
    return AssessmentDetail(
        assessment=card,
        instruments=[*asked, *(_computed(found, which, tried, hidden=hidden) for which in _COMPUTED)],
        opinions_hidden=hidden,
        total=one.total,
        settled_by=_name(one.settled_by, staff),
        settled_at=found.settled_at,
        rectified_by=_name(found.rectified_by, staff),
        rectified_at=one.rectified_at,
        rectified_evidence=found.rectified_evidence,
        objection=_objection(found, staff),
    )


def my_assessment_card(found: Read, *, now: datetime) -> MyAssessmentCard:
    """Of scores only the total: from the parts a caregiver could tell what the person they care for has said."""
    one = found.judged
    assert one.total is not None and one.qualified is not None and found.settled_at and one.objection_until
    return MyAssessmentCard(
        id=one.id,
        agreement_id=one.agreement_id,
        period=str(one.period),
        period_from=one.period.from_on,
        period_to=one.period.to_on,
        status=one.status,
        status_name=STATUS_NAMES[one.status],
        total=one.total,
        qualified=one.qualified,
        withheld=_withheld(found),
        reasons=[reason["text"] for reason in found.reasons],
        settled_at=found.settled_at,
        rectified_at=one.rectified_at,
        may_object=one.status == "settled" and not one.qualified and now < one.objection_until,
        objection_until=one.objection_until,
        objection=_objection(found, {}),
    )


_COMPUTED: tuple[Instrument, ...] = ("visits", "records")


def _withheld(found: Read) -> bool:
    return found.judged.withholds and found.judged.rectified_at is None


def _recipient(found: Read, staff: Names) -> InstrumentCard:
    how: Literal["voice", "proxy"] | None = found.recipient_asked_how  # type: ignore[assignment]  # held by a check
    return InstrumentCard(
        instrument="recipient",
        name=INSTRUMENT_NAMES["recipient"],
        score=found.judged.recipient_score,
        weight=_weight(found, "recipient"),
        reason="",
        asked_by=_name(found.recipient_asked_by, staff),
        asked_at=found.recipient_asked_at,
        how=how,
        proxy_reason=found.recipient_proxy_reason,
        said=found.recipient_said,
    )


def _neighbours(found: Read, staff: Names) -> InstrumentCard:
    return InstrumentCard(
        instrument="neighbours",
        name=INSTRUMENT_NAMES["neighbours"],
        score=found.judged.neighbours_score,
        weight=_weight(found, "neighbours"),
        reason="",
        asked_by=_name(found.neighbours_asked_by, staff),
        asked_at=found.neighbours_asked_at,
        households=found.judged.neighbours_asked,
        said=found.neighbours_said,
    )


def _computed(found: Read, which: Instrument, tried: Mapping[Instrument, Scored], *, hidden: bool) -> InstrumentCard:
    settled = {reason["instrument"]: reason["text"] for reason in found.reasons}
    stored = found.visits_score if which == "visits" else found.records_score
    score = tried[which].score if which in tried else stored
    return InstrumentCard(
        instrument=which,
        name=INSTRUMENT_NAMES[which],
        score=None if hidden else score,
        weight=None if hidden else _weight(found, which),
        reason=tried[which].reason if which in tried else settled.get(which, ""),
    )


def _weight(found: Read, which: Instrument) -> int | None:
    return found.weights.get(which) if found.weights else None


def _objection(found: Read, staff: Names) -> ObjectionCard | None:
    if found.objected_at is None or found.objection is None or found.objection_decide_by is None:
        return None
    return ObjectionCard(
        text=found.objection,
        on_paper=found.objection_on_paper_by is not None,
        objected_at=found.objected_at,
        decide_by=found.objection_decide_by,
        decided_by=_name(found.objection_decided_by, staff),
        decided_at=found.objection_decided_at,
        upheld=found.objection_upheld,
        reason=found.objection_reason,
    )


def _name(account_id: UUID | None, staff: Names) -> str | None:
    return staff.get(account_id) if account_id else None
