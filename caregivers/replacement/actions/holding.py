"""What stands before every step a person takes in a case: it is theirs to see, it is held, and they may take it."""

from datetime import datetime
from uuid import UUID

from accounts.duty import Duty
from accounts.permissions import Account, Permission
from accounts.queries import calendars_for, duty_facts, policy_issued, staff_named
from caregivers.people.queries import caregivers_side
from caregivers.replacement import deciding
from caregivers.replacement.case import Case
from caregivers.replacement.hearing import NoticeTerm
from caregivers.replacement.queries import cases as queries
from caregivers.replacement.queries.people import visitors_of
from caregivers.replacement.refusals import CaseNotFound, NotTheDecider
from core import clock
from core.errors import Forbidden


def permit(by: Account, permission: Permission) -> None:
    if not by.may(permission):
        raise Forbidden


async def hold(case_id: UUID) -> Case:
    held = await queries.hold_case(case_id)
    if held is None:
        raise CaseNotFound
    return held


async def keep_aside(case: Case, by: Account) -> None:
    """Refuse whoever is tied to the caregiver, or visits the recipient."""
    side = await caregivers_side(case.caregiver_id)
    deciding.aside(by.id, side=side, visitors=await visitors_of(case.recipient_id))


async def must_answer(case: Case, by: Account, now: datetime) -> None:
    """Refuse whoever does not answer for the township's decisions now: the head, or who covers for them on leave."""
    facts = await duty_facts([case.area_id])
    answering = [answer.account_id for answer in facts.answering(Duty.TOWNSHIP_LEADER, case.area_id, now)]
    if by.id not in answering:
        known = await staff_named(answering)
        raise NotTheDecider(tuple(known[one].name for one in answering if one in known))


async def notice_term(case: Case, now: datetime) -> NoticeTerm:
    """How long ahead the caregiver is told, by the policy the case was opened under."""
    policy = await policy_issued(case.policy_id)
    calendars = await calendars_for([case.district_id], clock.local_day(now))
    return NoticeTerm(ahead=policy.replacement.hearing_notice, calendar=calendars[case.district_id])
