"""The handover list: what a caregiver who goes gives back, each done or with the reason why it does not apply."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from caregivers.replacement.case import Case
from caregivers.replacement.refusals import FeeNotToTheDay, HandoverNotDue, WordsMissing

Item = Literal["keys", "card", "certificate", "medicines", "equipment", "fee_settled", "recipient_told"]

ITEMS: tuple[Item, ...] = get_args(Item)
ITEM_NAMES: Mapping[Item, str] = {
    "keys": "钥匙",
    "card": "银行卡",
    "certificate": "证件",
    "medicines": "药品",
    "equipment": "用品器具",
    "fee_settled": "照料护理费结清",
    "recipient_told": "告知对象",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """One item. `done` False: it does not apply, and `note` says why. The fee: up to and with which day, how much."""

    item: Item
    done: bool
    note: str = ""
    settled_until: date | None = None
    settled_yuan: int | None = None


def record(case: Case, recorded: Recorded, *, ended_on: date | None) -> None:
    """Refuse what cannot be recorded. `ended_on`: the last day of the agreement; None while it has not ended."""
    if case.status not in ("decided", "temporary_care", "successor_signed") or case.decision == "keep_with_reason":
        raise HandoverNotDue("该事项目前没有需要交接的内容。请刷新后查看。")
    if not recorded.done:
        if not recorded.note.strip():
            raise WordsMissing("不适用的，请写明原因。", field="/note")
        return
    if recorded.item == "fee_settled":
        _settled(recorded, ended_on)


def _settled(recorded: Recorded, ended_on: date | None) -> None:
    if ended_on is None:
        raise HandoverNotDue("协议尚未终止，护理费不能结清。请在协议终止后登记。")
    if recorded.settled_until is None or recorded.settled_yuan is None or recorded.settled_yuan < 0:
        raise FeeNotToTheDay("请写明结算到哪一天、金额多少(元)。", field="/settled_until")
    if recorded.settled_until != ended_on:
        raise FeeNotToTheDay(f"护理费应结算到协议的最后一天({ended_on.isoformat()})。请更正。", field="/settled_until")


def missing(recorded: Collection[Item]) -> tuple[Item, ...]:
    """What is not recorded yet, in the order of the list."""
    return tuple(item for item in ITEMS if item not in recorded)


def whole(case: Case, recorded: Collection[Item], *, supported: bool) -> bool:
    """Whether everything is handed over: the list is full, and somebody else cares, or nobody needs to any more."""
    settled = case.status == "successor_signed" or (case.status in ("decided", "temporary_care") and not supported)
    return settled and not missing(recorded)
