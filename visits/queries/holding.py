"""Visits locked for reports in one read, in the order of their ids, with what judging a report needs to know."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core import db
from visits.lifecycle import Around, Visit
from visits.queries.contacts import CONTACT
from visits.queries.reporting import SEEN, STORED, Held, stored_from
from visits.report import Report


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The visit a report names, the report's id, and the moment it is judged as of."""

    visit_id: UUID
    report_id: UUID
    at: datetime


# Nothing in this depends on a parameter so much that the server would plan it anew each time: planning takes longer
# than running it. Whoever holds many visits holds them in one order, so that two batches never wait for each other.
_HOLD = f"""
    SELECT asked.number, v.id, v.recipient_id, v.area_id, v.district_id, v.policy_id, v.status, v.reason, v.risk,
        v.opens_at, v.due_at, v.missed_after, v.worker_id, v.report_id, p.every, p.started_at,
        p.worker_id AS planned_worker_id, (v.status = 'cancelled' OR v.worker_id <> caller()) AND EXISTS (
            SELECT FROM task_issued t WHERE t.visit_id = v.id AND t.account_id = caller()) AS went_out,
        EXISTS (SELECT FROM alert a WHERE a.recipient_id = v.recipient_id AND a.status <> 'resolved'
            AND NOT a.confidential) AS has_alerts,
        CASE WHEN cardinality((SELECT my_caregiver_ids())) = 0 THEN false
            ELSE cared_for_at(caller(), v.recipient_id, asked.at) END AS by_caregiver,
        {STORED.format("r")}
    FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) WITH ORDINALITY AS asked (visit_id, report_id, at, number)
    JOIN visit named ON named.id = asked.visit_id
    JOIN visit v ON v.recipient_id = named.recipient_id AND (v.id = named.id OR v.report_id = $4
        OR (v.status IN ('open', 'missed', 'not_known') AND v.opens_at <= asked.at AND v.missed_after >= asked.at))
    LEFT JOIN visit_plan p ON p.id = v.plan_id LEFT JOIN visit_report r ON r.id = asked.report_id
    WHERE v.area_id {SEEN}
    ORDER BY v.id FOR NO KEY UPDATE OF v
"""


async def hold_visits(asked: Sequence[Asked], *, amends: UUID | None = None) -> list[Held | None]:
    """Lock visits, each with what else a contact at that moment could make; None where the caller has no such visit.

    The locked columns are the latest; what is read beside them is as old as the statement, which may have waited.
    What judging needs besides, where `needs_history`, is left out.
    """
    rows: list[list[Mapping[str, Any]]] = [[] for _ in asked]
    for row in await db.fetch(
        _HOLD, [one.visit_id for one in asked], [one.report_id for one in asked], [one.at for one in asked], amends
    ):
        rows[row["number"] - 1].append(row)
    return [_held(one.visit_id, found, amends) for one, found in zip(asked, rows, strict=True)]


async def hold_visit(
    visit_id: UUID, report_id: UUID, report: Report, *, at: datetime, amends: UUID | None = None
) -> Held | None:
    """The same for one report, with all that judging it needs."""
    asked = Asked(visit_id=visit_id, report_id=report_id, at=at)
    held = (await hold_visits([asked], amends=amends))[0]
    if held is None or not needs_history(report):
        return held
    around = Around(
        others=held.around.others,
        remote_before=await _remote_before(held.recipient_id, at, amends) if report.method != "door" else (),
        seen_after=report.outcome == "not_met" and await _seen_after(held.recipient_id, at, amends),
    )
    return msgspec.structs.replace(held, around=around)


def needs_history(report: Report) -> bool:
    """Whether judging asks for other reports than this one."""
    return report.method != "door" or report.outcome == "not_met"


_NOBODY_ELSE = Around()


def _held(visit_id: UUID, rows: Sequence[Mapping[str, Any]], amends: UUID | None) -> Held | None:
    visits = {row["id"]: _visit(row, amends) for row in rows}
    row = next((row for row in rows if row["id"] == visit_id), None)
    if row is None:
        return None
    visit = visits.pop(visit_id)
    return Held(
        visit=visit,
        not_before=min(visit.covers_from, row["started_at"] - row["every"]) if row["every"] else visit.covers_from,
        recipient_id=row["recipient_id"],
        area_id=row["area_id"],
        district_id=row["district_id"],
        policy_id=row["policy_id"],
        around=Around(others=tuple(visits.values())) if visits else _NOBODY_ELSE,
        has_alerts=row["has_alerts"],
        by_caregiver=row["by_caregiver"],
        existing=stored_from(row) if row["r_id"] else None,
    )


def _visit(row: Mapping[str, Any], amends: UUID | None) -> Visit:
    """Where no plan laid it, the time before it as long as its window still belongs to it.

    What the report now amended has made is as open as if that had never come.
    """
    every = row["every"]
    covers_from = row["due_at"] - every if every else row["opens_at"] - (row["due_at"] - row["opens_at"])
    return Visit(
        id=row["id"],
        status="open" if amends is not None and row["report_id"] == amends else row["status"],
        reason=row["reason"],
        risk=row["risk"],
        covers_from=min(covers_from, row["opens_at"]),
        opens_at=row["opens_at"],
        due_at=row["due_at"],
        missed_after=row["missed_after"],
        worker_id=row["worker_id"],
        planned_worker_id=row["planned_worker_id"],
        went_out=bool(row["went_out"]),
        report_id=row["report_id"],
    )


async def _remote_before(recipient_id: UUID, at: datetime, amends: UUID | None) -> tuple[bool, ...]:
    """Whether each of the last contacts before this one was remote, nearest first; as many as a policy can ask for."""
    rows = await db.fetch(
        "SELECT c.method <> 'door' AS remote FROM visit_report c WHERE c.recipient_id = $1 AND c.made_at < $2"
        f" AND c.id IS DISTINCT FROM $3 AND {CONTACT} ORDER BY c.made_at DESC LIMIT 99",
        recipient_id,
        at,
        amends,
    )
    return tuple(row["remote"] for row in rows)


async def _seen_after(recipient_id: UUID, at: datetime, amends: UUID | None) -> bool:
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM visit_report c WHERE c.recipient_id = $1 AND c.made_at > $2"
            f" AND c.id IS DISTINCT FROM $3 AND {CONTACT})",
            recipient_id,
            at,
            amends,
        )
    )
