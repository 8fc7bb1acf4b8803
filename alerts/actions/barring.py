"""Barring people from confidential alerts that are under way."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from alerts.queries.barring import add_barred, withdraw_from
from core import journal


async def bar_from(subject_ids: Sequence[UUID], account_ids: Collection[UUID], *, now: datetime) -> None:
    """From now on these accounts neither see nor hear of the confidential alerts about these subjects.

    Joins the transaction under way, which has the jobs' eyes. Whoever was told before sees their notices no more, and
    an acknowledgement or a pause of theirs ends.
    """
    alert_ids = await add_barred(subject_ids, account_ids, now=now)
    await withdraw_from(alert_ids, account_ids)
    facts = {"accounts": sorted(str(one) for one in account_ids)}
    await journal.write_all(
        [
            journal.Entry(kind="alert.barred", subject_id=alert_id, area_id=None, by=None, at=now, facts=facts)
            for alert_id in alert_ids
        ]
    )
