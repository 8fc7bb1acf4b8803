"""A suspicion being looked into: what the law asks at once, what may be done with it, and when its alert may end."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from caregivers.abuse.refusals import (
    CaseClosed,
    FindingMissing,
    NothingSaid,
    ReferenceMissing,
    ReportedAlready,
    ReportFirst,
    SecondPersonNeeded,
    SeenAhead,
    WrongAuthority,
)
from caregivers.people.months import months_after
from recipients.risk import age_on

Status = Literal["open", "substantiated", "unfounded"]
Finding = Literal["substantiated", "unfounded"]
Verb = Literal["report", "substantiate", "dismiss"]
Authority = Literal["police", "procuratorate", "civil_affairs", "education", "child_protection", "other"]

STATUS_NAMES: Mapping[Status, str] = {"open": "调查中", "substantiated": "查证属实", "unfounded": "查证不实"}
VERB_NAMES: Mapping[Verb, str] = {"report": "登记报告", "substantiate": "认定属实", "dismiss": "认定不实"}
AUTHORITY_NAMES: Mapping[Authority, str] = {
    "police": "公安机关",
    "procuratorate": "检察机关",
    "civil_affairs": "民政部门",
    "education": "教育部门",
    "child_protection": "未成年人保护机构",
    "other": "其他部门",
}

MOVES: Mapping[tuple[Status, Verb], Status] = {
    ("open", "report"): "open",
    ("open", "substantiate"): "substantiated",
    ("open", "dismiss"): "unfounded",
}
"""Every move there is. Nothing leaves a closed case: what is noticed later opens another."""

_CLOSING: Mapping[Finding, Verb] = {"substantiated": "substantiate", "unfounded": "dismiss"}
_OF_AGE = 18  # 未成年人保护法 art. 2
_CLOCK_MAY_BE_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What the register knows of a person that decides what the law asks."""

    born_on: date | None
    categories: Collection[str]
    conditions: Collection[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """The facts of one case. `noticed_by`: who raised it; `visitor_id`: who visits the person."""

    id: UUID
    recipient_id: UUID
    agreement_id: UUID | None
    district_id: int
    status: Status
    minor: bool
    without_capacity: bool
    opened_at: datetime
    report_due_at: datetime | None
    reported_at: datetime | None
    retain_until: date
    policy_id: UUID | None
    replacement_case_id: UUID | None
    visitor_id: UUID | None = None
    noticed_by: frozenset[UUID] = frozenset()


def is_minor(known: Known, today: date) -> bool:
    """Under 18 on this local day; the category stands in for a birthday nobody knows."""
    return age_on(known.born_on, today) < _OF_AGE if known.born_on else "minor" in known.categories


def lacks_capacity(known: Known) -> bool:
    """Whether to treat somebody as without civil capacity. Only a court declares that; dementia is the register's word
    that comes nearest. Full care is not: who cannot walk can speak for themselves."""
    return "dementia" in known.conditions


def report_due(*, minor: bool, without_capacity: bool, now: datetime, promptly: datetime) -> datetime | None:
    """By when the mandatory report must be made.

    A minor: at once (立即, 未成年人保护法 art. 11). Without civil capacity: promptly (及时, 反家庭暴力法 art. 14),
    which is the district's own time for settling what is critical. Anybody else: no law asks it, and handlers decide.
    """
    if minor:
        return now
    return promptly if without_capacity else None


def kept_until(day: date, years: int) -> date:
    """The last day of so many full years, counted from the day after."""
    return months_after(day + timedelta(days=1), 12 * years)


def say(what: str, *, made_at: datetime, now: datetime) -> None:
    """Refuse a concern that says nothing, or was noticed in the future."""
    if not what.strip():
        raise NothingSaid(field="/what")
    if made_at > now + _CLOCK_MAY_BE_AHEAD:
        raise SeenAhead(field="/noticed_at")


def report(case: Case, *, authority: Authority, reference: str) -> None:
    """Refuse unless this report may be recorded: once, with what proves it, and to whom the law names."""
    _move(case.status, "report")
    if case.reported_at is not None:
        raise ReportedAlready
    if not reference.strip():
        raise ReferenceMissing(field="/reference")
    named = _named_by_law(case)
    if named and authority not in named:
        names = "、".join(AUTHORITY_NAMES[one] for one in named)
        raise WrongAuthority(f"依法须向{names}报告。请报告后登记其回执号。", field="/authority")


def _named_by_law(case: Case) -> tuple[Authority, ...]:
    if case.minor:
        return ("police", "civil_affairs", "education")
    return ("police",) if case.without_capacity else ()


def close(case: Case, finding: Finding, *, found: str, by: UUID) -> Status:
    """The status after a finding. Refused while the law waits for the report, and to whoever visits or noticed it."""
    status = _move(case.status, _CLOSING[finding])
    if case.report_due_at is not None and case.reported_at is None:
        raise ReportFirst
    if by == case.visitor_id or by in case.noticed_by:
        raise SecondPersonNeeded
    if not found.strip():
        raise FindingMissing(field="/found")
    return status


def alert_over(case: Case) -> str | None:
    """How the alert has ended; None while it must go on.

    It ends when the case is closed. It ends earlier when a report was made and a replacement case carries the matter
    on: somebody has acted, and from there the deadline of that decision rings. The replacement case alone ends nothing:
    policy opens it by itself, and no human need have looked.
    """
    if case.status != "open":
        return "closed"
    return "reported" if case.reported_at is not None and case.replacement_case_id is not None else None


def _move(status: Status, verb: Verb) -> Status:
    try:
        return MOVES[status, verb]
    except KeyError:
        raise CaseClosed from None
