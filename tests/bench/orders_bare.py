"""The same orders' deadlines as one statement of SQL, written for nothing but the rows of this bench."""

from datetime import datetime
from itertools import product
from uuid import UUID

import asyncpg

from accounts.calendar import china
from accounts.policy import Policy
from alerts.opening import NewAlert, Terms, opened
from alerts.queries.rows import ladder_json
from core.db import JOBS_ROLE
from tests.bench.figures import stopwatch
from tests.bench.ground import Ground


async def run(ground: Ground, database: str, *, now: datetime) -> float:
    """Seconds. What policy says of an order and of its alert is asked beforehand; the rest is the database's alone."""
    async with ground.owner(database) as connection:
        await _prepare(connection, now)
        with stopwatch() as lapse:
            await connection.execute(_LAPSE, now)
    return lapse.seconds


async def _prepare(connection: asyncpg.Connection, now: datetime) -> None:
    await connection.execute(f"SET ROLE {JOBS_ROLE}")
    await connection.execute(
        "CREATE TEMP TABLE term (risk text, order_severity text, verify_within interval, severity text, urgent bool,"
        " high_risk bool, ladder jsonb, resolve_by timestamptz)"
    )
    await connection.executemany("INSERT INTO term VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", list(_terms(now)))
    await connection.execute("ANALYZE term")


def _terms(now: datetime) -> list[tuple[object, ...]]:
    """What the product's own rules make of each risk and each severity of an order."""
    calendar, policy = china((now.year,)), Policy.default()
    terms = Terms(alerts=policy.alerts, version=1, document_number="")
    rows: list[tuple[object, ...]] = []
    for risk, severity in product(("high", "key", "general"), ("serious", "general")):
        new = NewAlert(occurrence="", kind="rectification_overdue", risk=risk, area_id=0, district_id=0)  # type: ignore[arg-type]
        alert = opened(new, terms, calendar, id=UUID(int=0), now=now)
        told = (alert.severity, alert.urgent, alert.high_risk, ladder_json(alert.ladder), alert.resolve_by)
        rows.append((risk, severity, policy.rectification.verify_within[severity].delta, *told))
    return rows


_LAPSE = """
WITH due AS MATERIALIZED (
    SELECT o.id, o.agreement_id, o.recipient_id, o.caregiver_id, o.area_id, o.district_id, o.severity, o.issued_by,
        o.issued_at, o.deadline_at, o.statement_until, r.risk, r.visit_worker_id, c.account_id AS own,
        c.id_index
    FROM rectification_order o JOIN recipient r ON r.id = o.recipient_id JOIN caregiver c ON c.id = o.caregiver_id
    WHERE o.status IN ('issued', 'accepted', 'refused', 'in_progress') AND o.told_at IS NOT NULL
        AND o.deadline_at <= $1
        AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = 'orders' AND q.subject_id = o.id
            AND q.released_at IS NULL)
    ORDER BY o.deadline_at FOR NO KEY UPDATE OF o SKIP LOCKED
), judged AS MATERIALIZED (
    SELECT due.*, gen_random_uuid() AS verification, said.heard, asked.account_id AS verifier,
        due.deadline_at + term.verify_within AS verify_by, greatest(said.hear_by,
            CASE WHEN said.heard THEN due.issued_at ELSE due.statement_until END) AS counts_from
    FROM due JOIN term ON (term.risk, term.order_severity) = (due.risk, due.severity)
    CROSS JOIN LATERAL (SELECT coalesce(bool_or(a.heard_at IS NOT NULL), false) AS heard,
            max(a.hear_by) FILTER (WHERE a.heard_at IS NULL AND a.made_at <= due.statement_until) AS hear_by
        FROM order_answer a WHERE a.order_id = due.id AND a.kind = 'statement') AS said
    LEFT JOIN LATERAL (
        SELECT one.account_id FROM (
            SELECT 0 AS turn, due.visit_worker_id AS account_id
            UNION ALL SELECT CASE d.duty WHEN 'village' THEN 1 WHEN 'township_specialist' THEN 2 ELSE 3 END, d.account
            FROM area_within w JOIN duty d ON d.area = w.ancestor_id
            WHERE w.area_id = due.area_id AND d.duty IN ('village', 'township_specialist', 'township_leader')
                AND d.starts_at <= $1 AND (d.ends_at IS NULL OR d.ends_at > $1)
                AND NOT EXISTS (SELECT FROM leave l WHERE l.account = d.account AND l.cancelled_at IS NULL
                    AND l.starts_at <= $1 AND l.ends_at > $1)) AS one
        JOIN account ON account.id = one.account_id AND account.status = 'active'
        WHERE one.account_id <> due.issued_by AND one.account_id IS DISTINCT FROM due.own
            AND NOT EXISTS (SELECT FROM caregiver same LEFT JOIN relation l ON l.caregiver_id = same.id
                    AND l.ended_at IS NULL
                WHERE same.district_id = due.district_id AND same.id_index = due.id_index
                    AND one.account_id IN (same.account_id, l.account_id))
        ORDER BY turn LIMIT 1) AS asked ON true
), saved AS (
    UPDATE rectification_order o SET status = 'overdue', overdue_at = $1, verification_id = judged.verification,
        count_at = CASE WHEN counts_from > $1 THEN counts_from END, version = version + 1
    FROM judged WHERE o.id = judged.id
), planned AS (
    INSERT INTO verification (id, order_id, area_id, district_id, verifier_id, planned_at, due_at)
    SELECT verification, id, area_id, district_id, verifier, $1, verify_by FROM judged
), counted AS (
    INSERT INTO failed_cycle (id, order_id, agreement_id, caregiver_id, area_id, why, heard, failed_at, counted_at)
    SELECT gen_random_uuid(), id, agreement_id, caregiver_id, area_id, 'overdue',
        CASE WHEN heard THEN 'statement' ELSE 'time_ran_out' END, $1, $1
    FROM judged WHERE counts_from <= $1
    ON CONFLICT (order_id) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id, order_id, agreement_id, area_id
), opened AS (
    INSERT INTO alert (id, occurrence, kind, severity, status, urgent, high_risk, area_id, district_id, recipient_id,
        subject_id, owner_id, ladder, facts, opened_at, rung, repeat, next_at, resolve_by)
    SELECT gen_random_uuid(), 'rectification_overdue:' || id || ':' || deadline_at, 'rectification_overdue',
        term.severity, 'open', term.urgent, term.high_risk, area_id, district_id, recipient_id, id, issued_by,
        term.ladder, jsonb_build_object('agreement_id', agreement_id, 'severity', judged.severity, 'since',
            deadline_at), $1, -1, 0, $1, term.resolve_by
    FROM judged JOIN term ON (term.risk, term.order_severity) = (judged.risk, judged.severity)
    ON CONFLICT (occurrence) DO NOTHING RETURNING id, kind, severity, area_id
), owed AS (
    INSERT INTO notice (id, occurrence, kind, severity, urgent, account_id, channel, facts, owed_at, status,
        next_try_at, tries, sent_at)
    SELECT gen_random_uuid(), 'verification_planned:' || verification, 'verification_planned', 'general', false,
        told.account_id, way.channel, jsonb_build_object('lines', jsonb_build_array(told.line)), $1,
        CASE way.channel WHEN 'inbox' THEN 'sent' ELSE 'owed' END, CASE WHEN way.channel <> 'inbox' THEN $1 END, 0,
        CASE way.channel WHEN 'inbox' THEN $1 END
    FROM judged CROSS JOIN LATERAL (VALUES
        (verifier, '请在' || to_char(verify_by, 'YYYY-MM-DD HH24:MI') || '前上门回访复核一份整改。请登录查看。'),
        (own, to_char(verify_by, 'YYYY-MM-DD HH24:MI') || '前将有人上门回访复核您的整改，请予配合。')
    ) AS told (account_id, line)
    CROSS JOIN LATERAL (
        SELECT 'inbox' UNION ALL SELECT c.channel FROM account_channel c WHERE c.account = told.account_id
            AND c.ended_at IS NULL) AS way (channel)
    WHERE told.account_id IS NOT NULL
    ON CONFLICT DO NOTHING
)
INSERT INTO journal (kind, subject_id, area_id, at, facts)
SELECT 'order.overdue', id, area_id, $1,
    jsonb_build_object('agreement_id', agreement_id, 'deadline_at', deadline_at) FROM judged
UNION ALL SELECT 'verification.planned', id, area_id, $1,
    jsonb_build_object('agreement_id', agreement_id, 'verification', verification, 'due_at', verify_by) FROM judged
UNION ALL SELECT 'order.failure_counted', order_id, area_id, $1,
    jsonb_build_object('agreement_id', agreement_id, 'cycle', id) FROM counted
UNION ALL SELECT 'alert.opened', id, area_id, $1,
    jsonb_build_object('kind', kind, 'severity', severity, 'policy_version', 1) FROM opened
"""
