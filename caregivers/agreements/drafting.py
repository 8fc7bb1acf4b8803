"""What an agreement says, and what it must say before anybody signs it: Tianjin's three, consent, a lawful term."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from accounts.policy import Policy
from caregivers.agreements.refusals import ConsentWrong, DraftIncomplete, NotSupported, TermWrong
from caregivers.agreements.speaking import Ability, refuse_speaker
from caregivers.agreements.words import FEE_CLASS_NAMES, Capacity, FeeClass, Per, Relation, Service
from caregivers.people.months import months_after

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One service promised, so many times a day, week or month; as often as needed with 0 times."""

    service: Service
    times: int
    per: Per
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """Who agrees to be cared for as agreed; anybody but the person says why they do it."""

    by: Capacity
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What a draft says. `ends_on` is the last day of its term, the fee what is paid a month."""

    caregiver_id: UUID
    relation: Relation
    starts_on: date
    ends_on: date
    fee_class: FeeClass
    fee_yuan: int
    liability: str
    items: tuple[Item, ...]
    consent: Consent | None = None
    number: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """What of a recipient an agreement must answer to."""

    id: UUID
    area_id: int
    district_id: int
    township_id: int
    risk: str
    supported: bool
    fee_class: FeeClass
    ability: Ability


def last_day(starts_on: date, policy: Policy) -> date:
    """The last day an agreement from this day on may have."""
    return months_after(starts_on, policy.agreements.term_months) - _DAY


def fee(fee_class: FeeClass, policy: Policy) -> int:
    """The nursing fee of a class, in yuan a month."""
    yuan = {"partial": policy.fees.nursing_partial_yuan, "full": policy.fees.nursing_full_yuan}
    return yuan.get(fee_class, 0)


def refuse_term(starts_on: date, ends_on: date, policy: Policy, *, today: date) -> None:
    """Refuse a term that runs backwards, is over already, or is longer than policy allows."""
    if ends_on < starts_on:
        raise TermWrong("协议的结束日期早于开始日期。请核对后重新填写。", field="/ends_on")
    if ends_on < today:
        raise TermWrong("协议的结束日期已经过去。请核对后重新填写。", field="/ends_on")
    if ends_on > (longest := last_day(starts_on, policy)):
        months = policy.agreements.term_months
        raise TermWrong(f"协议期限最长 {months} 个月，最晚到 {longest:%Y-%m-%d}。请缩短期限。", field="/ends_on")


def refuse_incomplete(content: Content, recipient: Recipient, policy: Policy, *, today: date) -> None:
    """Refuse what may not be put before the parties yet; the first fault there is."""
    if not recipient.supported:
        raise NotSupported
    refuse_term(content.starts_on, content.ends_on, policy, today=today)
    if not content.items:
        raise DraftIncomplete("请至少写明一项服务项目。", field="/items")
    if not content.liability.strip():
        raise DraftIncomplete("请写明双方的责任和违约处理。", field="/liability")
    if content.fee_class != recipient.fee_class:
        told, real = FEE_CLASS_NAMES[content.fee_class], FEE_CLASS_NAMES[recipient.fee_class]
        raise DraftIncomplete(
            f"护理费等级“{told}”与对象的自理能力不符，应为“{real}”。请更正；能力有变化的，请先更新评估结果。",
            field="/fee_class",
        )
    if content.consent is None:
        raise DraftIncomplete("请写明由谁同意：对象本人、监护人或代理人。", field="/consent_by")
    refuse_speaker(recipient.ability, content.consent.by, content.consent.reason, field="/consent_by")


def refuse_parts(content: Content) -> None:
    """Refuse what no draft may say: a consent nobody explains, a service named twice or nobody knows how often."""
    if content.consent is not None and content.consent.by != "self" and not (content.consent.reason or "").strip():
        raise ConsentWrong("由他人同意的，请写明原因。", field="/consent_reason")
    _refuse_items(content.items)


def _refuse_items(items: tuple[Item, ...]) -> None:
    seen: set[str] = set()
    for place, item in enumerate(items):
        if item.service in seen:
            raise DraftIncomplete("同一服务项目写了两次。请合并为一项。", field=f"/items/{place}/service")
        seen.add(item.service)
        if (item.times == 0) != (item.per == "need"):
            detail = "按需提供的，次数填 0；其他请写明次数。"
            raise DraftIncomplete(detail, field=f"/items/{place}/times")
        if item.service == "other" and not item.note.strip():
            raise DraftIncomplete("其他服务请写明是什么。", field=f"/items/{place}/note")
