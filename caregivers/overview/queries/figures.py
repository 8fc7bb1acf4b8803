"""What the monthly report counts: who was supported at the end of a month, and the agreements of that moment."""

from collections.abc import Sequence
from datetime import datetime

from caregivers.assessment.fees import Month
from caregivers.assessment.queries.fees import fees_for
from caregivers.overview.figures import Figures, Supported, figures, moment_of
from caregivers.overview.queries.keeping import standing_of_agreements, yardstick_for
from core import db
from core.clock import local_day


async def monthly_figures(
    areas: Sequence[int], month: Month, *, area_id: int | None, district_id: int, now: datetime
) -> Figures:
    """The figures of the caller's areas, or of `area_id` within them; `areas` are the ids of all it contains."""
    at = moment_of(month, now)
    by = await yardstick_for(district_id, at)
    listed = await standing_of_agreements(areas, by)
    fees = await fees_for(area_id, month, today=local_day(now))
    return figures(
        month,
        at,
        supported=await _supported(areas, at),
        agreements={one.recipient_id: (one.status, one.kept.standing) for one in listed},
        fees=[(line.fee_class, line.fee) for line in fees],
        standards={"partial": by.policy.fees.nursing_partial_yuan, "full": by.policy.fees.nursing_full_yuan},
    )


# A standing that changed after the moment is read backwards: the first later change in force says what was before.
_SUPPORTED = """
    SELECT id, standing = 'moved_to_collective' OR support_mode = 'collective' AS collective, self_care FROM (
        SELECT r.id, r.support_mode, r.self_care, coalesce((
            SELECT c.from_standing FROM standing_change c
            WHERE c.recipient = r.id AND c.confirmed_at IS NOT NULL AND c.undone_at IS NULL AND c.happened_on > $3
            ORDER BY c.happened_on, c.proposed_at LIMIT 1), r.standing) AS standing
        FROM recipient r WHERE r.area_id = ANY ($1::int[]) AND r.created_at <= $2) AS known
    WHERE standing IN ('at_home', 'in_hospital', 'moved_to_collective')
"""


async def _supported(areas: Sequence[int], at: datetime) -> list[Supported]:
    rows = await db.fetch(_SUPPORTED, list(areas), at, local_day(at))
    return [Supported(recipient_id=row["id"], collective=row["collective"], self_care=row["self_care"]) for row in rows]
