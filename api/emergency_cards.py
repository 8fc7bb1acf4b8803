"""How the steps of an emergency look on the wire: with the words people read, and never a keyholder's name."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from visits.daily.emergency import RESULT_NAMES, STEP_NAMES
from visits.daily.queries.steps import StoredStep


class StepCard(msgspec.Struct, frozen=True, kw_only=True):
    """一步处置。made_at 为手机时间，logged_at 为系统收到的时间。"""

    id: UUID
    step: str
    step_name: str
    result: str
    result_name: str
    note: str
    by: UUID
    by_name: str | None
    made_at: datetime
    logged_at: datetime


def step_cards(steps: Sequence[StoredStep], names: Mapping[UUID, str]) -> list[StepCard]:
    """The steps in their order; `names` are masked, of colleagues the reader may know."""
    return [
        StepCard(
            id=one.id,
            step=one.taken.step,
            step_name=STEP_NAMES[one.taken.step],
            result=one.taken.result,
            result_name=RESULT_NAMES[one.taken.result],
            note=one.note,
            by=one.taken.by,
            by_name=names.get(one.taken.by),
            made_at=one.taken.made_at,
            logged_at=one.taken.logged_at,
        )
        for one in steps
    ]
