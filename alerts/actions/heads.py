"""Telling the head of the journal's chain, once a day, to people outside the database."""

from datetime import datetime

from alerts.actions.owing import owe
from alerts.notices import NewNotice
from alerts.queries.people import keepers_of_heads
from core import db
from core.chain import Link, code_of
from core.clock import local_day
from core.scope import JOBS
from core.seals import last_link


async def tell_head(*, now: datetime) -> tuple[Link | None, int]:
    """Owe the day's head to every auditor and administrator; the newest link, and how many notices were new."""
    async with db.transaction(JOBS):
        link = await last_link()
        if link is None:
            return None, 0
        day = local_day(now)
        lines = [f"日志封存至第 {link.number} 号，校验码：", code_of(link.head), "请留存，核验日志时使用。"]
        facts = {"day": day.isoformat(), "number": link.number, "code": code_of(link.head), "lines": lines}
        notices = [
            NewNotice(
                occurrence=f"journal_head:{day.isoformat()}",
                kind="journal_head",
                severity="general",
                account_id=account_id,
                facts=facts,
            )
            for account_id in await keepers_of_heads()
        ]
        return link, await owe(notices, now=now)
