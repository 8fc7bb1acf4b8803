"""The same sweep and the same climb as one statement of SQL each, written for nothing but the rows of this bench."""

from dataclasses import dataclass
from datetime import datetime
from itertools import product
from uuid import UUID

import asyncpg

from accounts.calendar import china, next_in_window
from accounts.policy import Policy
from alerts.ladder import after
from alerts.opening import NewAlert, Terms, opened
from alerts.queries.rows import ladder_json
from core.db import JOBS_ROLE
from tests.bench.figures import stopwatch
from tests.bench.ground import Ground


@dataclass(frozen=True, kw_only=True, slots=True)
class Took:
    """Seconds."""

    sweep: float
    climb: float

    @property
    def both(self) -> float:
        return self.sweep + self.climb


async def run(ground: Ground, database: str, *, now: datetime) -> Took:
    """What the policy says of each sort of alert is asked beforehand; the rest is the database's work alone."""
    async with ground.owner(database) as connection:
        await _prepare(connection, now)
        with stopwatch() as sweep:
            await connection.execute(_SWEEP, now)
        with stopwatch() as climb:
            await connection.execute(_CLIMB, now)
    return Took(sweep=sweep.seconds, climb=climb.seconds)


async def _prepare(connection: asyncpg.Connection, now: datetime) -> None:
    await connection.execute(f"SET ROLE {JOBS_ROLE}")
    await connection.execute(
        "CREATE TEMP TABLE term (kind text, risk text, severity text, urgent bool, high_risk bool, ladder jsonb,"
        " resolve_by timestamptz, next_at timestamptz, send_after timestamptz)"
    )
    await connection.executemany("INSERT INTO term VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)", list(_terms(now)))
    await connection.execute("ANALYZE term")


def _terms(now: datetime) -> list[tuple[object, ...]]:
    """What the product's own rules make of each kind of miss and each risk."""
    calendar = china((now.year,))
    terms = Terms(alerts=Policy.default().alerts, version=1, document_number="")
    rows: list[tuple[object, ...]] = []
    for kind, risk in product(("visit_missed", "visit_not_known"), ("high", "key", "general")):
        new = NewAlert(occurrence="", kind=kind, risk=risk, area_id=0, district_id=0)  # type: ignore[arg-type]
        alert = opened(new, terms, calendar, id=UUID(int=0), now=now)
        next_at = after(alert.ladder.rungs[0].wait, now, urgent=alert.urgent, calendar=calendar)
        send_after = now if alert.urgent else next_in_window(now, alert.ladder.messages, calendar)
        told = (alert.severity, alert.urgent, alert.high_risk, ladder_json(alert.ladder))
        rows.append((kind, risk, *told, alert.resolve_by, next_at, send_after))
    return rows


_SWEEP = """
WITH due AS MATERIALIZED (
    SELECT v.id, v.recipient_id, v.area_id, v.district_id, v.reason, v.risk, v.due_at, v.missed_after, v.worker_id
    FROM visit v WHERE v.status = 'open' AND v.missed_after <= $1
        AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = 'sweep' AND q.subject_id = v.id
            AND q.released_at IS NULL)
    ORDER BY v.missed_after FOR NO KEY UPDATE SKIP LOCKED
), phone AS (
    SELECT account, max(last_seen_at) AS seen_at FROM device WHERE revoked_at IS NULL
        AND account IN (SELECT worker_id FROM due) GROUP BY account
), judged AS MATERIALIZED (
    SELECT due.*, phone.seen_at, j.status, j.why
    FROM due JOIN recipient r ON r.id = due.recipient_id LEFT JOIN phone ON phone.account = due.worker_id
    CROSS JOIN LATERAL (SELECT
        NOT (r.support_mode = 'dispersed' AND r.standing IN ('at_home', 'in_hospital')) AS gone,
        EXISTS (SELECT FROM absence a WHERE a.recipient = due.recipient_id AND a.confirmed_at <= due.missed_after
            AND a.starts_at <= due.due_at AND least(a.ends_at, a.ended_at) > due.missed_after) AS away) f
    CROSS JOIN LATERAL (SELECT
        CASE WHEN f.gone THEN 'cancelled' WHEN f.away THEN 'excused' WHEN phone.seen_at < due.due_at THEN 'not_known'
            ELSE 'missed' END,
        CASE WHEN f.gone THEN r.standing WHEN f.away THEN 'absent' WHEN due.worker_id IS NULL THEN 'no_worker'
            WHEN phone.seen_at IS NULL THEN 'no_phone' WHEN phone.seen_at < due.due_at THEN 'phone_silent'
            ELSE 'no_report' END) AS j (status, why)
), saved AS (
    UPDATE visit v SET status = judged.status, closed_reason = judged.why, judged_at = $1,
        phone_last_seen_at = judged.seen_at
    FROM judged WHERE v.id = judged.id AND v.status = 'open'
), opened AS (
    INSERT INTO alert (id, occurrence, kind, severity, status, urgent, high_risk, area_id, district_id, recipient_id,
        subject_id, owner_id, ladder, facts, opened_at, rung, repeat, next_at, resolve_by)
    SELECT gen_random_uuid(), 'visit_missed:' || judged.id, term.kind, term.severity, 'open', term.urgent,
        term.high_risk, area_id, district_id, recipient_id, judged.id, worker_id, term.ladder,
        jsonb_build_object('reason', reason, 'due_at', due_at, 'since', missed_after, 'why', why,
            'phone_last_seen_at', seen_at), $1, -1, 0, $1, term.resolve_by
    FROM judged JOIN term ON term.kind = 'visit_' || judged.status AND term.risk = judged.risk
    ON CONFLICT (occurrence) DO NOTHING RETURNING id, kind, severity, area_id
), told_of_alerts AS (
    INSERT INTO journal (kind, subject_id, area_id, at, facts)
    SELECT 'alert.opened', id, area_id, $1,
        jsonb_build_object('kind', kind, 'severity', severity, 'policy_version', 1) FROM opened
)
INSERT INTO journal (kind, subject_id, area_id, at, facts)
SELECT 'visit.' || status, id, area_id, $1,
    jsonb_build_object('why', why, 'due_at', due_at, 'phone_last_seen_at', seen_at) FROM judged
"""

_CLIMB = """
WITH due AS MATERIALIZED (
    SELECT a.id, a.kind, a.severity, a.urgent, a.area_id, a.owner_id, a.rung + 1 AS rung,
        a.ladder->'rungs'->(a.rung + 1)->>'duty' AS duty, term.next_at, term.send_after
    FROM alert a JOIN term ON term.kind = a.kind AND term.risk = CASE WHEN a.high_risk THEN 'high' ELSE 'key' END
    WHERE a.next_at <= $1 ORDER BY a.next_at FOR UPDATE OF a SKIP LOCKED
), told AS MATERIALIZED (
    SELECT due.*, account_id FROM due CROSS JOIN LATERAL (
        SELECT due.owner_id
        UNION SELECT d.account FROM duty d WHERE d.area = due.area_id AND d.duty = due.duty AND d.starts_at <= $1
            AND (d.ends_at IS NULL OR d.ends_at > $1)) AS answers (account_id)
    JOIN account ON account.id = account_id AND account.status = 'active'
    WHERE NOT EXISTS (SELECT FROM leave l WHERE l.account = account_id AND l.cancelled_at IS NULL
        AND l.starts_at <= $1 AND l.ends_at > $1)
), fired AS (
    INSERT INTO alert_rung (id, alert_id, area_id, rung, repeat, duty, fired_at, gap)
    SELECT gen_random_uuid(), id, area_id, rung, 0, duty, $1, false FROM due
), owed AS (
    INSERT INTO notice (id, occurrence, kind, severity, urgent, alert_id, rung, repeat, account_id, channel, area_id,
        owed_at, status, next_try_at, tries, sent_at)
    SELECT gen_random_uuid(), id || ':' || rung || ':0', kind, severity, urgent, id, rung, 0, account_id, way.channel,
        area_id, $1, CASE way.channel WHEN 'inbox' THEN 'sent' ELSE 'owed' END,
        CASE way.channel WHEN 'inbox' THEN NULL ELSE send_after END, 0, CASE way.channel WHEN 'inbox' THEN $1 END
    FROM told CROSS JOIN LATERAL (
        SELECT 'inbox' UNION ALL SELECT c.channel FROM account_channel c WHERE c.account = account_id
            AND c.ended_at IS NULL) AS way (channel)
    ON CONFLICT (occurrence, account_id, channel) DO NOTHING
), moved AS (
    UPDATE alert a SET status = 'open', rung = due.rung, repeat = 0, next_at = due.next_at, fired_at = $1,
        acknowledged_by = NULL, acknowledged_at = NULL, acknowledged_until = NULL, acknowledged_rank = NULL
    FROM due WHERE a.id = due.id
)
INSERT INTO journal (kind, subject_id, area_id, at, facts)
SELECT 'alert.climbed', id, area_id, $1,
    jsonb_build_object('rung', rung, 'repeat', 0, 'duty', duty, 'told', jsonb_agg(account_id))
FROM told GROUP BY id, area_id, rung, duty
"""
