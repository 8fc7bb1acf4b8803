"""The fast ladder over HTTP: what was done about an alert that cannot wait, what comes next and by when."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post

from accounts.permissions import Account
from api.emergency_cards import StepCard, step_cards
from api.values import Moment
from visits.daily.actions import stepping
from visits.daily.actions.stepping import Progress
from visits.daily.emergency import STEP_NAMES, Result, Step, entry_advice

_WITH_REVEAL = "持钥匙人的姓名、电话请在对象页面以“紧急救助”用途查看，查看会留痕。"
_WITHOUT_REVEAL = "持钥匙人的姓名、电话请联系民政专干查看。"


class NewStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一步处置，编号由手机生成，重复提交无妨。result：safe 为亲眼见到本人平安(打电话的，为本人接听)。"""

    id: UUID
    step: Step
    result: Result
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""
    made_at: Moment


class NextStepCard(msgspec.Struct, frozen=True, kw_only=True):
    step: str
    step_name: str


class EntryCard(msgspec.Struct, frozen=True, kw_only=True):
    """能否开门入户。只说有无登记，不含姓名、电话。"""

    keyholder_recorded: bool
    consent: bool | None
    says: str


class EmergencyCard(msgspec.Struct, frozen=True, kw_only=True):
    """next 为接下来要做的，排在前面的先做，next_by 为时限；为空表示已见到本人或已全部办完。

    entry 只给可以处置预警的人看。
    """

    alert_id: UUID
    status: str
    steps: list[StepCard]
    next: list[NextStepCard]
    next_by: datetime | None
    overdue: bool
    entry: EntryCard | None
    warnings: list[str]


class Emergencies(Controller):
    """紧急处置"""

    path = "/alerts/{alert_id:uuid}"
    tags = ("预警",)

    @get("/emergency", opt={"permission": "alert.read"})
    async def emergency(self, alert_id: UUID, by: Account, now: datetime) -> EmergencyCard:
        """已做了哪些、接下来做什么、最晚何时做：先看、再打电话、敲门，再请第二人或持钥匙人，再拨打110、120。"""
        return _card(await stepping.progress(alert_id, by=by, now=now), by, now)

    @post("/steps", opt={"permission": "alert.acknowledge"}, status_code=200)
    async def take_step(self, alert_id: UUID, data: NewStep, by: Account, now: datetime) -> EmergencyCard:
        """登记一步处置，后来的人都能看到。见到本人平安的，预警随即解除；已升级到第三级的，须由第二人见到。"""
        done = await stepping.take_step(
            alert_id,
            data.id,
            step=data.step,
            result=data.result,
            note=data.note.strip(),
            made_at=data.made_at,
            by=by,
            now=now,
        )
        return _card(done, by, now)


CONTROLLERS = (Emergencies,)


def _card(found: Progress, by: Account, now: datetime) -> EmergencyCard:
    return EmergencyCard(
        alert_id=found.emergency.alert_id,
        status=found.emergency.status,
        steps=step_cards(found.steps, found.names),
        next=[NextStepCard(step=one, step_name=STEP_NAMES[one]) for one in found.coming.steps],
        next_by=found.coming.by,
        overdue=found.coming.overdue(now),
        entry=_entry(found, by),
        warnings=list(found.warnings),
    )


def _entry(found: Progress, by: Account) -> EntryCard | None:
    entry = found.entry
    if entry is None:
        return None
    says = entry_advice(entry)
    if entry.keyholder:
        says += _WITH_REVEAL if by.may("recipient.reveal") else _WITHOUT_REVEAL
    return EntryCard(keyholder_recorded=entry.keyholder, consent=entry.consent, says=says)
