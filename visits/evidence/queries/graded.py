"""Grades as stored, with the reasons for every doubt."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import msgspec

from core import db
from visits.evidence.doubts import Doubt
from visits.evidence.grades import GradeWord


@dataclass(frozen=True, kw_only=True, slots=True)
class Graded:
    grade: GradeWord
    doubts: tuple[Doubt, ...]


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
