"""Risk derived again by the clock: people grow older and districts change their policy without anybody editing."""

from datetime import datetime
from uuid import UUID

from accounts.queries import policies_for
from core import clock, db, journal
from core.journal import Entry
from core.scope import JOBS
from recipients.by_policy import judge
from recipients.queries import risks as queries
from recipients.queries.risks import Shift
from recipients.risk import CATEGORIES


async def rederive_risk(*, now: datetime, limit: int = 5000) -> int:
    """Look at everybody, `limit` at a time and each batch in its own transaction; how many changed."""
    changed = 0
    after: UUID | None = None
    while True:
        async with db.transaction(JOBS):
            seen = await queries.risk_facts(after=after, limit=limit)
            today = clock.local_day(now)
            policies = await policies_for({one.district_id for one in seen}, today)
            shifts: list[Shift] = []
            for one in seen:
                judged = judge(one.circumstances, policy=policies[one.district_id].policy, today=today)
                categories = tuple(name for name in CATEGORIES if name in judged.categories)
                if (judged.assessment.risk, categories) != (one.risk, one.categories):
                    shifts.append(Shift(facts=one, risk=judged.assessment.risk, categories=categories))
            written = await queries.save_risks(shifts, at=now)
            await journal.write_all([_told(shift, now) for shift in shifts if shift.facts.recipient_id in written])
        changed += len(written)
        if len(seen) < limit:
            return changed
        after = seen[-1].recipient_id


def _told(shift: Shift, now: datetime) -> Entry:
    before = shift.facts
    return Entry(
        kind="recipient.risk_changed",
        subject_id=before.recipient_id,
        area_id=before.area_id,
        by=None,
        at=now,
        facts={
            "from": before.risk,
            "to": shift.risk,
            "gained": [one for one in shift.categories if one not in before.categories],
            "lost": [one for one in before.categories if one not in shift.categories],
        },
    )
