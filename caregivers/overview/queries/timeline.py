"""The history of one agreement, gathered: its own rows and those of everything that hangs on it, then the journal.

Row-level security decides about confidential cases: of a case the caller does not see, neither row nor entry is told.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from caregivers.agreements.words import (
    CAPACITY_NAMES,
    CARE_END_NAMES,
    CARE_KIND_NAMES,
    END_NAMES,
    HOW_NAMES,
    PARTY_NAMES,
)
from caregivers.overview.queries.timeline_of_orders import order_lines
from caregivers.overview.timeline import Line, joined
from caregivers.replacement.case import DECISION_NAMES
from caregivers.replacement.grounds import KIND_NAMES
from caregivers.replacement.handover import ITEM_NAMES
from core import db

_SEEN = "x.area_id IN (SELECT w.area_id FROM area_within w WHERE w.ancestor_id = ANY (visible_areas()))"


async def timeline_of(agreement_id: UUID) -> list[Line] | None:
    """The whole history, oldest first; None when there is no such agreement in the caller's areas."""
    agreement = await db.fetch_one(f"SELECT x.* FROM agreement x WHERE x.id = $1 AND {_SEEN}", agreement_id)
    if agreement is None:
        return None
    lines = _of_agreement(agreement)
    lines += await _signatures(agreement_id)
    lines += await order_lines(agreement_id)
    lines += await _cases(agreement_id)
    lines += await _care(agreement_id)
    lines += await _assessments(agreement_id)
    lines += await _suspicions(agreement_id)
    return joined(lines, await _journal(agreement_id, {line.subject_id for line in lines}, _confidential(lines)))


def _confidential(lines: list[Line]) -> set[UUID]:
    return {line.subject_id for line in lines if line.confidential}


def _of_agreement(row: Any) -> list[Line]:
    one: UUID = row["id"]
    source = "agreement.taken_over" if row["source"] == "ledger" else "agreement.drafted"
    term = f"期限 {row['starts_on']} 至 {row['ends_on']}"
    lines = [Line(kind=source, subject_id=one, at=row["created_at"], by=row["created_by"], text=term)]
    if row["activated_at"]:
        lines.append(Line(kind="agreement.activated", subject_id=one, at=row["activated_at"]))
    if row["renewal_reviewed_at"]:
        decision = "续签" if row["renewal_decision"] == "renew" else "不续签"
        lines.append(_said("agreement.reviewed", one, row["renewal_reviewed_at"], row["renewal_reviewed_by"],
                           decision, row["renewal_reason"]))  # fmt: skip
    if row["suspended_at"]:
        lines.append(_said("agreement.suspended", one, row["suspended_at"], row["suspended_by"], row["suspend_reason"]))
    if row["ended_at"]:
        why = END_NAMES.get(row["ended_reason"], row["ended_reason"])
        lines.append(_said("agreement.ended", one, row["ended_at"], row["ended_by"], why, row["end_note"]))
    return lines


def _said(kind: str, subject_id: UUID, at: datetime, by: UUID | None, *words: str | None) -> Line:
    return Line(kind=kind, subject_id=subject_id, at=at, by=by, text="：".join(word for word in words if word))


async def _signatures(agreement_id: UUID) -> list[Line]:
    rows = await db.fetch("SELECT * FROM signature WHERE agreement_id = $1", agreement_id)
    return [
        _said(
            "agreement.signed",
            agreement_id,
            row["recorded_at"],
            row["recorded_by"],
            f"{PARTY_NAMES[row['party']]}{HOW_NAMES[row['how']]}({CAPACITY_NAMES[row['capacity']]})，{row['signed_on']}",
            row["capacity_reason"],
        )
        for row in rows
    ]


async def _cases(agreement_id: UUID) -> list[Line]:
    """`handled`: whoever asks may know what a confidential case rests on; others, once it is told, only that it is."""
    rows = await db.fetch(
        "SELECT c.*, NOT c.confidential OR handles_confidential(c.barred_ids, c.recipient_id) AS handled"
        " FROM replacement_case c"
        " WHERE c.agreement_id = $1",
        agreement_id,
    )
    lines = [line for row in rows for line in _case(row)]
    hearings = await db.fetch(
        "SELECT h.*, c.confidential FROM hearing h JOIN replacement_case c ON c.id = h.case_id"
        " WHERE c.agreement_id = $1",
        agreement_id,
    )
    for row in hearings:
        came = "照料人到场" if row["caregiver_came"] else "照料人经通知未到场"
        lines.append(
            Line(
                kind="replacement.heard",
                subject_id=row["case_id"],
                at=row["recorded_at"],
                by=row["held_by"],
                text="；".join(
                    part
                    for part in (
                        came,
                        row["caregiver_said"] and f"照料人：{row['caregiver_said']}",
                        row["recipient_said"] and f"对象：{row['recipient_said']}",
                        row["village_said"] and f"村里：{row['village_said']}",
                    )
                    if part
                ),
                confidential=row["confidential"],
            )
        )
    handed = await db.fetch(
        "SELECT i.*, c.confidential FROM handover_item i JOIN replacement_case c ON c.id = i.case_id"
        " WHERE c.agreement_id = $1",
        agreement_id,
    )
    for row in handed:
        text = ITEM_NAMES[row["item"]] + ("已交接" if row["done"] else f"不适用：{row['note']}")
        lines.append(
            Line(
                kind="replacement.item_handed_over",
                subject_id=row["case_id"],
                at=row["recorded_at"],
                by=row["recorded_by"],
                text=text,
                confidential=row["confidential"],
            )
        )
    return lines


def _case(row: Any) -> list[Line]:
    hidden = not row["handled"]

    def line(kind: str, at: datetime, by: UUID | None, *words: str | None) -> Line:
        text = "" if hidden else "：".join(word for word in words if word)
        struck = row["withdrawn_at"] is not None and kind == "replacement.proposed"
        return Line(
            kind=f"{kind}",
            subject_id=row["id"],
            at=at,
            by=by,
            text=text,
            struck=struck,
            why_struck=row["withdrawn_reason"] if struck and not hidden else None,
            confidential=row["confidential"],
        )

    must = "须作出决定" if row["mandatory"] else None
    ground = KIND_NAMES[row["ground"]] + (f"({must})" if must else "")
    found = [line("replacement.proposed", row["proposed_at"], row["proposed_by"], ground, row["reason"])]
    if row["told_at"]:
        found.append(line("replacement.caregiver_told", row["told_at"], row["told_by"]))
    if row["decided_at"]:
        decision = DECISION_NAMES[row["decision"]]
        found.append(
            line("replacement.decided", row["decided_at"], row["decided_by"], decision, row["decision_reason"])
        )
    if row["review_ordered_at"]:
        by = row["review_ordered_by"]
        found.append(line("replacement.review_ordered", row["review_ordered_at"], by, row["review_reason"]))
    if row["flagged_at"]:
        found.append(line("replacement.decision_flagged", row["flagged_at"], None, row["flag_reason"]))
    if row["flag_reviewed_at"]:
        by = row["flag_reviewed_by"]
        found.append(line("replacement.flag_reviewed", row["flag_reviewed_at"], by, row["flag_review"]))
    if row["handed_over_at"]:
        found.append(line("replacement.handed_over", row["handed_over_at"], None))
    if row["closed_at"]:
        found.append(line("replacement.closed", row["closed_at"], row["closed_by"]))
    if row["withdrawn_at"]:
        by = row["withdrawn_by"]
        found.append(line("replacement.withdrawn", row["withdrawn_at"], by, row["withdrawn_reason"]))
    return found


async def _care(agreement_id: UUID) -> list[Line]:
    rows = await db.fetch("SELECT * FROM temporary_care WHERE agreement_id = $1", agreement_id)
    lines = []
    for row in rows:
        kind = CARE_KIND_NAMES[row["kind"]]
        lines.append(_said("care.arranged", row["id"], row["arranged_at"], row["arranged_by"], kind, row["reason"]))
        if row["extended_at"]:
            lines.append(
                _said("care.extended", row["id"], row["extended_at"], row["extended_by"], row["extend_reason"])
            )
        if row["ended_at"]:
            why = CARE_END_NAMES.get(row["ended_reason"], row["ended_reason"])
            lines.append(_said("care.ended", row["id"], row["ended_at"], row["ended_by"], why))
    return lines


async def _assessments(agreement_id: UUID) -> list[Line]:
    rows = await db.fetch("SELECT * FROM assessment WHERE agreement_id = $1", agreement_id)
    lines = []
    for row in rows:
        one, period = row["id"], f"{row['period_from']} 至 {row['period_to']}"
        lines.append(_said("assessment.opened", one, row["opened_at"], None, period))
        if row["settled_at"]:
            result = f"{row['total']} 分，{'合格' if row['qualified'] else '不合格'}"
            lines.append(_said("assessment.settled", one, row["settled_at"], row["settled_by"], result))
        if row["rectified_at"]:
            by = row["rectified_by"]
            lines.append(_said("assessment.rectified", one, row["rectified_at"], by, row["rectified_evidence"]))
        if row["objected_at"]:
            lines.append(_said("assessment.objected", one, row["objected_at"], row["objected_by"], row["objection"]))
        if row["objection_decided_at"]:
            verdict = "申诉成立" if row["objection_upheld"] else "申诉不成立"
            by, at = row["objection_decided_by"], row["objection_decided_at"]
            lines.append(_said("assessment.objection_decided", one, at, by, verdict, row["objection_reason"]))
    return lines


async def _suspicions(agreement_id: UUID) -> list[Line]:
    """That there is a confidential case, for those who handle it; what was said stands in the case alone."""
    rows = await db.fetch("SELECT * FROM abuse_case WHERE agreement_id = $1", agreement_id)
    lines = []
    for row in rows:
        moments = (
            ("abuse.opened", row["opened_at"], None),
            ("abuse.reported", row["reported_at"], row["reported_by"]),
            ("abuse.closed", row["closed_at"], row["closed_by"]),
        )
        lines += [
            Line(kind=kind, subject_id=row["id"], at=at, by=by, confidential=True) for kind, at, by in moments if at
        ]
    return lines


async def _journal(agreement_id: UUID, subjects: set[UUID], confidential: set[UUID]) -> list[Line]:
    """Entries about these subjects alone: one that only names the agreement may be about a case nobody here may see."""
    rows = await db.fetch(
        "SELECT kind, subject_id, at, by_account_id FROM journal WHERE subject_id = ANY ($1::uuid[])"
        " AND (subject_id <> $2 OR kind LIKE 'agreement.%') ORDER BY id",
        list(subjects | {agreement_id}),
        agreement_id,
    )
    return [
        Line(
            kind=row["kind"],
            subject_id=row["subject_id"],
            at=row["at"],
            by=row["by_account_id"],
            confidential=row["subject_id"] in confidential,
        )
        for row in rows
        if row["kind"] != "hazard.complainant_revealed"
    ]
