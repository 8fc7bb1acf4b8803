"""What policy and people do about replacing a caregiver. One action is one transaction; policy's joins its cause's."""

from caregivers.replacement.actions.deciding import decide
from caregivers.replacement.actions.handing_over import close, link_successor, record_handover
from caregivers.replacement.actions.hearing import hear, tell_caregiver
from caregivers.replacement.actions.proposing import propose, propose_by_policy
from caregivers.replacement.actions.reviewing import acknowledge_keep, order_review, review_flag
from caregivers.replacement.actions.watching import watch_decisions
from caregivers.replacement.actions.withdrawing import withdraw, withdraw_grounds

__all__ = [
    "acknowledge_keep",
    "close",
    "decide",
    "hear",
    "link_successor",
    "order_review",
    "propose",
    "propose_by_policy",
    "record_handover",
    "review_flag",
    "tell_caregiver",
    "watch_decisions",
    "withdraw",
    "withdraw_grounds",
]
