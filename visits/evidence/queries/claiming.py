"""Which reports need a grade, or another one, and the grades given."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from core import db
from visits.evidence.doubts import Doubt
from visits.evidence.grades import GradeWord
from visits.evidence.queries.grading import Ungraded

_LOOKED_BACK = timedelta(days=1)  # a transaction that began before the last round and ended after it

_WITNESSES = """((SELECT count(*) FROM doorstep_code c WHERE c.visit_id = g.visit_id)
    + (SELECT count(*) FROM call_back b WHERE b.status = 'done'
        AND b.report_id IN (g.id, (SELECT r.amends_id FROM visit_report r WHERE r.id = g.id)))
    + (SELECT count(*) FROM attachment a WHERE a.status = 'stored'
        AND a.subject_id IN (g.id, (SELECT r.amends_id FROM visit_report r WHERE r.id = g.id))))"""
"""How many speak for a report of grade `g`: what a grade is out of date by, whatever any clock says."""

_OF_REPORT = "JOIN visit_report r ON r.id = {0} OR r.amends_id = {0} JOIN grade g ON g.id = r.id"
_STANDS = "NOT EXISTS (SELECT FROM visit_report later WHERE later.amends_id = {0})"

_WAITED = f"""
    UNION SELECT g.id FROM unnest($5::int[], $6::interval[]) AS asks (district_id, sent_within), since, mine,
        visit_report r JOIN grade g ON g.id = r.id JOIN visit v ON v.id = r.visit
    WHERE mine.held AND v.district_id = asks.district_id AND r.method = 'door'
        AND r.logged_at >= since.at - asks.sent_within AND r.logged_at <= $7::timestamptz - asks.sent_within
        AND coalesce(g.graded_again_at, g.graded_at) < r.logged_at + asks.sent_within AND {_STANDS.format("r.id")}
"""
"""Graded while a photo the district asks for could still be on its way, and that time is over."""


async def claim_ungraded(*, job: str, asks: Mapping[int, timedelta], now: datetime, limit: int) -> list[UUID]:
    """Reports without a grade, or with something that speaks for them that came after it. One round at a time.

    What was corrected is left as it stands: its correction is graded in its place.

    `asks`: how long a photo may be on its way, for each district that has made photos or positions compulsory.
    Looked for from a day before the last grade on: however long the job was down, it goes on where it stood.
    """
    rows = await db.fetch(
        "WITH mine AS (SELECT pg_try_advisory_xact_lock(hashtext($1)) AS held),"
        " since AS (SELECT coalesce(max(graded_at) - $2::interval, '-infinity') AS at FROM grade),"
        " spoken AS (SELECT g.id FROM doorstep_code c JOIN grade g ON g.visit_id = c.visit_id, since"
        "   WHERE c.logged_at >= since.at"
        f"  UNION SELECT g.id FROM since, call_back b {_OF_REPORT.format('b.report_id')} WHERE b.done_at >= since.at"
        f"  UNION SELECT g.id FROM since, attachment a {_OF_REPORT.format('a.subject_id')}"
        "   WHERE a.stored_at >= since.at)"
        " SELECT r.id FROM visit_report r, since, mine"
        "  WHERE mine.held AND r.outcome = 'made' AND r.logged_at >= since.at"
        f"  AND NOT EXISTS (SELECT FROM grade g WHERE g.id = r.id) AND {_STANDS.format('r.id')}"
        "  AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $1 AND q.subject_id = r.id"
        "   AND q.released_at IS NULL AND q.at > $3)"
        f" UNION SELECT g.id FROM spoken JOIN grade g USING (id), mine WHERE mine.held AND g.witnesses <> {_WITNESSES}"
        f"  AND {_STANDS.format('g.id')}"
        f"{_WAITED if asks else ''} LIMIT $4",
        job,
        _LOOKED_BACK,
        now - timedelta(minutes=15),
        limit,
        *((list(asks), list(asks.values()), now) if asks else ()),
    )
    return [row["id"] for row in rows]


async def save_grades(graded: Sequence[tuple[Ungraded, GradeWord, tuple[Doubt, ...], int]], *, now: datetime) -> None:
    """Store grades; a second one takes the place of the first, and says when."""
    await db.execute(
        "INSERT INTO grade (id, visit_id, recipient_id, area_id, worker_id, grade, flags, weight, made_at, graded_at,"
        f"  witnesses) SELECT g.*, $10, {_WITNESSES}"
        " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::uuid[], $6::text[], $7::jsonb[], $8::int[],"
        "  $9::timestamptz[]) AS g (id, visit_id, recipient_id, area_id, worker_id, grade, flags, weight, made_at)"
        " ON CONFLICT (id) DO UPDATE SET grade = excluded.grade, flags = excluded.flags, weight = excluded.weight,"
        " witnesses = excluded.witnesses, graded_again_at = excluded.graded_at",
        [one.told.report_id for one, _, _, _ in graded],
        [one.visit_id for one, _, _, _ in graded],
        [one.told.recipient_id for one, _, _, _ in graded],
        [one.told.area_id for one, _, _, _ in graded],
        [one.told.worker_id for one, _, _, _ in graded],
        [grade for _, grade, _, _ in graded],
        [_flags(found) for _, _, found, _ in graded],
        [weight for _, _, _, weight in graded],
        [one.told.made_at for one, _, _, _ in graded],
        now,
    )


def _flags(found: tuple[Doubt, ...]) -> str:
    return msgspec.json.encode([{"flag": doubt.word, "because": doubt.because} for doubt in found]).decode()
