"""What people read: the whole story of an alert, the names of colleagues, a message of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.duty import Answer, Duty
from accounts.permissions import Account
from accounts.queries import DutyFacts, duty_facts
from accounts.queries.people import staff_named
from alerts.actions.answering import AlertNotFound
from alerts.alert import Alert
from alerts.confidential import HANDLERS, may_be_told
from alerts.explain import Next, Story, next_step, sentences
from alerts.queries.inbox import mark_read
from alerts.queries.reading import story_of
from core import db
from core.errors import NotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class Explained:
    """What an alert says of itself. `names` are masked, of colleagues the reader may know."""

    story: Story
    coming: Next | None
    names: Mapping[UUID, str]
    says: tuple[str, ...]


async def explain(alert_id: UUID, *, by: Account, now: datetime) -> Explained:
    """Tell an alert's story. Joins the transaction under way, which must have the reader's eyes."""
    story = await story_of(alert_id, area_ids=by.area_ids)
    if story is None:
        raise AlertNotFound
    alert = story.alert
    duties = await duty_facts([alert.area_id])
    handlers = await _handlers(alert, duties, now) if alert.confidential else ()

    def holding(duty: Duty) -> list[Answer]:
        found = duties.answering(duty, alert.area_id, alert.next_at or now)
        return [one for one in found if may_be_told(one.account_id, alert, handlers)]

    coming = next_step(alert, holding, now=now)
    names = await colleagues(story.people() | set(coming.people if coming else ()))
    return Explained(story=story, coming=coming, names=names, says=sentences(story, coming, names))


async def _handlers(alert: Alert, duties: DutyFacts, now: datetime) -> list[UUID]:
    """Whose post it is to handle what is confidential, among those who answer on this ladder."""
    at = alert.next_at or now
    answering = {
        one.account_id for rung in alert.ladder.rungs for one in duties.answering(rung.duty, alert.area_id, at)
    }
    return [one for one, found in (await staff_named(answering)).items() if found.role in HANDLERS]


async def colleagues(account_ids: set[UUID]) -> dict[UUID, str]:
    """Masked names of those among these accounts whom the caller may know: 王*."""
    return {account_id: f"{found.name[:1]}*" for account_id, found in (await staff_named(account_ids)).items()}


class NoticeNotFound(NotFound):
    detail = "没有找到该消息。请返回消息列表。"


async def read_notice(notice_id: UUID, *, by: Account, now: datetime) -> datetime:
    """Mark one of one's own messages as read; when it first was. It ends no rung: only an acknowledgement does."""
    async with db.transaction(by.scope):
        read_at = await mark_read(notice_id, account_id=by.id, now=now)
    if read_at is None:
        raise NoticeNotFound
    return read_at
