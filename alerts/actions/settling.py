"""What follows once an alert is resolved: nothing more is owed about it, and who was told learns that it is over."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from alerts.canary import journal_area
from alerts.lifecycle import outcome_name
from alerts.notices import NewNotice
from alerts.queries.owing import add_notices
from alerts.queries.settling import Resolved, told_of, withdraw_notices
from core import journal


async def settle(resolved: Sequence[Resolved], *, outcome: str, by: UUID | None, now: datetime) -> None:
    """Withdraw what is still owed, tell the inboxes of those already told, and write the journal."""
    if not resolved:
        return
    alerts = {one.id: one for one in resolved}
    await withdraw_notices(list(alerts), reason=f"预警已解除：{outcome_name(outcome, resolved[0].kind)}")
    notices = [_over(alerts[alert_id], told, outcome) for alert_id, told in await told_of(list(alerts)) if told != by]
    await add_notices(notices, {}, now=now)
    await journal.write_all([_entry(one, outcome, by, now) for one in resolved])


def _over(alert: Resolved, account_id: UUID, outcome: str) -> NewNotice:
    return NewNotice(
        occurrence=f"{alert.id}:resolved",
        kind="alert_resolved",
        severity=alert.severity,
        account_id=account_id,
        area_id=None if alert.confidential else alert.area_id,
        alert_id=alert.id,
        facts={"kind": alert.kind, "outcome": outcome},
    )


def _entry(alert: Resolved, outcome: str, by: UUID | None, now: datetime) -> journal.Entry:
    facts = {"outcome": outcome, "rung": alert.rung}
    place = journal_area(alert.kind, alert.area_id, confidential=alert.confidential)
    return journal.Entry(kind="alert.resolved", subject_id=alert.id, area_id=place, by=by, at=now, facts=facts)
