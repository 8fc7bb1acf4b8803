"""How the evidence of a visit is shown: its grade, what is odd about it, and what was answered afterwards."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from accounts.permissions import Account
from visits.evidence.doubt_words import WORDS, seen
from visits.evidence.grades import GRADE_NAMES, MEANINGS, ShownGrade
from visits.evidence.queries import graded
from visits.evidence.queries.graded import Answered, Graded
from visits.evidence.showing import sees_doubts, sees_grade
from visits.queries.reading import ReportRead

OUTCOME_NAMES = {"confirmed": "确认来过", "denied": "否认来过", "unreachable": "联系不上"}


class DoubtCard(msgspec.Struct, frozen=True, kw_only=True):
    """一处疑点：看到了什么(seen)、可能是什么原因和怎么办(remedy)。疑点只用于回访，不影响提交，也不用于评比。"""

    doubt: str
    name: str
    seen: str
    remedy: str
    because: dict[str, Any]


class CallBackAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """回访的结果。"""

    outcome: str
    outcome_name: str
    done_at: datetime


class EvidenceCard(msgspec.Struct, frozen=True, kw_only=True):
    """这份记录的佐证等级：ungraded 为尚未评定，与 D 不同。等级不影响提交，也不用于评比。

    doubts、call_back 只有办理回访的人可见，本人的记录不显示(null)；call_back 在有结果后才显示。
    """

    grade: ShownGrade
    grade_name: str
    meaning: str
    doubts: list[DoubtCard] | None
    call_back: CallBackAnswer | None


async def evidence_of(reports: Collection[ReportRead], by: Account) -> dict[UUID, EvidenceCard]:
    """The evidence of those of these reports the reader may see it of. Joins the transaction under way.

    What was corrected before it had a grade never gets one.
    """
    shown = [one for one in reports if one.content["outcome"] == "made" and sees_grade(by, one.by_account_id)]
    if not shown:
        return {}
    ids = [one.id for one in shown]
    grades, answers = await graded.grades_of(ids), await graded.answers_of(ids)
    shown = [one for one in shown if one.id in grades or one.amended_by is None]
    return {
        one.id: _card(grades.get(one.id), answers.get(one.id), whole=sees_doubts(by, one.by_account_id))
        for one in shown
    }


def doubt_cards(found: Graded | None) -> list[DoubtCard]:
    return [
        DoubtCard(
            doubt=doubt.word,
            name=WORDS[doubt.word].name,
            seen=seen(doubt.word, doubt.because),
            remedy=WORDS[doubt.word].remedy,
            because=dict(doubt.because),
        )
        for doubt in (found.doubts if found else ())
    ]


def _card(found: Graded | None, answer: Answered | None, *, whole: bool) -> EvidenceCard:
    grade: ShownGrade = found.grade if found else "ungraded"
    return EvidenceCard(
        grade=grade,
        grade_name=GRADE_NAMES[grade],
        meaning=MEANINGS[grade],
        doubts=doubt_cards(found) if whole else None,
        call_back=CallBackAnswer(
            outcome=answer.outcome, outcome_name=OUTCOME_NAMES[answer.outcome], done_at=answer.done_at
        )
        if answer and whole
        else None,
    )
