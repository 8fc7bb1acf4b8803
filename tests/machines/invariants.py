"""What must be true after every step, asked of the tables alone in plain SQL. Nothing here is the product's.

Each part of the question is a sentence about what is wrong, and the rows of which it is true. What only a comparison
with the moment before can show (a decision undone, an order closed past a case) is given that moment's rows.
"""

from dataclasses import dataclass
from datetime import datetime

import asyncpg


@dataclass(frozen=True, kw_only=True)
class Found:
    """`stands` is what the next question compares with."""

    broken: list[str]
    stands: str


async def look(owner: asyncpg.Connection, *, now: datetime, told: bool, before: str) -> Found:
    """`told`: the sweep over cover has run at this very moment, and nothing it looks at was changed past it since."""
    row = await owner.fetchrow(_QUESTION, now, told, before)
    return Found(broken=list(row["broken"]), stands=row["stands"])


_SUPPORTED = "r.support_mode = 'dispersed' AND r.standing IN ('at_home', 'in_hospital')"
_ON_PAPER = (
    "(EXISTS (SELECT FROM agreement a WHERE a.recipient_id = r.id AND a.status = 'active')"
    " OR EXISTS (SELECT FROM temporary_care t WHERE t.recipient_id = r.id AND t.ended_at IS NULL))"
)
_REALLY = """(
    NOT EXISTS (SELECT FROM no_cover n WHERE n.recipient_id = r.id AND n.ended_at IS NULL) AND (
        EXISTS (SELECT FROM agreement a, caregiver c WHERE a.recipient_id = r.id AND a.status = 'active'
            AND c.id = a.caregiver_id AND c.status = 'active'
            AND a.starts_on <= (asked.now AT TIME ZONE 'Asia/Shanghai')::date
            AND a.ends_on >= (asked.now AT TIME ZONE 'Asia/Shanghai')::date)
        OR EXISTS (SELECT FROM temporary_care t WHERE t.recipient_id = r.id AND t.ended_at IS NULL
            AND t.starts_at <= asked.now AND t.ends_by > asked.now AND NOT EXISTS (
                SELECT FROM caregiver c WHERE c.id = t.caregiver_id AND c.status <> 'active'))))"""
_RINGS = (
    "(SELECT count(*) FROM alert x WHERE x.recipient_id = r.id AND x.kind = 'uncovered' AND x.status <> 'resolved')"
)
_UNDECIDED = "c.status IN ('proposed', 'heard')"
_GROUND = "jsonb_array_elements(c.grounds) AS g"
_RESTS_ON = "(g ->> 'subject_id')::uuid"

BROKEN = {
    "somebody has nobody and no alert rings": f"""
        SELECT r.id FROM asked, recipient r
        WHERE asked.told AND {_SUPPORTED} AND NOT {_REALLY} AND {_RINGS} = 0""",
    "the alert of a gap rings twice": f"""
        SELECT r.id FROM recipient r WHERE {_RINGS} > 1""",
    "an agreement was suspended or ended by decision, and nobody cares instead": f"""
        SELECT a.id FROM agreement a JOIN agreement_before was USING (id) JOIN recipient r ON r.id = a.recipient_id
        WHERE was.status = 'active' AND {_SUPPORTED} AND NOT {_ON_PAPER} AND (a.status = 'suspended'
            OR a.ended_reason IN ('terminated_for_breach', 'mutual', 'superseded'))""",
    "an agreement ended, nobody cares, and no alert rings": f"""
        SELECT a.id FROM agreement a JOIN agreement_before was USING (id) JOIN recipient r ON r.id = a.recipient_id
        WHERE was.status IN ('active', 'suspended') AND a.ended_reason IN ('expired', 'resigned', 'caregiver_died')
            AND {_SUPPORTED} AND NOT {_ON_PAPER} AND {_RINGS} = 0""",
    "somebody has two agreements in force": """
        SELECT a.recipient_id FROM agreement a WHERE a.status = 'active' GROUP BY 1 HAVING count(*) > 1""",
    "an agreement is in force that not every party signed": """
        SELECT a.id FROM agreement a WHERE a.status IN ('active', 'suspended')
            AND (SELECT count(DISTINCT s.party) FROM signature s WHERE s.agreement_id = a.id) < 4""",
    "a caregiver was removed without a decision somebody took": """
        SELECT a.id FROM agreement a WHERE a.ended_reason = 'terminated_for_breach' AND NOT EXISTS (
            SELECT FROM replacement_case c JOIN account who ON who.id = c.decided_by
            WHERE c.id = a.replacement_case_id AND c.agreement_id = a.id AND c.decision = 'replace'
            AND EXISTS (SELECT FROM hearing h WHERE h.case_id = c.id AND h.held_at <= c.decided_at))""",
    "somebody decided who must keep out of it": """
        SELECT c.id FROM replacement_case c JOIN recipient r ON r.id = c.recipient_id
            JOIN caregiver k ON k.id = c.caregiver_id
        WHERE c.decided_by IN (r.visit_worker_id, k.account_id)""",
    "a failure was counted before the statement had its chance": """
        SELECT f.id FROM failed_cycle f JOIN rectification_order o ON o.id = f.order_id
        WHERE (o.statement_until > f.counted_at AND NOT EXISTS (
                SELECT FROM order_answer s WHERE s.order_id = o.id AND s.heard_at <= f.counted_at))
            OR EXISTS (SELECT FROM order_answer s WHERE s.order_id = o.id AND s.kind = 'statement'
                AND s.made_at <= o.statement_until AND s.logged_at < f.counted_at AND s.hear_by > f.counted_at
                AND (s.heard_at IS NULL OR s.heard_at > f.counted_at))""",
    "an order has two failures": """
        SELECT f.order_id FROM failed_cycle f WHERE f.withdrawn_at IS NULL GROUP BY 1 HAVING count(*) > 1""",
    "a failure stands of an order that was withdrawn": """
        SELECT f.id FROM failed_cycle f JOIN rectification_order o ON o.id = f.order_id
        WHERE f.withdrawn_at IS NULL AND o.status = 'withdrawn'""",
    "an order under way has nothing left to put right": """
        SELECT o.id FROM rectification_order o
        WHERE o.status IN ('issued', 'accepted', 'refused', 'in_progress', 'submitted', 'overdue')
            AND NOT EXISTS (SELECT FROM order_item i WHERE i.order_id = o.id AND i.status = 'open')""",
    "an order was closed past a mandatory case nobody decided": f"""
        SELECT o.id FROM rectification_order o JOIN order_before was USING (id)
            JOIN replacement_case c ON c.agreement_id = o.agreement_id JOIN case_before before ON before.id = c.id
        WHERE was.status <> 'closed' AND o.status = 'closed' AND NOT c.confidential
            AND c.mandatory AND {_UNDECIDED} AND before.mandatory AND before.status IN ('proposed', 'heard')""",
    "an agreement came into force past a mandatory case nobody decided": f"""
        SELECT a.id FROM agreement a LEFT JOIN agreement_before was USING (id)
            JOIN replacement_case c ON c.recipient_id = a.recipient_id JOIN case_before before ON before.id = c.id
        WHERE coalesce(was.status, 'draft') NOT IN ('active', 'ended') AND a.status = 'active'
            AND c.mandatory AND {_UNDECIDED} AND (c.agreement_id IN (a.id, a.renewal_of)
                OR c.caregiver_id = a.caregiver_id) AND before.mandatory AND before.status IN ('proposed', 'heard')""",
    "an order that was over began again": """
        SELECT o.id FROM rectification_order o JOIN order_before was USING (id)
        WHERE was.status IN ('closed', 'withdrawn') AND o.status <> was.status""",
    "an agreement has two open cases of a sort": """
        SELECT c.agreement_id FROM replacement_case c
        WHERE c.status NOT IN ('closed', 'withdrawn') AND c.decision IS DISTINCT FROM 'keep_with_reason'
        GROUP BY c.agreement_id, c.confidential HAVING count(*) > 1""",
    "a decision was undone or rewritten": """
        SELECT was.id FROM case_before was LEFT JOIN replacement_case c USING (id)
        WHERE was.decision IS NOT NULL AND (c.id IS NULL OR c.status IN ('proposed', 'heard', 'withdrawn')
            OR (c.decision, c.decided_by, c.decided_at)
                IS DISTINCT FROM (was.decision, was.decided_by, was.decided_at))""",
    "a mandatory case was dropped with its grounds standing": f"""
        SELECT c.id FROM replacement_case c WHERE c.mandatory AND c.status = 'withdrawn'
            AND NOT EXISTS (SELECT FROM {_GROUND} WHERE g ? 'withdrawn_at')""",
    "an undecided case has no ground left": f"""
        SELECT c.id FROM replacement_case c WHERE {_UNDECIDED}
            AND NOT EXISTS (SELECT FROM {_GROUND} WHERE NOT g ? 'withdrawn_at' AND g ->> 'kind' <> 'serious_hazard')""",
    "a case rests on what has been withdrawn": f"""
        SELECT c.id FROM replacement_case c, {_GROUND} WHERE c.status <> 'withdrawn' AND NOT g ? 'withdrawn_at' AND (
            {_RESTS_ON} IN (SELECT f.id FROM failed_cycle f WHERE f.withdrawn_at IS NOT NULL)
            OR {_RESTS_ON} IN (SELECT h.id FROM hazard h WHERE h.status = 'withdrawn')
            OR {_RESTS_ON} IN (SELECT b.id FROM abuse_case b WHERE b.status = 'unfounded'))""",
    "a removal lost its ground and nobody was asked to look again": f"""
        SELECT c.id FROM replacement_case c, {_GROUND} WHERE c.decision IN ('replace', 'transfer_to_collective')
            AND (g ->> 'withdrawn_at')::timestamptz > c.decided_at AND c.flagged_at IS NULL""",
    "failures with a grave hazard open have no case": """
        SELECT f.id FROM asked, failed_cycle f JOIN agreement a ON a.id = f.agreement_id
        WHERE f.withdrawn_at IS NULL AND f.failed_at > asked.now - interval '11 months'
            AND a.status IN ('active', 'suspended') AND EXISTS (SELECT FROM hazard h
                WHERE h.agreement_id = a.id AND h.status = 'open' AND h.severity IN ('serious', 'critical'))
            AND EXISTS (SELECT FROM failed_cycle other WHERE other.agreement_id = a.id AND other.id <> f.id
                AND other.withdrawn_at IS NULL AND other.failed_at > asked.now - interval '11 months')
            AND NOT EXISTS (SELECT FROM replacement_case c WHERE c.agreement_id = a.id AND c.status <> 'withdrawn'
                AND c.grounds @> jsonb_build_array(jsonb_build_object('subject_id', f.id)))
            AND a.restored_at IS NULL""",
    "a critical hazard has no case": """
        SELECT h.id FROM hazard h JOIN agreement a ON a.id = h.agreement_id AND a.status IN ('active', 'suspended')
        WHERE h.severity = 'critical' AND h.status = 'open'
            AND NOT EXISTS (SELECT FROM replacement_case c WHERE c.agreement_id = a.id AND c.status <> 'withdrawn'
                AND c.grounds @> jsonb_build_array(jsonb_build_object('subject_id', h.id)))""",
    "a look at the door was by who issued the order": """
        SELECT v.id FROM verification v JOIN rectification_order o ON o.id = v.order_id
        WHERE v.by_account_id = o.issued_by""",
    "a job could not judge a row": """
        SELECT q.id FROM quarantined q""",
}

_PARTS = " UNION ALL ".join(
    f"SELECT '{sentence}' AS sentence FROM ({rows}) AS one" for sentence, rows in BROKEN.items()
)
_QUESTION = f"""
    WITH asked (now, told) AS (VALUES ($1::timestamptz, $2::boolean)),
    agreement_before AS (SELECT * FROM jsonb_to_recordset($3::jsonb -> 'agreements') AS x (id uuid, status text)),
    order_before AS (SELECT * FROM jsonb_to_recordset($3::jsonb -> 'orders') AS x (id uuid, status text)),
    case_before AS (SELECT * FROM jsonb_to_recordset($3::jsonb -> 'cases')
        AS x (id uuid, status text, mandatory boolean, decision text, decided_by uuid, decided_at timestamptz))
    SELECT ARRAY(SELECT DISTINCT sentence FROM ({_PARTS}) AS found) AS broken,
        jsonb_build_object(
            'agreements', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status)), '[]')
                FROM agreement),
            'orders', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status)), '[]')
                FROM rectification_order),
            'cases', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'status', status, 'mandatory', mandatory,
                'decision', decision, 'decided_by', decided_by, 'decided_at', decided_at)), '[]')
                FROM replacement_case)) AS stands"""
