"""What photos belong to: seen with the caller's eyes before any photo is taken for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from core import db
from visits.photos.sending import Kind

_SEEN = "area_id IN (SELECT w.area_id FROM area_within w WHERE w.ancestor_id = ANY (visible_areas()))"
_OWN_ORDER = (
    "SELECT o.area_id, o.id AS matter_id FROM rectification_order o WHERE o.id = $1"
    " AND o.caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids())))"
)
_ANY_ORDER = f"{_OWN_ORDER} UNION ALL SELECT o.area_id, o.id FROM rectification_order o WHERE o.id = $1 AND o.{_SEEN}"
_ABOUT: Mapping[Kind, str] = {
    # A visit once given to the caller's phone stays theirs to report on, wherever it has gone since.
    "visit_report": f"SELECT v.area_id, v.id AS matter_id FROM visit v WHERE v.id = $1 AND v.{_SEEN}"
    " UNION ALL SELECT t.area_id, t.visit_id FROM task_issued t WHERE t.visit_id = $1 AND t.account_id = caller()",
    # A hazard is of a recipient; it may have been found at a visit, or be recorded already.
    "hazard": f"SELECT r.area_id, r.id AS matter_id FROM recipient r WHERE r.id = $1 AND r.{_SEEN}"
    f" UNION ALL SELECT v.area_id, v.recipient_id FROM visit v WHERE v.id = $1 AND v.{_SEEN}"
    f" UNION ALL SELECT h.area_id, h.recipient_id FROM hazard h WHERE h.id = $1 AND h.{_SEEN}",
    "order_answer": _OWN_ORDER,
    "verification": f"SELECT v.area_id, v.id AS matter_id FROM verification v WHERE v.id = $1 AND v.{_SEEN}",
    "emergency_step": f"SELECT a.area_id, a.id AS matter_id FROM alert a WHERE a.id = $1 AND a.{_SEEN}",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """Where a photo's subject belongs. `matter_id`: what the subject itself will name."""

    area_id: int
    matter_id: UUID


async def about(kind: Kind, about_id: UUID, *, on_paper: bool) -> About | None:
    """What a photo is said to be about; None when it does not exist or is not the caller's to see.

    Nobody illustrates a caregiver's answer but the caregiver, and whoever may key it in for them from paper.
    """
    statement = _ANY_ORDER if kind == "order_answer" and on_paper else _ABOUT[kind]
    row = await db.fetch_one(f"{statement} LIMIT 1", about_id)
    return About(**row) if row else None


async def matter_of(kind: Kind, subject_id: UUID) -> UUID | None:
    """What the subject under this id is about, whoever sees it; None while there is none."""
    found: UUID | None = await db.fetch_value("SELECT photo_matter($1, $2)", kind, subject_id)
    return found
