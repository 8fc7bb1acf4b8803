"""Tables of visit plans, visits, reports and conflicting submissions."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    Boolean,
    Bytea,
    ForeignKey,
    Integer,
    Interval,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class VisitPlan(Table):
    """Why and how often a recipient is visited; one active plan a recipient, ended plans stay as history."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(index=True, default=None)
    area_id = Integer()
    district_id = Integer()
    risk = Varchar(length=8)
    every = Interval(default=None)
    opens_before = Interval(default=None)
    grace = Interval(default=None)
    worker_id = UUID(null=True, default=None)
    policy_id = UUID(null=True, default=None)
    anchor_at = Timestamptz(default=None)  # slot k is due at anchor + k × every
    laid_until = Timestamptz(null=True, default=None)
    started_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)
    ended_reason = Varchar(length=40, null=True, default=None)

    visit_plan_known_risk = Check("risk IN ('high', 'key', 'general')")


class Visit(Table):
    """A due slot. Stored "open" is scheduled before `opens_at` and due after it: time alone decides."""

    id = UUID(primary_key=True, default=None)
    plan_id = UUID(null=True, default=None)
    campaign_id = UUID(null=True, default=None, index=True)
    recipient_id = UUID(default=None)
    area_id = Integer()
    district_id = Integer()
    reason = Varchar(length=24, default="plan")  # plan, after_change, return_check, campaign, extra
    risk = Varchar(length=8)
    worker_id = UUID(null=True, default=None)
    policy_id = UUID(null=True, default=None)
    opens_at = Timestamptz(default=None)
    due_at = Timestamptz(default=None)
    missed_after = Timestamptz(default=None)  # due_at + grace
    status = Varchar(length=12, default="open")
    judged_at = Timestamptz(null=True, default=None)
    phone_last_seen_at = Timestamptz(null=True, default=None)  # as it stood when judged
    not_met_at = Timestamptz(null=True, default=None)
    report_id = UUID(null=True, default=None)
    reopened_by = UUID(null=True, default=None)  # a report that made it and no longer counts: a miss is then a new one
    closed_reason = Varchar(length=40, null=True, default=None)

    visit_known_status = Check("status IN ('open', 'made', 'missed', 'not_known', 'excused', 'cancelled')")
    visit_made_has_report = Check("(status = 'made') = (report_id IS NOT NULL)")
    visit_runs_forward = Check("opens_at <= due_at AND due_at <= missed_after")


class VisitReport(Table):
    """What was found, append-only. The id is made by the phone; `made_at` is its claim, `logged_at` the server's."""

    id = UUID(primary_key=True, default=None)
    visit = ForeignKey(Visit, null=False, default=None, index=True, on_delete=OnDelete.restrict)
    recipient_id = UUID(default=None)
    area_id = Integer()
    outcome = Varchar(length=8)  # made, not_met
    by_account_id = UUID(default=None)
    device_id = UUID(null=True, default=None)
    on_paper_by = Varchar(length=40, null=True, default=None)  # name on the paper form, when keyed in by another
    method = Varchar(length=8)
    identified_by = Varchar(length=24, null=True, default=None)  # of whom was met
    made_at = Timestamptz(default=None)
    logged_at = Timestamptz(default=None)
    labels = Array(base_column=Varchar(length=24))
    visit_status = Varchar(length=12)  # what the visit became by it: the answer, the same however often it is asked
    amends_id = UUID(null=True, default=None)
    content = JSONB()
    confidential_sealed = Bytea(null=True, default=None)
    sha256 = Bytea()

    visit_report_known_outcome = Check("outcome IN ('made', 'not_met')")
    visit_report_known_method = Check("method IN ('door', 'phone', 'video')")


class LateConfirmation(Table):
    """A supervisor's word on a report logged long after its visit."""

    id = UUID(primary_key=True, default=None)
    report = ForeignKey(VisitReport, null=False, default=None, unique=True, on_delete=OnDelete.restrict)
    area_id = Integer(index=True)
    accepted = Boolean()
    reason = Text()
    by_account_id = UUID(default=None)
    at = Timestamptz(default=None)


class ReportConflict(Table):
    """A second, different content under a report's id, kept for a human to decide."""

    id = UUID(primary_key=True, default=None)
    report_id = UUID(default=None, index=True)
    visit_id = UUID(default=None)
    recipient_id = UUID(default=None)
    area_id = Integer(index=True)
    by_account_id = UUID(default=None)
    content = JSONB()
    confidential_sealed = Bytea(null=True, default=None)
    sha256 = Bytea()
    received_at = Timestamptz(default=None)
    decision = Varchar(length=12, null=True, default=None)  # kept, replaced
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)

    report_conflict_once = Unique([report_id, sha256])
