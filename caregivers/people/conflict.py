"""Conflicts of interest (关系保、人情保): who may not judge a caregiver, because they are tied to them."""

from collections.abc import Collection
from typing import Literal, get_args
from uuid import UUID

from accounts.permissions import Role

RelationKind = Literal["spouse", "parent", "child", "sibling", "in_law", "other_kin", "household", "interest"]
RELATION_KINDS: tuple[RelationKind, ...] = get_args(RelationKind)
RELATION_WORDS: dict[RelationKind, str] = {
    "spouse": "配偶",
    "parent": "父母",
    "child": "子女",
    "sibling": "兄弟姐妹",
    "in_law": "姻亲",
    "other_kin": "其他亲属",
    "household": "同住",
    "interest": "利益关系",
}

DECIDERS = frozenset({Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER, Role.DISTRICT})
"""Roles that decide on a caregiver: to be related to one of them is shown to whoever supervises."""

CARERS = frozenset({Role.CAREGIVER, Role.WORKER})
"""Roles whose accounts a caregiver may act with: their own, or that of a village cadre who cares for a neighbour."""


def barred(account_id: UUID, side: Collection[UUID], *also: UUID | None) -> bool:
    """Whether an account may not verify, hear or decide: on the caregiver's side, or one of the others named."""
    return account_id in side or account_id in also
