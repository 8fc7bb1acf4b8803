"""Tables of suspected abuse, which nobody on the caregiver's side may see."""

from piccolo.columns import UUID, Array, Boolean, Bytea, Date, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class AbuseCase(Table):
    """A suspicion being looked into. Retained for the policy's grave years."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(default=None, index=True)
    agreement_id = UUID(null=True, default=None)
    caregiver_id = UUID(null=True, default=None)
    area_id = Integer(index=True)
    district_id = Integer()
    minor = Boolean()
    without_capacity = Boolean(default=False)
    barred_ids = Array(base_column=UUID())  # every account that was on the caregiver's side while it was under way
    policy_id = UUID(null=True, default=None)
    status = Varchar(length=16, default="open")
    opened_at = Timestamptz(default=None)
    report_due_at = Timestamptz(null=True, default=None)  # of the mandatory report, where the law asks one
    reported_at = Timestamptz(null=True, default=None)
    reported_by = UUID(null=True, default=None)
    authority = Varchar(length=24, null=True, default=None)
    reference = Varchar(length=80, null=True, default=None)
    outcome_sealed = Bytea(null=True, default=None)
    closed_by = UUID(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    retain_until = Date(default=None)
    replacement_case_id = UUID(null=True, default=None)

    abuse_case_known_status = Check("status IN ('open', 'substantiated', 'unfounded')")
    abuse_case_reported_whole = Check(
        "(reported_at IS NULL) = (reported_by IS NULL) AND (reported_at IS NULL) = (reference IS NULL)"
    )
    abuse_case_law_asks_report = Check("(minor OR without_capacity) = (report_due_at IS NOT NULL)")
    abuse_case_closed_whole = Check(
        "(status = 'open') = (closed_at IS NULL) AND (status = 'open') = (outcome_sealed IS NULL)"
    )
    abuse_case_report_before_close = Check(
        "status <> 'unfounded' AND status <> 'substantiated' OR report_due_at IS NULL OR reported_at IS NOT NULL"
    )


class AbuseConcern(Table):
    """What somebody saw or heard, sealed. Whoever reports it may write it and cannot read it back."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(default=None, index=True)
    area_id = Integer()
    district_id = Integer()
    source = Varchar(length=16)
    source_id = UUID(default=None)  # the report; of a concern of its own, made of its id and its words
    by_account_id = UUID(default=None)
    content_sealed = Bytea()
    made_at = Timestamptz(default=None)
    logged_at = Timestamptz(default=None)
    case_id = ForeignKey(AbuseCase, null=True, default=None, index=True)

    abuse_concern_known_source = Check("source IN ('visit_report', 'concern')")
    # Theirs alone: on a key that others share, a duplicate refused would tell that there is a concern.
    abuse_concern_once = Unique([source, source_id, by_account_id])
