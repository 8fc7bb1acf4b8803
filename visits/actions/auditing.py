"""The auditor: starts from people, not from slots, and asks of each whether somebody sees them or is being told."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from accounts.policy_words import Risk
from accounts.queries import EffectivePolicy, policies_for
from alerts.actions import open_alerts_today, resolve_for
from alerts.opening import NewAlert
from core import db, journal
from core.clock import local_day
from core.scope import JOBS
from recipients.by_policy import absence_rule
from visits.actions.laying import terms_of
from visits.contact import ABOUT_NOT_SEEN, forgotten, longest_gap
from visits.queries import auditing as queries
from visits.queries.auditing import Limit, Unseen
from visits.queries.laying import districts_with_people

_ABOUT = tuple(sorted(ABOUT_NOT_SEEN))


async def audit_people(*, now: datetime) -> Counter[str]:
    """Alert for everybody nobody has seen for too long: {"unseen": …, "alerted": …, "settled": …, "forgotten": …}.

    "forgotten" are those for whom, after all that, still nobody is being told: the outside heartbeat stops for them.
    """
    async with db.transaction(JOBS):
        day = local_day(now)
        districts = await districts_with_people()
        policies = await policies_for(districts, day)
        limits = [_limit(district_id, risk, one) for district_id, one in policies.items() for risk in Risk]
        settled = await _settle(now)
        unseen = await queries.unseen(limits, about=_ABOUT, now=now)
        missing = _forgotten(unseen, policies, now)
        alerted = await open_alerts_today([_alert(one, policies, now) for one in missing], now=now)
        left = _forgotten(await queries.unseen(limits, about=_ABOUT, now=now), policies, now) if missing else []
        await journal.write_all([_entry(one, now) for one in left])
        return Counter(unseen=len(unseen), alerted=alerted, settled=settled, forgotten=len(left))


def _limit(district_id: int, risk: Risk, issued: EffectivePolicy) -> Limit:
    return Limit(
        district_id=district_id,
        risk=risk.value,
        longest_gap=longest_gap(terms_of(issued.policy, risk)),
        return_check_within=absence_rule(issued.policy, risk).return_check_within,
    )


def _forgotten(unseen: Sequence[Unseen], policies: Mapping[int, EffectivePolicy], now: datetime) -> list[Unseen]:
    return [
        one for one in unseen if forgotten(one.person, terms_of(policies[one.district_id].policy, one.risk), now=now)
    ]


def _alert(one: Unseen, policies: Mapping[int, EffectivePolicy], now: datetime) -> NewAlert:
    """One a day a person: a word that settled yesterday's without anybody seeing them holds for a day only."""
    gap = longest_gap(terms_of(policies[one.district_id].policy, one.risk))
    contact_at = one.person.contact_at
    return NewAlert(
        occurrence=f"no_contact:{one.person.recipient_id}:{local_day(now).isoformat()}",
        kind="no_contact",
        risk=one.risk,  # type: ignore[arg-type]  # the table's own check holds it to the three words
        area_id=one.area_id,
        district_id=one.district_id,
        recipient_id=one.person.recipient_id,
        subject_id=one.person.recipient_id,
        owner_id=one.worker_id,
        facts={"since": now - gap} | ({"last_contact_at": contact_at} if contact_at else {}),
    )


async def _settle(now: datetime) -> int:
    """A report and an alert may have crossed, neither seeing the other: the contact answers it all the same."""
    subjects = await queries.answered_unnoticed(_ABOUT, now=now)
    settled = await resolve_for(
        subjects, kinds=ABOUT_NOT_SEEN, outcome="seen_later", evidence={"found_by": "auditor"}, by=None, now=now
    )
    return len(settled)


def _entry(one: Unseen, now: datetime) -> journal.Entry:
    return journal.Entry(
        kind="person.forgotten",
        subject_id=one.person.recipient_id,
        area_id=one.area_id,
        by=None,
        at=now,
        facts={"risk": one.risk},
    )
