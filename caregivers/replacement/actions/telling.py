"""What is written and told of a case, so that nothing of a hidden one shows where the caregiver's side looks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from accounts.duty import Duty
from accounts.queries import duty_facts
from alerts.actions import owe
from alerts.messages import clock_time
from alerts.notices import NewNotice
from caregivers.replacement.case import Case
from caregivers.replacement.queries.people import account_of
from core import journal


class Subject(Protocol):
    """What the journal needs to know of a case."""

    @property
    def id(self) -> UUID: ...
    @property
    def agreement_id(self) -> UUID: ...
    @property
    def area_id(self) -> int: ...
    @property
    def hidden(self) -> bool: ...


async def write(kind: str, case: Subject, *, by: UUID | None, now: datetime, facts: Mapping[str, Any]) -> None:
    """Write one line of the case's history. People read the journal by area: a hidden case's lines name none."""
    await _write(kind, case, None if case.hidden else case.area_id, by, now, facts)


async def disclose(case: Case, *, by: UUID, now: datetime, facts: Mapping[str, Any]) -> None:
    """Write that the caregiver was told, in the open; of a case hidden until then also how it began."""
    if case.hidden:
        began = {"proposed_at": case.proposed_at, "mandatory": case.mandatory, "decide_by": case.decide_by}
        await _write("replacement.disclosed", case, case.area_id, by, now, began)
    await _write("replacement.caregiver_told", case, case.area_id, by, now, facts)


async def _write(
    kind: str, case: Subject, area_id: int | None, by: UUID | None, now: datetime, facts: Mapping[str, Any]
) -> None:
    facts = {"agreement_id": case.agreement_id, **facts}
    await journal.write(kind, subject_id=case.id, area_id=area_id, by=by, at=now, facts=facts)


async def notify_caregiver(case: Case, kind: str, lines: Sequence[str], *, occurrence: str, now: datetime) -> bool:
    """Owe the caregiver a notice in words that name nobody; False when they have no account to be told on."""
    account_id = await account_of(case.caregiver_id)
    if account_id is None:
        return False
    notice = NewNotice(
        occurrence=occurrence, kind=kind, severity="general", account_id=account_id, facts={"lines": list(lines)}
    )
    await owe([notice], now=now)
    return True


async def tell_head(case: Subject, *, decide_by: datetime, now: datetime) -> None:
    """Owe whoever answers for the township a notice that a decision waits; of a hidden case its own channel tells."""
    if case.hidden:
        return
    duties = await duty_facts([case.area_id])
    heads = duties.answering(Duty.TOWNSHIP_LEADER, case.area_id, now)
    lines = [f"有一项撤换事项待决定，请于 {clock_time(decide_by)} 前听取意见并作出决定。"]
    await owe(
        [
            NewNotice(
                occurrence=f"replacement:{case.id}:proposed",
                kind="replacement_proposed",
                severity="serious",
                account_id=head.account_id,
                covering_for=head.covering_for,
                facts={"lines": lines},
            )
            for head in heads
        ],
        now=now,
    )


async def tell_over(case: Case, *, now: datetime) -> None:
    """Who was invited to a hearing learns that the matter is over; who was never told learns nothing."""
    if case.told_at is not None:
        lines = ["就您的照料协议听取意见的事项已经撤回，不再进行。"]
        await notify_caregiver(case, "decision_told", lines, occurrence=f"replacement:{case.id}:withdrawn", now=now)
