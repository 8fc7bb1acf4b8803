"""After the decision: who may follow, when a case may close, what the district may still do."""

from collections.abc import Collection

from caregivers.replacement.case import Case, demand
from caregivers.replacement.handover import ITEM_NAMES, Item, missing
from caregivers.replacement.refusals import CaseSettled, HandoverNotWhole, NotASuccessor, NotFlagged, NotKept


def follow(case: Case, *, same_recipient: bool, active: bool, same_caregiver: bool) -> None:
    """Refuse a successor who is none: of somebody else, not in force yet, or the removed caregiver again."""
    demand(case, "sign")
    if case.decision == "keep_with_reason":
        raise NotASuccessor("该事项决定不予撤换，没有接任协议。请刷新后查看。")
    if not same_recipient:
        raise NotASuccessor("这份协议不是该对象的。请核对后重新选择。", field="/agreement_id")
    if same_caregiver:
        raise NotASuccessor("接任的照料人就是被撤换的照料人。请另选他人签订协议。", field="/agreement_id")
    if not active:
        raise NotASuccessor("接任协议尚未生效。请在各方签字齐全、协议生效后再登记。", field="/agreement_id")


def close(case: Case, *, recorded: Collection[Item], ended_by_this: bool) -> None:
    """Refuse to close what is not over: not handed over, not looked at by the district, or flagged and unreviewed."""
    if case.flag_unreviewed:
        raise CaseSettled("该决定的依据已有变化，尚未复核。请先复核。")
    if case.status == "decided" and case.decision == "keep_with_reason":
        raise NotKept("不予撤换的决定须由区民政局审阅后办结，无需在此办理。")
    if case.status != "handed_over" and (ended_by_this or case.status != "decided"):
        names = "、".join(ITEM_NAMES[item] for item in missing(recorded))
        left = f"尚未登记：{names}" if names else "须待接任协议生效"
        raise HandoverNotWhole(f"交接尚未完成，不能办结。{left}。")
    demand(case, "close")


def look_at_keep(case: Case) -> None:
    """Refuse the district's word on anything but a decision to keep it has not looked at yet."""
    if case.status != "decided" or case.decision != "keep_with_reason":
        raise NotKept


def review(case: Case) -> None:
    """Refuse to review a decision from which no ground has fallen away since anybody last looked."""
    if case.undecided or not case.flag_unreviewed:
        raise NotFlagged
