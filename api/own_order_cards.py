"""How an order is shown to the caregiver who has to answer it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from api.order_cards import Answer, Extension, Failure, OrderItem, extension, severity_name
from caregivers.rectification import order
from caregivers.rectification.queries.reading import OrderRead, VerificationRead


class PlannedVisit(msgspec.Struct, frozen=True, kw_only=True):
    """照料人看到的回访复核安排。"""

    due_at: datetime
    done: bool


class OwnOrder(msgspec.Struct, frozen=True, kw_only=True):
    """照料人看到的整改通知。"""

    id: UUID
    number: str
    agreement_id: UUID
    status: str
    status_name: str
    severity: str
    severity_name: str
    issued_at: datetime
    deadline_at: datetime
    statement_until: datetime
    overdue: bool
    extension: Extension | None


class OwnOrderDetail(msgspec.Struct, frozen=True, kw_only=True):
    """照料人自己的一份整改通知：要求、依据、本人的答复、复核安排。"""

    order: OwnOrder
    evidence: str
    withdrawn_reason: str | None
    items: list[OrderItem]
    answers: list[Answer]
    verifications: list[PlannedVisit]
    failures: list[Failure]


def own_order(one: OrderRead) -> OwnOrder:
    """Closed is passed to whoever had to put it right: what a decision elsewhere waits for is not theirs to read."""
    status = (
        "passed" if one.status == "closed" and one.verified_at and one.close_reason == "回访复核合格" else one.status
    )
    return OwnOrder(
        id=one.id,
        number=one.number,
        agreement_id=one.agreement_id,
        status=status,
        status_name=order.STATUS_NAMES[status],  # type: ignore[index]  # the table's own check holds it
        severity=one.severity,
        severity_name=severity_name(one.severity),
        issued_at=one.issued_at,
        deadline_at=one.deadline_at,
        statement_until=one.statement_until,
        overdue=one.overdue_at is not None,
        extension=extension(one),
    )


def planned_visits(found: Sequence[VerificationRead]) -> list[PlannedVisit]:
    return [PlannedVisit(due_at=one.due_at, done=one.status == "done") for one in found if one.status != "cancelled"]
