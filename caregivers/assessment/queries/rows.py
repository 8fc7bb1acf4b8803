"""An assessment and its row; who may see it."""

from collections.abc import Mapping
from typing import Any

from caregivers.assessment.lifecycle import Assessment
from caregivers.assessment.periods import Period

IN_AREA = "s.area_id IN (SELECT w.area_id FROM area_within w WHERE w.ancestor_id = ANY (visible_areas()))"
"""Of a row `s`: it lies within the caller's areas; said here besides row-level security."""

OWN = "s.caregiver_id = ANY (my_caregiver_ids())"
"""Of a row `s`: it is about the caller themselves."""

COLUMNS = (
    "id",
    "agreement_id",
    "recipient_id",
    "caregiver_id",
    "area_id",
    "district_id",
    "status",
    "policy_id",
    "due_at",
    "recipient_score",
    "neighbours_score",
    "neighbours_asked",
    "total",
    "qualified",
    "withholds",
    "settled_by",
    "rectified_at",
    "objection_until",
)
READ = ", ".join(f"s.{column}" for column in (*COLUMNS, "period_from", "period_to"))
"""The columns of a row `s` that `assessment` reads."""


def assessment(row: Mapping[str, Any]) -> Assessment:
    period = Period(from_on=row["period_from"], to_on=row["period_to"])
    return Assessment(period=period, **{column: row[column] for column in COLUMNS})
