"""Tables of the caregivers' own attendance and of their assessment, with the fee it withholds and the objection."""

from piccolo.columns import JSONB, UUID, Array, Boolean, Bytea, Date, Integer, SmallInt, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Attendance(Table):
    """A caregiver's own word: I was there and did these things. No position, no photo. The id is made by the phone."""

    id = UUID(primary_key=True, default=None)
    agreement_id = UUID(default=None, index=True)
    recipient_id = UUID(default=None)
    caregiver_id = UUID(default=None)
    area_id = Integer(index=True)
    by_account_id = UUID(default=None)
    on_paper_by = Varchar(length=40, null=True, default=None)
    services = Array(base_column=Varchar(length=24))
    note = Text(default="")
    made_at = Timestamptz(default=None)
    logged_at = Timestamptz(default=None)
    late = Boolean()  # by the policy of the day it was logged
    sha256 = Bytea()

    attendance_says_something = Check("cardinality(services) > 0 OR note <> ''")


class Assessment(Table):
    """How an agreement was kept in a period: asked of recipient and neighbours, read in visits and records."""

    id = UUID(primary_key=True, default=None)
    agreement_id = UUID(default=None, index=True)
    recipient_id = UUID(default=None)
    caregiver_id = UUID(default=None, index=True)
    area_id = Integer(index=True)
    district_id = Integer()
    version = Integer(default=1)
    period_from = Date(default=None)
    period_to = Date(default=None)  # the last day
    opened_at = Timestamptz(default=None)
    due_at = Timestamptz(default=None)
    status = Varchar(length=10, default="due")
    policy_id = UUID(null=True, default=None)  # of the day it was opened
    recipient_score = SmallInt(null=True, default=None)  # all scores 0 to 100, before their weights
    recipient_asked_by = UUID(null=True, default=None)
    recipient_asked_at = Timestamptz(null=True, default=None)
    recipient_asked_how = Varchar(length=8, null=True, default=None)
    recipient_proxy_reason = Text(null=True, default=None)
    recipient_said = Text(default="")
    neighbours_score = SmallInt(null=True, default=None)
    neighbours_asked = SmallInt(null=True, default=None)
    neighbours_asked_by = UUID(null=True, default=None)
    neighbours_asked_at = Timestamptz(null=True, default=None)
    neighbours_said = Text(default="")
    visits_score = SmallInt(null=True, default=None)  # computed when it is settled
    records_score = SmallInt(null=True, default=None)
    weights = JSONB(null=True, default=None)  # as applied: nothing for an instrument without evidence
    reasons = JSONB(default="[]")  # [{"instrument": word, "text": Chinese}]
    total = SmallInt(null=True, default=None)
    qualified = Boolean(null=True, default=None)
    withholds = Boolean(default=False)  # the fee of the period, until rectified
    settled_by = UUID(null=True, default=None)
    settled_at = Timestamptz(null=True, default=None)
    rectified_at = Timestamptz(null=True, default=None)
    rectified_by = UUID(null=True, default=None)
    rectified_evidence = Text(null=True, default=None)
    objection_until = Timestamptz(null=True, default=None)
    objected_at = Timestamptz(null=True, default=None)
    objected_by = UUID(null=True, default=None)  # who keyed it in, where it came on paper
    objection_on_paper_by = Varchar(length=40, null=True, default=None)
    objection = Text(null=True, default=None)
    objection_decide_by = Timestamptz(null=True, default=None)
    objection_decided_by = UUID(null=True, default=None)
    objection_decided_at = Timestamptz(null=True, default=None)
    objection_upheld = Boolean(null=True, default=None)
    objection_reason = Text(null=True, default=None)

    assessment_known_status = Check("status IN ('due', 'settled', 'objected', 'final', 'cancelled')")
    assessment_known_how = Check("recipient_asked_how IN ('voice', 'proxy')")
    assessment_scores = Check(
        "coalesce(recipient_score, 0) BETWEEN 0 AND 100 AND coalesce(neighbours_score, 0) BETWEEN 0 AND 100"
        " AND coalesce(visits_score, 0) BETWEEN 0 AND 100 AND coalesce(records_score, 0) BETWEEN 0 AND 100"
        " AND coalesce(total, 0) BETWEEN 0 AND 100"
    )
    assessment_asked_whole = Check(
        "(recipient_score IS NULL) = (recipient_asked_by IS NULL)"
        " AND (recipient_score IS NULL) = (recipient_asked_how IS NULL)"
        " AND (recipient_asked_how IS DISTINCT FROM 'proxy' OR recipient_proxy_reason IS NOT NULL)"
        " AND (neighbours_score IS NULL) = (neighbours_asked_by IS NULL)"
        " AND (neighbours_score IS NULL) = (neighbours_asked IS NULL)"
    )
    assessment_settled_whole = Check(
        "(status IN ('due', 'cancelled')) = (settled_at IS NULL) AND (settled_at IS NULL) = (settled_by IS NULL)"
        " AND (settled_at IS NULL) = (total IS NULL) AND (settled_at IS NULL) = (qualified IS NULL)"
        " AND (settled_at IS NULL) = (objection_until IS NULL)"
    )
    assessment_settled_asked_the_recipient = Check("settled_at IS NULL OR recipient_score IS NOT NULL")
    assessment_other_decider = Check("objection_decided_by <> settled_by")
    assessment_decided_pair = Check(
        "(objection_decided_by IS NULL) = (objection_upheld IS NULL)"
        " AND (objection_decided_by IS NULL) = (objection_reason IS NULL)"
    )
    assessment_only_unqualified_withholds = Check("NOT withholds OR (qualified IS NOT NULL AND NOT qualified)")
    assessment_rectified_whole = Check(
        "(rectified_at IS NULL) = (rectified_by IS NULL) AND (rectified_at IS NULL) = (rectified_evidence IS NULL)"
        " AND (rectified_at IS NULL OR settled_at IS NOT NULL)"
    )
    assessment_objected_whole = Check(
        "(objected_at IS NULL) = (objected_by IS NULL) AND (objected_at IS NULL) = (objection IS NULL)"
        " AND (objected_at IS NULL) = (objection_decide_by IS NULL)"
        " AND (status <> 'objected' OR objected_at IS NOT NULL)"
    )
    assessment_decides_an_objection = Check("objection_decided_by IS NULL OR objected_at IS NOT NULL")
    assessment_runs_forward = Check("period_to >= period_from")
    assessment_once = Unique([agreement_id, period_from])
