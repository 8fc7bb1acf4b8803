"""Where matters come from: one small select a source, each in the order of `place`, each behind an index of its own.

What an open alert already stands for is left to the alert, and so is everything whose alert opens at once (a person
without cover, an order overdue) or within minutes, by a job the watchdog looks after. $2 is now, $3 the end of the next
working day, $4 and $5 how far ahead policy warns of temporary care and of agreements that end, $6 subjects of which all
is wanted.
"""

from dataclasses import dataclass

from caregivers.overview.matters import LIFE_KINDS

FAR = "timestamptz '9999-12-31 00:00+00'"
_MIDNIGHT_AFTER = "({0} + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'"
_LIFE = ", ".join(f"'{kind}'" for kind in sorted(LIFE_KINDS))
TIER_OF_ALERT = f"CASE WHEN a.severity = 'critical' AND a.kind IN ({_LIFE}) THEN 0 ELSE 1 END"
"""The same words as in the index of caregivers_0008: another wording would not be found there."""


def _unalerted(kind: str, *subjects: str) -> str:
    return (
        f"NOT EXISTS (SELECT FROM alert t WHERE t.subject_id IN ({', '.join(subjects)}) AND t.kind = '{kind}'"
        " AND t.next_at IS NOT NULL)"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """One source. `row` is its alias, `by` its order as an index holds it, `asked` finds the subjects in `$6`."""

    row: str
    source: str
    what: str
    waits: str
    moment: str
    since: str
    by: str
    asked: str
    root: str
    tier: str = "1"
    severity: str = "'general'"
    recipient: str = "{row}.recipient_id"
    subject: str = "{row}.id"
    by_district: bool = True
    shares: bool = True  # something else may wait about the same subject


_UNDER_WAY = "o.status NOT IN ('closed', 'withdrawn')"

_ALERTS = Branch(
    row="a",
    source="alert a",
    what="a.kind",
    waits="a.next_at IS NOT NULL AND a.kind <> 'canary'",
    tier=TIER_OF_ALERT,
    moment="a.next_at",
    since="a.opened_at",
    by=f"{TIER_OF_ALERT}, a.next_at, a.opened_at, a.id",
    root=(
        "CASE WHEN a.kind = 'hazard_unattended' THEN coalesce((SELECT x.source_id FROM hazard x"
        " WHERE x.id = a.subject_id AND x.severity = 'critical' AND x.source = 'visit_report'), a.subject_id)"
        " ELSE coalesce(a.subject_id, a.id) END"
    ),
    asked=(
        "(a.subject_id = ANY (array_cat($6::uuid[],"
        " ARRAY(SELECT x.id FROM hazard x WHERE x.source = 'visit_report' AND x.source_id = ANY ($6)))))"
    ),
    severity="a.severity",
    subject="a.subject_id",
)


def _hazards(*, critical: bool) -> Branch:
    """Without an order, and nobody told so far: its own row says so."""
    return Branch(
        row="h",
        source="hazard h",
        what="'hazard_open'",
        waits=f"h.status = 'open' AND h.attend_by IS NOT NULL AND h.severity {'=' if critical else '<>'} 'critical'",
        tier="0" if critical else "1",
        moment="h.attend_by",
        since="h.found_at",
        by="h.attend_by, h.found_at, h.id",
        root="CASE WHEN h.source = 'visit_report' THEN h.source_id ELSE h.id END" if critical else "h.id",
        asked="(h.id = ANY ($6) OR (h.source = 'visit_report' AND h.source_id = ANY ($6)))"
        if critical
        else "h.id = ANY ($6)",
        severity="h.severity",
    )


def _orders(*, critical: bool) -> Branch:
    """Failed, or under way and due soon; an overdue one has its alert. A critical one is a matter until it is over."""
    mine = (
        "o.status IN ('issued', 'accepted', 'refused', 'in_progress', 'submitted', 'failed')"
        " AND o.severity = 'critical'"
        if critical
        else "o.status IN ('issued', 'accepted', 'refused', 'in_progress', 'failed') AND o.severity <> 'critical'"
        " AND (o.deadline_at <= $3 OR o.status = 'failed')"
    )
    return Branch(
        row="o",
        source="rectification_order o",
        what="CASE WHEN o.status = 'failed' THEN 'order_failed' ELSE 'order_due' END",
        waits=f"{mine} AND (o.extension_asked_at IS NULL OR o.extension_decided_at IS NOT NULL)",
        tier="0" if critical else "1",
        moment="o.deadline_at",
        since="o.issued_at",
        by="o.deadline_at, o.issued_at, o.id",
        root="o.id",
        asked="o.id = ANY ($6)",
        severity="o.severity",
    )


_EXTENSIONS = Branch(
    row="o",
    source="rectification_order o",
    what="'extension_asked'",
    waits=f"{_UNDER_WAY} AND o.extension_asked_at IS NOT NULL AND o.extension_decided_at IS NULL",
    tier="CASE WHEN o.severity = 'critical' THEN 0 ELSE 1 END",
    moment="o.deadline_at",
    since="o.extension_asked_at",
    by="CASE WHEN o.severity = 'critical' THEN 0 ELSE 1 END, o.deadline_at, o.extension_asked_at, o.id",
    root="o.id",
    asked="o.id = ANY ($6)",
    severity="o.severity",
)
_STATEMENTS = Branch(
    row="s",
    source="order_answer s JOIN rectification_order o ON o.id = s.order_id",
    what="'statement_waiting'",
    waits=f"s.kind = 'statement' AND s.heard_at IS NULL AND s.unheard_at IS NULL AND {_UNDER_WAY}",
    moment="s.hear_by",
    since="s.logged_at",
    by="s.hear_by, s.logged_at, s.id",
    root="s.order_id",
    asked="s.order_id = ANY ($6)",
    recipient="o.recipient_id",
    severity="o.severity",
    by_district=False,
)
_VERIFICATIONS = Branch(
    row="v",
    source="verification v JOIN rectification_order o ON o.id = v.order_id",
    what="CASE WHEN v.verifier_id IS NULL THEN 'verifier_missing' ELSE 'verification_due' END",
    waits=(
        "v.status = 'planned' AND v.overdue_at IS NULL AND CASE WHEN v.verifier_id IS NULL"
        f" THEN {_unalerted('verification_overdue', 'v.order_id')} ELSE v.due_at <= $3 END"
    ),
    moment="v.due_at",
    since="v.planned_at",
    by="v.due_at, v.planned_at, v.id",
    root="v.order_id",
    asked="v.order_id = ANY ($6)",
    recipient="o.recipient_id",
    severity="o.severity",
)
_UNDECIDED = Branch(
    row="c",
    source="replacement_case c",
    what=(
        "CASE WHEN c.heard_at IS NOT NULL THEN 'case_to_decide' WHEN c.told_at IS NOT NULL THEN 'case_to_hear'"
        " ELSE 'case_to_tell' END"
    ),
    waits=f"c.status IN ('proposed', 'heard') AND {_unalerted('replacement_undecided', 'c.id')}",
    moment="c.decide_by",
    since="c.proposed_at",
    by="c.decide_by, c.proposed_at, c.id",
    root="c.id",
    asked="c.id = ANY ($6)",
    severity="'serious'",
)
_UNFINISHED = Branch(
    row="c",
    source="replacement_case c",
    what="'case_to_finish'",
    waits=(
        "c.status IN ('decided', 'temporary_care', 'successor_signed', 'handed_over')"
        f" AND {_unalerted('handover_overdue', 'c.id')}"
    ),
    moment=f"coalesce(c.handover_due_at, {FAR})",
    since="c.decided_at",
    by=f"coalesce(c.handover_due_at, {FAR}), c.decided_at, c.id",
    root="c.id",
    asked="c.id = ANY ($6)",
)
_FLAGGED = Branch(
    row="c",
    source="replacement_case c",
    what="'decision_to_review'",
    waits=(
        "c.flagged_at IS NOT NULL AND coalesce(c.flag_reviewed_at < c.flagged_at, true)"
        f" AND {_unalerted('decision_flagged', 'c.id')}"
    ),
    moment=FAR,
    since="c.flagged_at",
    by="c.flagged_at, c.id",
    root="c.id",
    asked="c.id = ANY ($6)",
    severity="'serious'",
)
_CARE_ENDING = Branch(
    row="t",
    source="temporary_care t",
    what="'care_ending'",
    waits=f"t.ended_at IS NULL AND t.ends_by <= $4 AND {_unalerted('temporary_care_ending', 't.id')}",
    moment="t.ends_by",
    since="t.starts_at",
    by="t.ends_by, t.starts_at, t.id",
    root="t.id",
    asked="t.id = ANY ($6)",
    shares=False,
)
_TO_RENEW = Branch(
    row="g",
    source="agreement g",
    what="'agreement_to_review'",
    waits=(
        "g.status IN ('active', 'suspended') AND g.renewal_reviewed_at IS NULL AND g.ends_on BETWEEN $5 - 1 AND $5"
        f" AND {_unalerted('agreement_ending', 'g.id')}"
    ),
    moment=_MIDNIGHT_AFTER.format("g.ends_on"),
    since="g.activated_at",
    by="g.ends_on, g.activated_at, g.id",
    root="g.id",
    asked="g.id = ANY ($6)",
    shares=False,
)
_ASSESSMENTS = Branch(
    row="e",
    source="assessment e",
    what="'assessment_due'",
    waits=(
        "e.status = 'due' AND e.due_at > $2 - interval '10 minutes'"
        + f" AND {_unalerted('assessment_overdue', 'e.id')}"
    ),
    moment="e.due_at",
    since=_MIDNIGHT_AFTER.format("e.period_to"),
    by="e.due_at, e.period_to, e.id",
    root="e.id",
    asked="e.id = ANY ($6)",
    shares=False,
)
_OBJECTIONS = Branch(
    row="e",
    source="assessment e",
    what="'objection_waiting'",
    waits=f"e.status = 'objected' AND {_unalerted('objection_overdue', 'e.id')}",
    moment="e.objection_decide_by",
    since="e.objected_at",
    by="e.objection_decide_by, e.objected_at, e.id",
    root="e.id",
    asked="e.id = ANY ($6)",
    shares=False,
)
_LATE = Branch(
    row="w",
    source="visit_report w",
    what="'late_report'",
    waits=(
        "'late_to_confirm' = ANY (w.labels) AND NOT EXISTS (SELECT FROM late_confirmation l WHERE l.report = w.id)"
        " AND NOT EXISTS (SELECT FROM visit_report n WHERE n.amends_id = w.id)"
        f" AND {_unalerted('late_entry', 'w.id')}"
    ),
    moment=FAR,
    since="w.logged_at",
    by="w.logged_at, w.id",
    root="w.id",
    asked="w.id = ANY ($6)",
    by_district=False,
)
_CONFLICTS = Branch(
    row="w",
    source="report_conflict w",
    what="'reports_conflict'",
    waits=f"w.decision IS NULL AND {_unalerted('conflicting_report', 'w.id')}",
    moment=FAR,
    since="w.received_at",
    by="w.received_at, w.id",
    root="w.id",
    asked="w.id = ANY ($6)",
    by_district=False,
    shares=False,
)
_STANDING = Branch(
    row="w",
    source="standing_change w",
    what="'standing_to_confirm'",
    waits="w.confirmed_at IS NULL AND w.rejected_at IS NULL",
    moment=FAR,
    since="w.proposed_at",
    by="w.proposed_at, w.id",
    root="w.id",
    asked="w.id = ANY ($6)",
    recipient="w.recipient",
    by_district=False,
    shares=False,
)
_ABSENCES = Branch(
    row="w",
    source="absence w",
    what="'absence_to_confirm'",
    waits="w.confirmed_at IS NULL AND w.ended_at IS NULL AND w.ends_at > $2",
    moment="w.ends_at",
    since="w.reported_at",
    by="w.ends_at, w.reported_at, w.id",
    root="w.id",
    asked="w.id = ANY ($6)",
    recipient="w.recipient",
    by_district=False,
    shares=False,
)

BRANCHES: tuple[Branch, ...] = (
    _ALERTS,
    _hazards(critical=True),
    _hazards(critical=False),
    _orders(critical=True),
    _orders(critical=False),
    _EXTENSIONS,
    _STATEMENTS,
    _VERIFICATIONS,
    _UNDECIDED,
    _UNFINISHED,
    _FLAGGED,
    _CARE_ENDING,
    _TO_RENEW,
    _ASSESSMENTS,
    _OBJECTIONS,
    _LATE,
    _CONFLICTS,
    _STANDING,
    _ABSENCES,
)
