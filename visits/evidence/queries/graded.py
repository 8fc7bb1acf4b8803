"""Grades as stored, with the reasons for every doubt, and what was answered when somebody asked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from core import db
from visits.evidence.doubts import Doubt
from visits.evidence.grades import GradeWord


@dataclass(frozen=True, kw_only=True, slots=True)
class Graded:
    grade: GradeWord
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What the recipient answered."""

    outcome: str
    done_at: datetime


async def grades_of(report_ids: Collection[UUID]) -> dict[UUID, Graded]:
    """The grade of each report that has one."""
    rows = await db.fetch("SELECT id, grade, flags FROM grade WHERE id = ANY ($1::uuid[])", list(report_ids))
    return {
        row["id"]: Graded(
            grade=row["grade"],
            doubts=tuple(Doubt(word=one["flag"], because=one["because"]) for one in msgspec.json.decode(row["flags"])),
        )
        for row in rows
    }


async def answers_of(report_ids: Collection[UUID]) -> dict[UUID, Answered]:
    """The answer to each report that was asked about and answered."""
    rows = await db.fetch(
        "SELECT report_id, outcome, done_at FROM call_back WHERE report_id = ANY ($1::uuid[]) AND status = 'done'",
        list(report_ids),
    )
    return {row["report_id"]: Answered(outcome=row["outcome"], done_at=row["done_at"]) for row in rows}
