"""Agreements in force with what speaks for and against each, as the caller may know it, on any day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.calendar import add
from accounts.policy import Policy
from accounts.queries import calendars_for, policy_for
from caregivers.overview.keeping import WEEK, AgreementFacts, Judged, Kept, Standing, counted_since, judge
from caregivers.replacement.grounds import Fact, Facts
from core import db
from core.clock import local_day

_READ_AT_ONCE = 200

Place = tuple[int, UUID, UUID]
"""Where a list begins: village, recipient, agreement."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An agreement in force, and how it is kept."""

    agreement_id: UUID
    recipient_id: UUID
    caregiver_id: UUID
    area_id: int
    number: str | None
    status: str
    starts_on: date
    ends_on: date
    kept: Kept

    @property
    def place(self) -> Place:
        return self.area_id, self.recipient_id, self.agreement_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Yardstick:
    """By what agreements are judged at a moment: the policy of that day, and what follows from it."""

    at: datetime
    policy: Policy
    since: datetime
    renew_until: date


async def yardstick_for(district_id: int, at: datetime) -> Yardstick:
    """The policy of a district on the day of `at`."""
    day = local_day(at)
    policy = (await policy_for(district_id, day)).policy
    calendar = (await calendars_for([district_id], day))[district_id]
    return Yardstick(
        at=at,
        policy=policy,
        since=counted_since(at, policy.replacement.within_months),
        renew_until=local_day(add(at, policy.agreements.renewal_review_before, calendar)),
    )


async def standing_of_agreements(
    areas: Sequence[int],
    by: Yardstick,
    *,
    standing: Standing | None = None,
    after: Place | None = None,
    limit: int | None = None,
) -> list[Listed]:
    """Agreements in force in these areas at a moment, by village and recipient, of one standing or all."""
    found: list[Listed] = []
    while True:
        rows = await db.fetch(
            _SQL, list(areas), by.at, by.since, local_day(by.at), WEEK, *_beyond(after), _READ_AT_ONCE
        )
        judged = [_listed(row, by) for row in rows]
        found += [one for one in judged if standing in (None, one.kept.standing)]
        if limit is not None and len(found) >= limit:
            return found[:limit]
        if len(rows) < _READ_AT_ONCE:
            return found
        after = judged[-1].place


def _beyond(after: Place | None) -> Place:
    return after or (-1, UUID(int=0), UUID(int=0))


# A decision answers the grounds it was taken on: they count no more. Whatever was withdrawn or mistaken never counted.
_ANSWERED = (
    "EXISTS (SELECT FROM replacement_case d CROSS JOIN jsonb_array_elements(d.grounds) AS g"
    " WHERE d.agreement_id = a.id AND d.decided_at <= $2 AND g->>'subject_id' = {0}.id::text)"
)
_FACTS = "(SELECT coalesce(jsonb_agg(jsonb_build_array(x.id, x.at)), '[]') FROM ({0}) AS x)"
_CYCLES = _FACTS.format(
    "SELECT f.id, f.failed_at AS at FROM failed_cycle f WHERE f.agreement_id = a.id AND f.withdrawn_at IS NULL"
    f" AND f.failed_at BETWEEN $3 AND $2 AND NOT {_ANSWERED.format('f')}"
)
_OPEN = "h.found_at <= $2 AND (h.status = 'open' OR (h.status = 'removed' AND h.closed_at > $2))"
_SERIOUS = _FACTS.format(
    "SELECT h.id, h.found_at AS at FROM hazard h WHERE h.agreement_id = a.id"
    f" AND h.severity IN ('serious', 'critical') AND {_OPEN}"
)
_CRITICAL = _FACTS.format(
    "SELECT h.id, h.found_at AS at FROM hazard h WHERE h.agreement_id = a.id AND h.severity = 'critical'"
    f" AND h.status IN ('open', 'removed') AND h.found_at BETWEEN $3 AND $2 AND NOT {_ANSWERED.format('h')}"
)
_HAZARDS = (
    "(SELECT coalesce(jsonb_object_agg(h.severity, h.count), '{}') FROM (SELECT h.severity, count(*) AS count"
    f" FROM hazard h WHERE h.agreement_id = a.id AND {_OPEN} GROUP BY h.severity) AS h)"
)
_UNDER_WAY = (
    "o.agreement_id = a.id AND o.issued_at <= $2 AND o.withdrawn_at IS NULL AND coalesce(o.closed_at > $2, true)"
)
_SPENT = "(coalesce(o.overdue_at <= $2, false) OR o.status = 'failed')"
_STATEMENTS = (
    "(SELECT count(*) FROM order_answer s JOIN rectification_order o ON o.id = s.order_id"
    f" WHERE {_UNDER_WAY} AND s.kind = 'statement' AND s.logged_at <= $2 AND coalesce(s.heard_at > $2, true))"
)
_CASE = (
    "(SELECT {0} FROM replacement_case c WHERE c.agreement_id = a.id AND c.proposed_at <= $2"
    " AND coalesce(c.decided_at > $2, true) AND coalesce(c.withdrawn_at > $2, true))"
)
_ATTENDED = (
    "(SELECT count(DISTINCT (t.made_at AT TIME ZONE 'Asia/Shanghai')::date) FROM attendance t"
    " WHERE t.agreement_id = a.id AND t.made_at > $2 - $5::interval AND t.made_at <= $2)"
)
_ELSEWHERE = (
    "EXISTS (SELECT FROM temporary_care t WHERE t.recipient_id = a.recipient_id AND t.starts_at <= $2"
    " AND coalesce(t.ended_at > $2 - $5::interval, true))"
)
_SQL = f"""
    SELECT a.id, a.recipient_id, a.caregiver_id, a.area_id, a.number, a.status, a.starts_on, a.ends_on,
        a.status = 'suspended' AND a.suspended_at <= $2 AS suspended,
        coalesce(a.renewal_reviewed_at <= $2, false) AS reviewed,
        a.fee_class = 'full' OR r.self_care = 'full' OR 'serious_illness' = ANY (r.categories)
            OR 'serious_illness' = ANY (r.conditions) AS ill_or_full,
        {_CYCLES} AS cycles, {_SERIOUS} AS serious, {_CRITICAL} AS critical, {_HAZARDS} AS hazards,
        (SELECT count(*) FROM rectification_order o WHERE {_UNDER_WAY} AND NOT {_SPENT}) AS orders,
        (SELECT count(*) FROM rectification_order o WHERE {_UNDER_WAY} AND {_SPENT}) AS orders_failed,
        {_STATEMENTS} AS statements, {_CASE.format("count(*) > 0")} AS case_open,
        {_CASE.format("coalesce(bool_or(c.mandatory), false)")} AS case_mandatory, {_ATTENDED} AS attended,
        a.activated_at <= $2 - $5::interval AND a.starts_on <= $4::date - 7
            AND r.standing = 'at_home' AND NOT {_ELSEWHERE} AS whole_week,
        last.qualified, last.withholds AND coalesce(last.rectified_at > $2, true) AS withheld, last.period_to
    FROM agreement a JOIN recipient r ON r.id = a.recipient_id
    LEFT JOIN LATERAL (SELECT e.qualified, e.withholds, e.rectified_at, e.period_to FROM assessment e
        WHERE e.agreement_id = a.id AND e.status <> 'cancelled' AND e.settled_at <= $2
        ORDER BY e.period_to DESC LIMIT 1) AS last ON true
    WHERE a.area_id = ANY ($1::int[]) AND a.status IN ('active', 'suspended', 'ended') AND a.activated_at <= $2
        AND a.starts_on <= $4::date AND coalesce(a.ended_on, a.ends_on) >= $4::date
        AND (a.status <> 'ended' OR a.ended_at > $2)
        AND (a.area_id, a.recipient_id, a.id) > ($6, $7, $8)
    ORDER BY a.area_id, a.recipient_id, a.id LIMIT $9
"""


def _listed(row: Any, by: Yardstick) -> Listed:
    assessed = None
    if row["qualified"] is not None:
        assessed = Judged(qualified=row["qualified"], withheld=row["withheld"], period_to=row["period_to"])
    facts = AgreementFacts(
        suspended=row["suspended"],
        ends_on=row["ends_on"],
        reviewed=row["reviewed"],
        ill_or_full=row["ill_or_full"],
        counts=Facts(
            failed_cycles=_facts(row["cycles"]),
            serious_hazards=_facts(row["serious"]),
            critical_hazards=_facts(row["critical"]),
        ),
        case_open=row["case_open"],
        case_mandatory=row["case_mandatory"],
        hazards=msgspec.json.decode(row["hazards"]),
        orders=row["orders"],
        orders_failed=row["orders_failed"],
        statements=row["statements"],
        attended=row["attended"],
        whole_week=row["whole_week"],
        assessed=assessed,
    )
    return Listed(
        agreement_id=row["id"],
        recipient_id=row["recipient_id"],
        caregiver_id=row["caregiver_id"],
        area_id=row["area_id"],
        number=row["number"],
        status=row["status"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        kept=judge(facts, by.policy, renew_until=by.renew_until),
    )


def _facts(text: str) -> list[Fact]:
    return [Fact(id=id, at=at) for id, at in msgspec.json.decode(text, type=list[tuple[UUID, datetime]])]
