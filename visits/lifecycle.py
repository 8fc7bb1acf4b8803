"""A visit's life: which state follows which, how a slot is judged when its time is up, what a report makes of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from recipients.absence import Absence
from visits.report import Report

Status = Literal["open", "made", "missed", "not_known", "excused", "cancelled"]
Shown = Literal["scheduled", "due", "made", "missed", "not_known", "excused", "cancelled"]

# What may follow what. Made is left only when the evidence itself is withdrawn: amended away, or a late entry refused.
MOVES: Mapping[Status, frozenset[Status]] = {
    "open": frozenset({"made", "missed", "not_known", "excused", "cancelled"}),
    "missed": frozenset({"made"}),
    "not_known": frozenset({"made", "missed"}),
    "excused": frozenset({"made"}),
    "made": frozenset({"open"}),
    "cancelled": frozenset(),
}
UNSETTLED: frozenset[Status] = frozenset({"open", "missed", "not_known"})
_PAST: frozenset[Status] = frozenset({"missed", "not_known"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A slot as the rules see it. `covers_from` is when its interval begins: a contact before it belongs elsewhere.

    `went_out`: it is cancelled or somebody else's, and once went out to the phone of whoever reports.
    """

    id: UUID
    status: Status
    reason: str
    risk: str
    covers_from: datetime
    opens_at: datetime
    due_at: datetime
    missed_after: datetime
    worker_id: UUID | None = None
    planned_worker_id: UUID | None = None
    report_id: UUID | None = None
    went_out: bool = False

    def shown(self, now: datetime) -> Shown:
        """Stored "open" is scheduled before its window and due after it: time alone decides."""
        if self.status != "open":
            return self.status
        return "scheduled" if now < self.opens_at else "due"

    def holds(self, moment: datetime) -> bool:
        """Whether a contact at this moment is evidence for this slot."""
        return self.opens_at <= moment <= self.missed_after


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What becomes of a slot whose time is up, and the word for why."""

    status: Status
    why: str


def judge(
    visit: Visit,
    *,
    absences: Iterable[Absence],
    has_phone: bool,
    phone_seen_at: datetime | None,
    more_to_send: bool = False,
) -> Judgement:
    """Judge an open slot past `missed_after`.

    1. An absence, or several without a gap, that was confirmed by then and lasts from the due moment to the end of
       the grace excuses it. One that begins within the grace does not: the visit was due before.
    2. A phone that has spoken since the due moment and brought no report: missed.
    3. A phone silent since then, or one that says it holds more to send: not known. Nobody is blamed, and the alert is
       the same.
    4. Who has no phone sends nothing late by it: missed.
    """
    if away_throughout(absences, since=visit.due_at, until=visit.missed_after):
        return Judgement(status="excused", why="absent")
    if visit.worker_id is None:
        return Judgement(status="missed", why="no_worker")
    if not has_phone:
        return Judgement(status="missed", why="no_phone")
    if phone_seen_at is None or phone_seen_at < visit.due_at:
        return Judgement(status="not_known", why="phone_silent")
    if more_to_send:
        return Judgement(status="not_known", why="more_to_send")
    return Judgement(status="missed", why="no_report")


def away_throughout(absences: Iterable[Absence], *, since: datetime, until: datetime) -> bool:
    """Whether confirmed absences, handing over without a gap, cover all of the time between the two moments."""
    held = [one for one in absences if one.confirmed_at is not None and one.confirmed_at <= until]
    reached = since
    while True:
        over_at = max((one.over_at for one in held if one.starts_at <= reached < one.over_at), default=None)
        if over_at is None:
            return False
        if over_at > until:
            return True
        reached = over_at


@dataclass(frozen=True, kw_only=True, slots=True)
class LogTerms:
    """What the policy the visit was laid under says of reports."""

    late_after: timedelta
    confirmed_after: timedelta
    remote_one_in: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """What else is known of the person when a report arrives.

    `others`: unsettled visits whose window holds the contact. `remote_before`: whether each of the last contacts
    before it was remote, nearest first. `seen_after`: somebody met the person after the moment reported.
    """

    others: tuple[Visit, ...] = ()
    remote_before: tuple[bool, ...] = ()
    seen_after: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Logged:
    """What a report makes of things.

    `settles` are the visits it makes, the reported one among them or not; `contact`: the person was seen or spoken to,
    and it was them. `alerts` are the kinds to open at once.
    """

    labels: tuple[str, ...]
    settles: tuple[UUID, ...]
    contact: bool
    alerts: tuple[str, ...]


def log(
    visit: Visit,
    report: Report,
    around: Around,
    terms: LogTerms,
    *,
    by: UUID,
    logged_at: datetime,
    at: datetime | None = None,
) -> Logged:
    """Take in a report that is not contradictory, not misdated, and not for a cancelled visit nobody was sent to.

    Every report is kept. It makes the visit unless nobody was met, it was not certain who was met, a phone call does
    not do, the moment lies outside the window, or the visit is made already. A contact that cannot make this visit
    makes the one whose window holds it; a call-back or extra visit standing open at the same moment is made with it.
    `at`: the moment it is judged as of, where that is another than it claims.
    """
    made_at = report.made_at if at is None else at
    labels = [*_who(visit, report, by), *_when(made_at, terms, logged_at)]
    if report.outcome == "not_met":
        labels += ["overtaken"] if around.seen_after else []
        return Logged(
            labels=tuple(labels), settles=(), contact=False, alerts=() if around.seen_after else ("door_unanswered",)
        )
    doubts = _doubts(visit, report, around, terms)
    labels += doubts
    contact = "identity_unconfirmed" not in doubts
    settles: tuple[UUID, ...] = ()
    if not doubts:
        settles = _settled(visit, made_at, around)
        if visit.id not in settles:
            labels.append(_why_not(visit, made_at))
        if settles and visit.id not in settles:
            labels.append("counts_for_another")
    alerts = [] if contact else ["identity_not_confirmed"]
    alerts += ["late_entry"] if "late_to_confirm" in labels else []
    alerts += ["critical_hazard"] if report.leaves_danger else []
    return Logged(labels=tuple(labels), settles=settles, contact=contact, alerts=tuple(alerts))


def _who(visit: Visit, report: Report, by: UUID) -> Iterable[str]:
    if report.on_paper_by is not None:
        yield "paper"
    elif visit.worker_id != by:
        yield "former_worker" if visit.went_out or visit.planned_worker_id == by else "cover"


def _when(made_at: datetime, terms: LogTerms, logged_at: datetime) -> Iterable[str]:
    after = logged_at - made_at
    if after > terms.late_after:
        yield "late"
    if after > terms.confirmed_after:
        yield "late_to_confirm"


def _doubts(visit: Visit, report: Report, around: Around, terms: LogTerms) -> list[str]:
    """Why a contact makes no visit at all."""
    doubts = ["identity_unconfirmed"] if report.identified_by == "not_confirmed" else []
    if report.method != "door":
        if visit.risk == "high":
            doubts.append("door_needed")
        elif any(around.remote_before[: terms.remote_one_in - 1]):
            doubts.append("remote_excess")
    return doubts


def _settled(visit: Visit, made_at: datetime, around: Around) -> tuple[UUID, ...]:
    """This visit, or the earliest of its reason whose window holds the moment; and one of each other reason."""
    candidates = [visit] if visit.status not in ("made", "cancelled") and visit.holds(made_at) else []
    candidates += sorted(
        (one for one in around.others if one.status in UNSETTLED and one.holds(made_at)),
        key=lambda one: (one.due_at, one.id),
    )
    first_of_each: dict[str, UUID] = {}
    for one in candidates:
        first_of_each.setdefault(one.reason, one.id)
    if visit.status == "made":
        first_of_each.pop(visit.reason, None)
    return tuple(first_of_each.values())


def _why_not(visit: Visit, made_at: datetime) -> str:
    if visit.status == "made":
        return "additional"
    if visit.status == "cancelled":
        return "visit_cancelled"
    return "early" if made_at < visit.opens_at else "after_window"


def after_log(visit: Visit, logged: Logged) -> Status:
    """The visit's state once the report is stored."""
    return "made" if visit.id in logged.settles else visit.status
