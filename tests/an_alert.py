"""Alerts for the rules' tests: an urgent one at high risk, on the ladder every district starts with."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from accounts.calendar import WorkCalendar
from accounts.duty import Answer, Duty
from accounts.lengths import Length, Window
from accounts.policy_rows import Rung
from alerts.alert import Alert, Ladder
from alerts.ladder import People

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""Monday, 2 March 2026, 10:00 in Shanghai."""

CALENDAR = WorkCalendar()
VILLAGE, TOWNSHIP, DISTRICT = 5, 3, 1

WORKER, SPECIALIST, LEADER, OFFICER = (UUID(int=number) for number in (11, 12, 13, 14))
FALLBACK = (UUID(int=21), UUID(int=22))
HOLDERS = {
    Duty.VILLAGE: WORKER,
    Duty.TOWNSHIP_SPECIALIST: SPECIALIST,
    Duty.TOWNSHIP_LEADER: LEADER,
    Duty.DISTRICT: OFFICER,
}


def ladder(wait: str = "2h", *, repeat: str = "2h", acknowledged_for: str = "4h", duties: Any = tuple(Duty)) -> Ladder:
    """The duties one above the other; `wait` between two, `repeat` after the last."""
    waits = [Length.of(wait)] * (len(duties) - 1) + [Length.of(repeat)]
    return Ladder(
        rungs=tuple(Rung(duty=duty, wait=length) for duty, length in zip(duties, waits, strict=False)),
        acknowledged_for=Length.of(acknowledged_for),
        paused_at_most=Length.of("24h"),
        messages=Window.of("08:00-20:00"),
        policy_version=3,
        document_number="津宁民发〔2026〕3号",
    )


def alert(**facts: Any) -> Alert:
    known: dict[str, Any] = {
        "id": UUID(int=1),
        "kind": "visit_missed",
        "severity": "serious",
        "status": "open",
        "urgent": True,
        "high_risk": True,
        "area_id": VILLAGE,
        "district_id": DISTRICT,
        "ladder": ladder(),
        "opened_at": NOW,
        "next_at": NOW,
    }
    return Alert(**known | facts)


def answer(account_id: UUID, *, covering_for: UUID | None = None) -> Answer:
    return Answer(account_id=account_id, area_id=VILLAGE, covering_for=covering_for)


def people(*, empty: Any = (), owner: Any = (), fallback: Any = FALLBACK, gone: Any = ()) -> People:
    """Everybody at their post, but for the `empty` duties and the accounts that are `gone`."""
    return People(
        holding=lambda duty: () if duty in empty else (answer(HOLDERS[duty]),),
        owner=[answer(one) for one in owner],
        fallback=[answer(one) for one in fallback],
        present=lambda account_id: () if account_id in gone else (answer(account_id),),
    )
