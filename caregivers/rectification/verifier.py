"""Who verifies at the door: never the issuer, never anybody on the caregiver's side."""

from collections.abc import Collection, Iterable
from typing import Literal
from uuid import UUID

Unfit = Literal["issuer", "related"]


def unfit(account_id: UUID, *, issuer: UUID, side: Collection[UUID]) -> Unfit | None:
    """Why somebody must not verify an order; None when they may. `side`: the caregiver's own and related accounts."""
    if account_id == issuer:
        return "issuer"
    return "related" if account_id in side else None


def choose(candidates: Iterable[UUID], *, issuer: UUID, side: Collection[UUID]) -> UUID | None:
    """The first who may verify, in the order they are asked; None when nobody suits and somebody must be named."""
    return next((one for one in candidates if unfit(one, issuer=issuer, side=side) is None), None)
