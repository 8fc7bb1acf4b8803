"""What is written and told of an order: the journal in words and ids, the caregiver in words that name nobody."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from alerts.actions import owe
from alerts.notices import NewNotice
from caregivers.rectification.order import Order
from caregivers.replacement.queries.people import account_of
from core import journal
from core.clock import LOCAL


async def write(kind: str, order: Order, *, by: UUID | None, now: datetime, **facts: Any) -> None:
    """One line of an order's history; a timeline finds it by the agreement it names."""
    await journal.write_all([entry(kind, order, by=by, now=now, **facts)])


def entry(kind: str, order: Order, *, by: UUID | None, now: datetime, **facts: Any) -> journal.Entry:
    return journal.Entry(
        kind=kind,
        subject_id=order.id,
        area_id=order.area_id,
        by=by,
        at=now,
        facts={"agreement_id": order.agreement_id, **facts},
    )


async def tell(order: Order, kind: str, line: str, *, occurrence: str, now: datetime) -> bool:
    """Owe the caregiver a notice; False where they have no account to be told on."""
    account_id = await account_of(order.caregiver_id)
    if account_id is None:
        return False
    await owe([notice(account_id, kind, line, occurrence=occurrence)], now=now)
    return True


def notice(account_id: UUID, kind: str, line: str, *, occurrence: str) -> NewNotice:
    lines: Sequence[str] = [line]
    return NewNotice(
        occurrence=occurrence, kind=kind, severity="general", account_id=account_id, facts={"lines": lines}
    )


@lru_cache(maxsize=1024)  # ten thousand orders that lapse at one moment name a few others
def said(moment: datetime) -> str:
    """A moment as people read it."""
    return f"{moment.astimezone(LOCAL):%Y年%m月%d日 %H:%M}"
