"""How replacement cases, their hearings and their handover are shown."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from caregivers.replacement.case import DECISION_NAMES, STATUS_NAMES
from caregivers.replacement.grounds import KIND_NAMES
from caregivers.replacement.handover import ITEM_NAMES, ITEMS
from caregivers.replacement.hearing import PRESENT_NAMES, TELLING_NAMES
from caregivers.replacement.queries.handover import StoredItem
from caregivers.replacement.queries.reading import CaseRead, HearingRead, Told


class GroundCard(msgspec.Struct, frozen=True, kw_only=True):
    """提请撤换的一项依据；withdrawn_at 不为空时，该依据已被撤回。"""

    kind: str
    kind_name: str
    subject_id: UUID
    at: datetime
    withdrawn_at: datetime | None


class ReplacementCard(msgspec.Struct, frozen=True, kw_only=True):
    """一项撤换事项：关于谁、因为什么、到了哪一步、何时前须决定。姓名已隐去。"""

    id: UUID
    agreement_id: UUID
    recipient_id: UUID
    recipient_name: str
    caregiver_id: UUID
    caregiver_name: str
    area_id: int
    mandatory: bool
    confidential: bool
    status: str
    status_name: str
    grounds: list[GroundCard]
    proposed_at: datetime
    decide_by: datetime
    overdue: bool
    told_at: datetime | None
    hearing_at: datetime | None
    heard_at: datetime | None
    decision: str | None
    decision_name: str | None
    decided_at: datetime | None
    handover_due_at: datetime | None
    flagged_at: datetime | None
    flag_reviewed_at: datetime | None


class HearingCard(msgspec.Struct, frozen=True, kw_only=True):
    """一次听取意见的记录。"""

    id: UUID
    held_at: datetime
    held_by: UUID
    held_by_name: str | None
    present: list[str]
    present_names: list[str]
    caregiver_came: bool
    caregiver_said: str
    recipient_said: str
    village_said: str
    recorded_at: datetime


class HandoverCard(msgspec.Struct, frozen=True, kw_only=True):
    """一项交接。done 为空：尚未登记；为 false：不适用，note 写明原因。"""

    item: str
    item_name: str
    done: bool | None
    note: str = ""
    settled_until: date | None = None
    settled_yuan: int | None = None
    recorded_by: UUID | None = None
    recorded_by_name: str | None = None
    recorded_at: datetime | None = None


class ReplacementDetail(msgspec.Struct, frozen=True, kw_only=True):
    """一项撤换事项的全部：提请、告知、听取意见、决定、照料落实、交接、复核。"""

    case: ReplacementCard
    reason: str
    proposed_by: UUID | None
    proposed_by_name: str | None
    told_how: str | None
    told_how_name: str | None
    hearings: list[HearingCard]
    decision_reason: str | None
    decided_by: UUID | None
    decided_by_name: str | None
    will_by: str | None
    will_stated: str | None
    standing_change_id: UUID | None
    keep_seen_at: datetime | None
    keep_seen_by_name: str | None
    review_ordered_at: datetime | None
    review_ordered_by_name: str | None
    review_reason: str | None
    reviews_case: UUID | None
    flag_reason: str | None
    flag_review: str | None
    flag_reviewed_by_name: str | None
    temporary_care_id: UUID | None
    successor_agreement_id: UUID | None
    handover: list[HandoverCard]
    handed_over_at: datetime | None
    closed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """Masked names of recipients and caregivers, and the names of staff."""

    recipients: Mapping[UUID, str]
    caregivers: Mapping[UUID, str]
    staff: Mapping[UUID, str]

    def of(self, account_id: UUID | None) -> str | None:
        return self.staff.get(account_id) if account_id else None


def replacement_card(one: CaseRead, names: Names, now: datetime) -> ReplacementCard:
    return ReplacementCard(
        id=one.id,
        agreement_id=one.agreement_id,
        recipient_id=one.recipient_id,
        recipient_name=names.recipients.get(one.recipient_id, "*"),
        caregiver_id=one.caregiver_id,
        caregiver_name=names.caregivers.get(one.caregiver_id, "*"),
        area_id=one.area_id,
        mandatory=one.mandatory,
        confidential=one.confidential,
        status=one.status,
        status_name=STATUS_NAMES[one.status],
        grounds=[_ground(told) for told in one.grounds],
        proposed_at=one.proposed_at,
        decide_by=one.decide_by,
        overdue=one.status in ("proposed", "heard") and one.decide_by <= now,
        told_at=one.told_at,
        hearing_at=one.hearing_at,
        heard_at=one.heard_at,
        decision=one.decision,
        decision_name=DECISION_NAMES[one.decision] if one.decision else None,
        decided_at=one.decided_at,
        handover_due_at=one.handover_due_at,
        flagged_at=one.flagged_at,
        flag_reviewed_at=one.flag_reviewed_at,
    )


def replacement_detail(
    one: CaseRead, hearings: Sequence[HearingRead], items: Sequence[StoredItem], names: Names, now: datetime
) -> ReplacementDetail:
    recorded = {item.item: item for item in items}
    return ReplacementDetail(
        case=replacement_card(one, names, now),
        reason=one.reason,
        proposed_by=one.proposed_by,
        proposed_by_name=names.of(one.proposed_by),
        told_how=one.told_how,
        told_how_name=next((name for how, name in TELLING_NAMES.items() if how == one.told_how), None),
        hearings=[_hearing(hearing, names) for hearing in hearings],
        decision_reason=one.decision_reason,
        decided_by=one.decided_by,
        decided_by_name=names.of(one.decided_by),
        will_by=one.will_by,
        will_stated=one.will_stated,
        standing_change_id=one.standing_change_id,
        keep_seen_at=one.keep_seen_at,
        keep_seen_by_name=names.of(one.keep_seen_by),
        review_ordered_at=one.review_ordered_at,
        review_ordered_by_name=names.of(one.review_ordered_by),
        review_reason=one.review_reason,
        reviews_case=one.reviews_case,
        flag_reason=one.flag_reason,
        flag_review=one.flag_review,
        flag_reviewed_by_name=names.of(one.flag_reviewed_by),
        temporary_care_id=one.temporary_care_id,
        successor_agreement_id=one.successor_agreement_id,
        handover=[_item(item, recorded.get(item), names) for item in ITEMS] if _hands_over(one) else [],
        handed_over_at=one.handed_over_at,
        closed_at=one.closed_at,
        withdrawn_at=one.withdrawn_at,
        withdrawn_reason=one.withdrawn_reason,
    )


def staff_of(one: CaseRead, hearings: Sequence[HearingRead], items: Sequence[StoredItem]) -> set[UUID]:
    """Every colleague whose name the whole of a case shows."""
    acting = (one.proposed_by, one.decided_by, one.keep_seen_by, one.review_ordered_by, one.flag_reviewed_by)
    return {
        *(account_id for account_id in acting if account_id),
        *(hearing.held_by for hearing in hearings),
        *(item.recorded_by for item in items),
    }


def _hands_over(one: CaseRead) -> bool:
    return one.decision in ("replace", "transfer_to_collective")


def _ground(told: Told) -> GroundCard:
    ground = told.ground
    return GroundCard(
        kind=ground.kind,
        kind_name=KIND_NAMES[ground.kind],
        subject_id=ground.subject_id,
        at=ground.at,
        withdrawn_at=told.withdrawn_at,
    )


def _hearing(one: HearingRead, names: Names) -> HearingCard:
    return HearingCard(
        id=one.id,
        held_at=one.held_at,
        held_by=one.held_by,
        held_by_name=names.of(one.held_by),
        present=list(one.present),
        present_names=[PRESENT_NAMES[who] for who in one.present],
        caregiver_came=one.caregiver_came,
        caregiver_said=one.caregiver_said,
        recipient_said=one.recipient_said,
        village_said=one.village_said,
        recorded_at=one.recorded_at,
    )


def _item(item: str, stored: StoredItem | None, names: Names) -> HandoverCard:
    name = next(name for one, name in ITEM_NAMES.items() if one == item)
    if stored is None:
        return HandoverCard(item=item, item_name=name, done=None)
    return HandoverCard(
        item=item,
        item_name=name,
        done=stored.done,
        note=stored.note,
        settled_until=stored.settled_until,
        settled_yuan=stored.settled_yuan,
        recorded_by=stored.recorded_by,
        recorded_by_name=names.of(stored.recorded_by),
        recorded_at=stored.recorded_at,
    )
