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
    sha256 = Bytea()


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
    due_at = Timestamptz(default=None)
    status = Varchar(length=10, default="due")
    policy_id = UUID(null=True, default=None)
    recipient_score = SmallInt(null=True, default=None)  # all scores 0 to 100, before their weights
    recipient_asked_by = UUID(null=True, default=None)
    recipient_asked_at = Timestamptz(null=True, default=None)
    recipient_asked_how = Varchar(length=8, null=True, default=None)
    recipient_proxy_reason = Text(null=True, default=None)
    recipient_said = Text(default="")
    neighbours_score = SmallInt(null=True, default=None)
    neighbours_asked = SmallInt(null=True, default=None)
    neighbours_asked_by = UUID(null=True, default=None)
    neighbours_said = Text(default="")
    visits_score = SmallInt(null=True, default=None)  # computed when it is settled
    records_score = SmallInt(null=True, default=None)
    weights = JSONB(null=True, default=None)
    reasons = JSONB(default="[]")
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
    objected_by = UUID(null=True, default=None)
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
    assessment_settled_whole = Check("(status IN ('due', 'cancelled')) = (settled_at IS NULL)")
    assessment_other_decider = Check("objection_decided_by <> settled_by")
    assessment_decided_pair = Check("(objection_decided_by IS NULL) = (objection_upheld IS NULL)")
    assessment_once = Unique([agreement_id, period_from])
