"""Opening an alert: what is known of the happening, and what the district's policy makes of it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from accounts.calendar import WorkCalendar
from accounts.duty import Duty
from accounts.lengths import Length
from accounts.policy_rows import Alerts, Rung
from alerts.alert import Alert, Ladder
from alerts.kinds import KINDS
from alerts.ladder import after


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAlert:
    """A happening somebody must act on. `occurrence` names it once and for ever, such as "visit_missed:<visit id>".

    `owner_id` is told with the first rung, besides the duty holders. `facts` say what is missing: words, ids and ISO
    dates only, never a name, number or address.

    `waits`: a happening with minutes of its own, rung by rung from the first. They only make it faster, and whoever has
    acknowledged has no longer than the first of them to bring a result.

    `confidential`: only those who handle suspected abuse see it or are told, and never `barred_ids`, the accounts on
    the side of whoever it is about.
    """

    occurrence: str
    kind: str
    risk: Literal["high", "key", "general"] | None = None
    area_id: int
    district_id: int
    recipient_id: UUID | None = None
    subject_id: UUID | None = None
    owner_id: UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    waits: tuple[Length, ...] = ()
    confidential: bool = False
    barred_ids: tuple[UUID, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of alert: {self.kind!r}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What the district's policy says of alerts on the day one opens, and which version says so."""

    alerts: Alerts
    version: int
    document_number: str


def opened(new: NewAlert, terms: Terms, calendar: WorkCalendar, *, id: UUID, now: datetime) -> Alert:
    """The alert under the policy of the day: its first rung is due now, in or out of office hours.

    An alert that is more than general, or about somebody at high risk, is urgent.
    """
    policy = terms.alerts
    severity = policy.severity_of(KINDS[new.kind].row, new.risk)
    urgent = severity != "general" or new.risk == "high"
    return Alert(
        id=id,
        kind=new.kind,
        severity=severity,
        status="open",
        urgent=urgent,
        high_risk=new.risk == "high",
        area_id=new.area_id,
        district_id=new.district_id,
        ladder=Ladder(
            rungs=_sooner(_from(KINDS[new.kind].starts_at, policy.rungs(severity, urgent=urgent)), new.waits),
            acknowledged_for=_shortest(policy.acknowledgement_expires[new.risk or "high"], *new.waits[:1]),
            paused_at_most=policy.pause_at_most[severity],
            messages=policy.messaging,
            policy_version=terms.version,
            document_number=terms.document_number,
        ),
        opened_at=now,
        subject_id=new.subject_id,
        owner_id=new.owner_id,
        next_at=now,
        resolve_by=after(policy.resolve[severity], now, urgent=urgent, calendar=calendar),
    )


def _from(lowest: Duty, rungs: tuple[Rung, ...]) -> tuple[Rung, ...]:
    """The rungs from a duty upward; the last one always stays."""
    order = list(Duty)
    return tuple(rung for rung in rungs[:-1] if order.index(rung.duty) >= order.index(lowest)) + rungs[-1:]


def _sooner(rungs: tuple[Rung, ...], waits: tuple[Length, ...]) -> tuple[Rung, ...]:
    """The same rungs, none of them waiting longer than the happening's own minutes."""
    own = (*waits, *(None for _ in rungs))
    return tuple(
        replace(rung, wait=_shortest(rung.wait, wait)) if wait else rung for rung, wait in zip(rungs, own, strict=False)
    )


def _shortest(*lengths: Length) -> Length:
    return min(lengths, key=lambda length: length.rough_seconds)
