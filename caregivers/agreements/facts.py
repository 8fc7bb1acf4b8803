"""Guardian and card holder: facts of their own beside the caregiver. That one is the other is a risk, no offence."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from caregivers.agreements.refusals import CareFactWrong

FactKind = Literal["guardian", "card_holder"]
Who = Literal["self", "relative", "caregiver", "village", "civil_affairs", "institution", "other"]
_NAMED: frozenset[str] = frozenset({"relative", "other"})


@dataclass(frozen=True, kw_only=True, slots=True)
class NewFact:
    """Who is a person's guardian, or holds their card, since a day."""

    kind: FactKind
    who: Who
    since_on: date
    caregiver_id: UUID | None = None
    name: str | None = None
    phone: str | None = None
    relation: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One such fact; in force while `until_on` is None, which is the first day of whoever came after."""

    id: UUID
    kind: FactKind
    who: Who
    caregiver_id: UUID | None
    relation: str | None
    since_on: date
    until_on: date | None


def refuse_fact(new: NewFact, before: Fact | None, *, minor: bool, today: date) -> None:
    """Refuse a fact that names nobody, that cannot be, or that is dated wrongly."""
    if new.since_on > today:
        raise CareFactWrong("起始日期在今天之后。请核对日期。", field="/since_on")
    if before is not None and new.since_on < before.since_on:
        raise CareFactWrong(f"起始日期早于现有登记({before.since_on:%Y-%m-%d})。请核对日期。", field="/since_on")
    if (new.who == "caregiver") != (new.caregiver_id is not None):
        raise CareFactWrong("是照料人的，请从照料人中选择；不是的，不要选择照料人。", field="/caregiver_id")
    if new.who in _NAMED and not (new.name or "").strip():
        raise CareFactWrong("请写明姓名。", field="/name")
    if new.who == "self" and new.kind == "guardian":
        raise CareFactWrong("本人不能是自己的监护人。没有监护人的，不必登记。", field="/who")
    if new.who == "self" and minor:
        raise CareFactWrong("未成年人的银行卡由谁保管，请如实填写。", field="/who")


def card_with_caregiver(facts: Collection[Fact], caregiver_id: UUID) -> bool:
    """Whether the card is in the hands of this caregiver: shown to whoever looks at the agreement."""
    return _holds("card_holder", facts, caregiver_id)


def guarded_by_caregiver(facts: Collection[Fact], caregiver_id: UUID) -> bool:
    """Whether this caregiver is also the guardian, who consents to the agreement with themselves."""
    return _holds("guardian", facts, caregiver_id)


def _holds(kind: FactKind, facts: Collection[Fact], caregiver_id: UUID) -> bool:
    return any(one.kind == kind and one.until_on is None and one.caregiver_id == caregiver_id for one in facts)
