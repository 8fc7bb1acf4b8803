"""What an alert tells over HTTP: its line in a list, and the whole story of one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.duty import DUTY_NAMES
from accounts.policy_words import SEVERITY_NAMES, Severity
from alerts.actions.reading import Explained
from alerts.explain import ALERT_STATUS_NAMES, CHANNEL_NAMES, STATUS_NAMES, Fired, Next, Story, Told
from alerts.kinds import KINDS, ends_by_deed, name_of
from alerts.lifecycle import outcome_name
from alerts.messages import short
from alerts.queries.reading import Listed
from api.emergency_cards import StepCard


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """A person by id; `name` is masked, and null where the reader may not know it."""

    id: UUID
    name: str | None


class AlertLine(msgspec.Struct, frozen=True, kw_only=True):
    """An alert in a list. `next_at`: when it goes on by itself; null once resolved.

    `ends_by_deed`: nobody closes it with a word, what it asks for must be done.
    """

    id: UUID
    short_id: str
    kind: str
    kind_name: str
    severity: str
    severity_name: str
    status: str
    status_name: str
    ends_by_deed: bool
    urgent: bool
    high_risk: bool
    area_id: int
    area: str
    recipient: Named | None
    subject_id: UUID | None
    opened_at: datetime
    rung: int
    duty: str | None
    duty_name: str | None
    next_at: datetime | None
    resolve_by: datetime | None
    acknowledged_until: datetime | None
    paused_until: datetime | None
    resolved_at: datetime | None
    outcome: str | None
    outcome_name: str | None


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The version in force when the alert opened; `id` is null for the default no district issued."""

    id: UUID | None
    version: int
    document_number: str


class Notified(msgspec.Struct, frozen=True, kw_only=True):
    """One person told on one channel, and how it went."""

    account: Named
    covering_for: Named | None
    channel: str
    channel_name: str
    status: str
    status_name: str
    owed_at: datetime
    sent_at: datetime | None
    read_at: datetime | None
    tries: int
    error: str | None


class RungFired(msgspec.Struct, frozen=True, kw_only=True):
    """A rung that fired; `gap`: nobody held the duty."""

    rung: int
    repeat: int
    duty: str
    duty_name: str
    fired_at: datetime
    gap: bool
    told: list[Notified]


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """What happens by itself unless somebody acts before, and who is told then, as the roster stands now."""

    at: datetime
    what: str
    duty: str
    duty_name: str
    people: list[Named]


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    by: Named
    at: datetime
    until: datetime


class Return(msgspec.Struct, frozen=True, kw_only=True):
    by: Named
    to: Named
    at: datetime
    reason: str


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    by: Named
    until: datetime
    reason: str


class Resolution(msgspec.Struct, frozen=True, kw_only=True):
    """`by` is null where evidence resolved it without a person's word."""

    by: Named | None
    at: datetime
    outcome: str
    outcome_name: str
    evidence: dict[str, Any]


class HistoryLine(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    at: datetime
    by: Named | None
    facts: dict[str, Any]


class AlertStory(msgspec.Struct, frozen=True, kw_only=True):
    """An alert that explains itself. `says` tells the same in sentences."""

    alert: AlertLine
    asks: str
    says: list[str]
    policy: Policy
    missing: dict[str, Any]
    owner: Named | None
    rungs: list[RungFired]
    told_besides: list[Notified]
    steps: list[StepCard]
    acknowledged: Acknowledgement | None
    returned: Return | None
    paused: Pause | None
    resolved: Resolution | None
    next: NextStep | None
    history: list[HistoryLine]


def line(found: Listed, recipients: Mapping[UUID, str]) -> AlertLine:
    """An alert in a list; `recipients` are the masked names the reader may see."""
    alert = found.alert
    duty = alert.ladder.rungs[alert.rung].duty if alert.rung >= 0 else None
    return AlertLine(
        id=alert.id,
        short_id=short(alert.id),
        kind=alert.kind,
        kind_name=name_of(alert.kind),
        severity=alert.severity,
        severity_name=SEVERITY_NAMES[Severity(alert.severity)],
        status=alert.status,
        status_name=ALERT_STATUS_NAMES[alert.status],
        ends_by_deed=ends_by_deed(alert.kind),
        urgent=alert.urgent,
        high_risk=alert.high_risk,
        area_id=alert.area_id,
        area=found.area,
        recipient=Names(recipients)(found.recipient_id),
        subject_id=alert.subject_id,
        opened_at=alert.opened_at,
        rung=alert.rung,
        duty=duty,
        duty_name=DUTY_NAMES[duty] if duty else None,
        next_at=alert.next_at,
        resolve_by=alert.resolve_by,
        acknowledged_until=alert.acknowledged_until if alert.status == "acknowledged" else None,
        paused_until=alert.paused_until,
        resolved_at=found.resolved_at,
        outcome=found.outcome,
        outcome_name=outcome_name(found.outcome, alert.kind) if found.outcome else None,
    )


def story(told: Explained, recipients: Mapping[UUID, str], steps: list[StepCard]) -> AlertStory:
    """The whole story as one answer."""
    found, name = told.story, Names(told.names)
    alert = found.alert
    listed = Listed(
        alert=alert,
        area=found.area,
        recipient_id=found.recipient_id,
        resolved_at=found.resolved_at,
        outcome=found.outcome,
    )
    return AlertStory(
        alert=line(listed, recipients),
        asks=KINDS[alert.kind].deed if alert.kind in KINDS else "",
        says=list(told.says),
        policy=Policy(
            id=found.policy_id,
            version=alert.ladder.policy_version,
            document_number=alert.ladder.document_number,
        ),
        missing=dict(found.facts),
        owner=name(alert.owner_id),
        rungs=[_rung(fired, found, name) for fired in found.rungs],
        told_besides=[_notified(one, name) for one in found.told if one.rung is None],
        steps=steps,
        acknowledged=_acknowledged(found, name),
        returned=_returned(found, name),
        paused=_paused(found, name),
        resolved=_resolved(found, name),
        next=_next(told.coming, name) if told.coming else None,
        history=[
            HistoryLine(kind=one.kind, at=one.at, by=name(one.by), facts=dict(one.facts)) for one in found.history
        ],
    )


class Names:
    """Puts the masked name to an id; nobody for no id."""

    def __init__(self, names: Mapping[UUID, str]) -> None:
        self.names = names

    def __call__(self, person_id: UUID | None) -> Named | None:
        return None if person_id is None else self.of(person_id)

    def of(self, person_id: UUID) -> Named:
        return Named(id=person_id, name=self.names.get(person_id))


def _rung(fired: Fired, found: Story, name: Names) -> RungFired:
    return RungFired(
        rung=fired.rung,
        repeat=fired.repeat,
        duty=fired.duty,
        duty_name=DUTY_NAMES[fired.duty],
        fired_at=fired.fired_at,
        gap=fired.gap,
        told=[_notified(one, name) for one in found.told if (one.rung, one.repeat) == (fired.rung, fired.repeat)],
    )


def _notified(told: Told, name: Names) -> Notified:
    return Notified(
        account=name.of(told.account_id),
        covering_for=name(told.covering_for),
        channel=told.channel,
        channel_name=CHANNEL_NAMES.get(told.channel, told.channel),
        status=told.status,
        status_name=STATUS_NAMES[told.status],
        owed_at=told.owed_at,
        sent_at=told.sent_at,
        read_at=told.read_at,
        tries=told.tries,
        error=told.last_error,
    )


def _next(coming: Next, name: Names) -> NextStep:
    return NextStep(
        at=coming.at,
        what=coming.what,
        duty=coming.duty,
        duty_name=DUTY_NAMES[coming.duty],
        people=[name.of(one) for one in coming.people],
    )


def _acknowledged(found: Story, name: Names) -> Acknowledgement | None:
    alert = found.alert
    if alert.status != "acknowledged" or not (
        alert.acknowledged_by and alert.acknowledged_at and alert.acknowledged_until
    ):
        return None
    return Acknowledgement(by=name.of(alert.acknowledged_by), at=alert.acknowledged_at, until=alert.acknowledged_until)


def _returned(found: Story, name: Names) -> Return | None:
    to = found.alert.returned_to
    if to is None or found.returned_by is None or found.returned_at is None:
        return None
    return Return(by=name.of(found.returned_by), to=name.of(to), at=found.returned_at, reason=found.return_reason or "")


def _paused(found: Story, name: Names) -> Pause | None:
    until = found.alert.paused_until
    if until is None or found.paused_by is None:
        return None
    return Pause(by=name.of(found.paused_by), until=until, reason=found.pause_reason or "")


def _resolved(found: Story, name: Names) -> Resolution | None:
    if found.resolved_at is None or found.outcome is None:
        return None
    return Resolution(
        by=name(found.resolved_by),
        at=found.resolved_at,
        outcome=found.outcome,
        outcome_name=outcome_name(found.outcome, found.alert.kind),
        evidence=dict(found.evidence),
    )
