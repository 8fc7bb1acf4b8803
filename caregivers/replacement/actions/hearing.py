"""The hearing: the caregiver is invited in time, and what everybody said is recorded before anything is decided."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from caregivers.replacement import hearing as rules
from caregivers.replacement.actions.holding import hold, keep_aside, notice_term, permit
from caregivers.replacement.actions.telling import disclose, notify_caregiver, write
from caregivers.replacement.case import Case
from caregivers.replacement.hearing import Heard, Telling
from caregivers.replacement.queries import cases as queries
from caregivers.replacement.refusals import CannotReach
from core import db
from core.clock import LOCAL


async def tell_caregiver(case_id: UUID, *, hearing_at: datetime, how: Telling, by: Account, now: datetime) -> None:
    """Invite the caregiver to a hearing. From here on they know of the case, and so may their side.

    Told again, the time to prepare begins again.
    """
    permit(by, "replacement.hear")
    async with db.transaction(by.scope):
        case = await hold(case_id)
        await keep_aside(case, by)
        rules.invite(case, hearing_at=hearing_at, term=await notice_term(case, now), now=now)
        await queries.save_told(case.id, how=how, hearing_at=hearing_at, by=by.id, now=now)
        lines = [
            f"乡镇(街道)将于{hearing_at.astimezone(LOCAL):%Y年%m月%d日 %H:%M}就您的照料协议听取意见。",
            "请届时到场说明情况，也可以提前书面陈述。未到场的，将依据已有记录作出决定。",
        ]
        occurrence = f"replacement:{case.id}:hearing:{hearing_at.isoformat()}"
        reached = await notify_caregiver(case, "hearing_invited", lines, occurrence=occurrence, now=now)
        if how == "notice" and not reached:
            raise CannotReach(field="/how")
        await disclose(case, by=by.id, now=now, facts={"how": how, "hearing_at": hearing_at})


async def hear(case_id: UUID, heard: Heard, *, by: Account, now: datetime) -> UUID:
    """Record a hearing; its id. Who came knows of the case from that moment."""
    permit(by, "replacement.hear")
    async with db.transaction(by.scope):
        case = await hold(case_id)
        await keep_aside(case, by)
        term = await notice_term(case, now)
        rules.hear(case, heard, hearing_at=await queries.invited_for(case.id), term=term, now=now)
        if case.told_at is None:
            case = await _told_there(case, heard, by, now)
        hearing_id = await queries.add_hearing(case, heard, by=by.id, now=now)
        facts = {"held_at": heard.held_at, "present": heard.present, "hearing": hearing_id}
        await write("replacement.heard", case, by=by.id, now=now, facts=facts)
        return hearing_id


async def _told_there(case: Case, heard: Heard, by: Account, now: datetime) -> Case:
    await queries.save_told(case.id, how="in_person", hearing_at=None, by=by.id, now=heard.held_at)
    await disclose(case, by=by.id, now=now, facts={"how": "in_person"})
    return replace(case, told_at=heard.held_at)
