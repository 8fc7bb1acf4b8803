"""How orders and verifications are shown to staff."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from accounts.policy_words import SEVERITY_NAMES, Severity
from caregivers.agreements.words import SERVICE_NAMES
from caregivers.rectification import order
from caregivers.rectification.queries.reading import (
    AnswerRead,
    CycleRead,
    ItemRead,
    OrderRead,
    VerificationRead,
)

OFFER = "存在危急隐患：请立即消除危险；照料人不能保证安全的，可以中止协议，并同时安排临时照料。"
_TOLD = {"notice": "系统通知", "paper": "书面送达"}
_RESULT_NAMES = {"open": "待复核", "passed": "合格", "failed": "不合格", "withdrawn": "已撤回"}


class OrderCard(msgspec.Struct, frozen=True, kw_only=True):
    """一份整改通知。told_how 为空的，尚未送达照料人，期限从送达起算。"""

    id: UUID
    number: str
    version: int
    agreement_id: UUID
    recipient_id: UUID
    who: str
    caregiver_id: UUID
    caregiver: str
    area_id: int
    village: str
    status: str
    status_name: str
    severity: str
    severity_name: str
    items: int
    issued_by: str | None
    issued_at: datetime
    told_how: str | None
    told_how_name: str | None
    told_at: datetime | None
    deadline_at: datetime
    overdue_at: datetime | None
    failure_counts_at: datetime | None
    extension: "Extension | None"
    suspension_offered: bool
    advice: str | None


class Extension(msgspec.Struct, frozen=True, kw_only=True):
    """延期申请：granted 为空的，待另一人决定。"""

    asked_at: datetime
    reason: str
    until: datetime
    granted: bool | None


class OrderItem(msgspec.Struct, frozen=True, kw_only=True):
    """一项隐患，以及整改后应达到的要求。"""

    id: UUID
    hazard_id: UUID
    severity: str
    severity_name: str
    what: str
    must_be: str
    service: str | None
    service_name: str | None
    duty: str
    status: str
    status_name: str
    note: str


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """陈述申辩的听取结果。"""

    at: datetime
    upheld: bool
    reason: str


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """照料人的一次答复。heard 为空的陈述申辩，应在 hear_by 前听取；photos 为所附照片的编号。"""

    id: UUID
    kind: str
    kind_name: str
    text: str
    on_paper_by: str | None
    made_at: datetime
    logged_at: datetime
    hear_by: datetime | None
    heard: Heard | None
    photos: list[UUID]


class ItemOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """一项的复核结果。"""

    item: UUID
    passed: bool
    note: str


class VerificationCard(msgspec.Struct, frozen=True, kw_only=True):
    """一次回访复核。verifier_id 为空的，需要指定复核人。"""

    id: UUID
    order_id: UUID
    number: str
    severity: str
    severity_name: str
    recipient_id: UUID
    who: str
    area_id: int
    village: str
    verifier_id: UUID | None
    verifier: str | None
    due_at: datetime
    overdue: bool
    status: Literal["planned", "done", "cancelled"]
    by: str | None
    person_seen: bool | None
    results: list[ItemOutcome]
    made_at: datetime | None


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """计入协议的一次整改不合格；撤回的也保留。heard：陈述申辩已听取，或期限已满。"""

    why: Literal["failed", "overdue"]
    heard: Literal["statement", "time_ran_out"]
    failed_at: datetime
    counted_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


class OrderDetail(msgspec.Struct, frozen=True, kw_only=True):
    """整改通知的全部：各项要求、照料人的答复、复核、是否计入不合格。"""

    order: OrderCard
    evidence: str
    statement_until: datetime
    close_reason: str | None
    withdrawn_reason: str | None
    items: list[OrderItem]
    answers: list[Answer]
    verifications: list[VerificationCard]
    failures: list[Failure]


def severity_name(severity: str) -> str:
    return SEVERITY_NAMES[Severity(severity)]


def order_card(
    one: OrderRead, names: Mapping[UUID, str], caregivers: Mapping[UUID, str], staff: Mapping[UUID, str]
) -> OrderCard:
    offered = one.severity == "critical" and one.status in order.UNDER_WAY | {"failed"}
    return OrderCard(
        id=one.id,
        number=one.number,
        version=one.version,
        agreement_id=one.agreement_id,
        recipient_id=one.recipient_id,
        who=names.get(one.recipient_id, ""),
        caregiver_id=one.caregiver_id,
        caregiver=caregivers.get(one.caregiver_id, ""),
        area_id=one.area_id,
        village=one.village,
        status=one.status,
        status_name=_status_name(one),
        severity=one.severity,
        severity_name=severity_name(one.severity),
        items=one.items,
        issued_by=staff.get(one.issued_by),
        issued_at=one.issued_at,
        told_how=one.told_how,
        told_how_name=_TOLD.get(one.told_how) if one.told_how else None,
        told_at=one.told_at,
        deadline_at=one.deadline_at,
        overdue_at=one.overdue_at,
        failure_counts_at=one.count_at,
        extension=extension(one),
        suspension_offered=offered,
        advice=OFFER if offered else None,
    )


def _status_name(one: OrderRead) -> str:
    return order.STATUS_NAMES[one.status]  # type: ignore[index]  # the table's own check holds it


def extension(one: OrderRead) -> Extension | None:
    if one.extension_asked_at is None or one.extension_until is None:
        return None
    return Extension(
        asked_at=one.extension_asked_at,
        reason=one.extension_reason or "",
        until=one.extension_until,
        granted=one.extension_granted,
    )


def order_item(one: ItemRead) -> OrderItem:
    return OrderItem(
        id=one.id,
        hazard_id=one.hazard_id,
        severity=one.severity,
        severity_name=severity_name(one.severity),
        what=one.what,
        must_be=one.must_be,
        service=one.service,
        service_name=SERVICE_NAMES.get(one.service, one.service) if one.service else None,
        duty=one.duty,
        status=one.status,
        status_name=_RESULT_NAMES[one.status],
        note=one.note,
    )


def answer(one: AnswerRead, photos: Mapping[UUID, Sequence[UUID]]) -> Answer:
    heard = None
    if one.heard_at is not None:
        heard = Heard(at=one.heard_at, upheld=bool(one.upheld), reason=one.heard_reason or "")
    return Answer(
        id=one.id,
        kind=one.kind,
        kind_name=order.ANSWER_NAMES[one.kind],  # type: ignore[index]  # the table's own check holds it
        text=one.text,
        on_paper_by=one.on_paper_by,
        made_at=one.made_at,
        logged_at=one.logged_at,
        hear_by=one.hear_by,
        heard=heard,
        photos=list(photos.get(one.id, ())),
    )


def verification_card(
    one: VerificationRead, names: Mapping[UUID, str], staff: Mapping[UUID, str], now: datetime
) -> VerificationCard:
    return VerificationCard(
        id=one.id,
        order_id=one.order_id,
        number=one.number,
        severity=one.severity,
        severity_name=severity_name(one.severity),
        recipient_id=one.recipient_id,
        who=names.get(one.recipient_id, ""),
        area_id=one.area_id,
        village=one.village,
        verifier_id=one.verifier_id,
        verifier=staff.get(one.verifier_id) if one.verifier_id else None,
        due_at=one.due_at,
        overdue=one.status == "planned" and one.due_at <= now,
        status=one.status,  # type: ignore[arg-type]  # the table's own check holds it to the three words
        by=staff.get(one.by_account_id) if one.by_account_id else None,
        person_seen=one.person_seen,
        results=[msgspec.convert(found, ItemOutcome) for found in one.results],
        made_at=one.made_at,
    )


def failure(one: CycleRead) -> Failure:
    return Failure(
        why=one.why,  # type: ignore[arg-type]  # the table's own check holds it
        heard=one.heard,  # type: ignore[arg-type]
        failed_at=one.failed_at,
        counted_at=one.counted_at,
        withdrawn_at=one.withdrawn_at,
        withdrawn_reason=one.withdrawn_reason,
    )
