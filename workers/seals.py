"""Seals: the journal chained line after line, so that nobody changes it unseen; its head told and kept once a day."""

from collections.abc import Mapping
from datetime import datetime

from alerts.actions.heads import tell_head
from core.clock import local_day
from core.heads import keep_head
from core.seals import seal_journal
from workers.batches import until_none_is_full
from workers.senders import outside

_BATCH = 10_000


async def run(now: datetime) -> Mapping[str, int]:
    sealed = await until_none_is_full(lambda limit: seal_journal(now=now, limit=limit), batch=_BATCH)
    link, told = await tell_head(now=now)
    file = outside().heads_file
    if link and file:
        keep_head(file, link, day=local_day(now))
    return {"lines": sealed["lines"], "heads": told}
