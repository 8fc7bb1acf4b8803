"""Alerts over HTTP: the list by what happens next, one that explains itself, and what people do with it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import Parameter

from accounts.permissions import Account
from alerts import actions
from alerts.queries.reading import Wanted, alerts_page
from api import paging
from api.alert_story import AlertLine, AlertStory, line, story
from api.emergency_cards import step_cards
from api.values import AreaIdInAddress, Moment
from core import db
from recipients.queries import masked_names
from visits.daily.queries.steps import steps_of

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Evidence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What shows that the alert is settled. `how`: at the door, by phone or video, or from papers."""

    note: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    how: Literal["door", "phone", "video", "papers"] | None = None
    seen_at: datetime | None = None


class ResolveAlert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    outcome: Literal["met", "helped", "absence_confirmed", "in_hospital", "handed_over", "mistaken"]
    evidence: Evidence


class ReturnAlert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    to: UUID
    reason: Reason


class PauseAlert(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    until: Moment
    reason: Reason


class Alerts(Controller):
    """预警"""

    path = "/alerts"
    tags = ("预警",)

    @get(opt={"permission": "alert.read"})
    async def list_alerts(
        self,
        by: Account,
        status: Literal["open", "acknowledged", "resolved"] | None = None,
        severity: Literal["critical", "serious", "general"] | None = None,
        kind: Annotated[str | None, Parameter(max_length=40)] = None,
        area_id: AreaIdInAddress = None,
        recipient_id: UUID | None = None,
        mine: bool = False,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[AlertLine]:
        """未解除的预警，最先到时限的在前；status=resolved 时为已解除的，最近的在前。mine=true 只列与本人有关的。"""
        resolved = status == "resolved"
        of = "alerts.resolved" if resolved else "alerts"
        wanted = Wanted(
            resolved=resolved,
            status=status,
            severity=severity,
            kind=kind,
            area_id=area_id,
            recipient_id=recipient_id,
            mine=by.id if mine else None,
        )
        async with db.transaction(by.scope):
            after = paging.after(cursor, tuple[datetime, UUID], of=of)
            found = await alerts_page(wanted, area_ids=by.area_ids, after=after, limit=size + 1)
            names = await masked_names({one.recipient_id for one in found if one.recipient_id})
        return paging.page(
            found,
            size,
            of=of,
            key=lambda one: (one.resolved_at if resolved else one.alert.next_at, one.alert.id),
            item=lambda one: line(one, names),
        )

    @get("/{alert_id:uuid}", opt={"permission": "alert.read"})
    async def explain_alert(self, alert_id: UUID, by: Account, now: datetime) -> AlertStory:
        """一条预警的来龙去脉：依据的政策、缺少什么、通知了谁、结果如何、接下来何时通知谁。"""
        return await _story(alert_id, by, now)

    @post("/{alert_id:uuid}/acknowledge", opt={"permission": "alert.acknowledge"}, status_code=200)
    async def acknowledge_alert(self, alert_id: UUID, by: Account, now: datetime) -> AlertStory:
        """签收：在有效期内暂不升级；到期仍未解除，自动继续升级。"""
        await actions.acknowledge(alert_id, by=by, now=now)
        return await _story(alert_id, by, now)

    @post("/{alert_id:uuid}/resolve", opt={"permission": "alert.resolve"}, status_code=200)
    async def resolve_alert(self, alert_id: UUID, data: ResolveAlert, by: Account, now: datetime) -> AlertStory:
        """解除，须写明结果和依据；已升级到第三级的，须由责任人以外的人解除。"""
        evidence = msgspec.to_builtins(data.evidence)
        await actions.resolve(alert_id, outcome=data.outcome, evidence=evidence, by=by, now=now)
        return await _story(alert_id, by, now)

    @post("/{alert_id:uuid}/return", opt={"permission": "alert.return"}, status_code=200)
    async def return_alert(self, alert_id: UUID, data: ReturnAlert, by: Account, now: datetime) -> AlertStory:
        """退回一次，须写明原因并指定另一位责任人；时限不重新计算。"""
        await actions.return_to(alert_id, to=data.to, reason=data.reason, by=by, now=now)
        return await _story(alert_id, by, now)

    @post("/{alert_id:uuid}/pause", opt={"permission": "alert.pause"}, status_code=200)
    async def pause_alert(self, alert_id: UUID, data: PauseAlert, by: Account, now: datetime) -> AlertStory:
        """批准暂停这一条预警，须写明原因和结束时间(不超过政策上限)；到期自动恢复。"""
        await actions.pause(alert_id, until=data.until, reason=data.reason, by=by, now=now)
        return await _story(alert_id, by, now)


CONTROLLERS = (Alerts,)


async def _story(alert_id: UUID, by: Account, now: datetime) -> AlertStory:
    async with db.transaction(by.scope):
        told = await actions.explain(alert_id, by=by, now=now)
        about = told.story.recipient_id
        steps = await steps_of(alert_id)
        names = await actions.colleagues({one.taken.by for one in steps}) if steps else {}
        return story(told, await masked_names([about] if about else []), step_cards(steps, names))
