"""Tables of rectification: hazards, orders with their items, answers, verifications, failed cycles."""

from piccolo.columns import JSONB, UUID, Boolean, Bytea, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Hazard(Table):
    """Something that endangers a recipient. `source_id` is the report, complaint or missed duty it was found by."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(default=None, index=True)
    agreement_id = UUID(null=True, default=None, index=True)  # in force when it was found
    caregiver_id = UUID(null=True, default=None)
    area_id = Integer(index=True)
    district_id = Integer()
    source = Varchar(length=16)
    source_id = UUID(null=True, default=None)
    source_item = Integer(default=0)  # which of several in one source
    complainant_sealed = Bytea(null=True, default=None)  # never shown to the caregiver's side
    severity = Varchar(length=8)
    block = Varchar(length=24)
    what = Text()
    found_at = Timestamptz(default=None)
    found_by = UUID(null=True, default=None)
    recorded_at = Timestamptz(default=None)
    status = Varchar(length=10, default="open")
    closed_at = Timestamptz(null=True, default=None)
    closed_by = UUID(null=True, default=None)
    close_reason = Text(null=True, default=None)
    attend_by = Timestamptz(null=True, default=None)  # while nobody attends to it and nobody was told so
    unattended_at = Timestamptz(null=True, default=None)  # somebody was told, last

    hazard_known_source = Check("source IN ('visit_report', 'complaint', 'inspection', 'missed_duty')")
    hazard_known_severity = Check("severity IN ('critical', 'serious', 'general')")
    hazard_known_status = Check("status IN ('open', 'removed', 'withdrawn', 'mistaken')")
    hazard_closed_whole = Check("(status = 'open') = (closed_at IS NULL)")


class RectificationOrder(Table):
    """An order to rectify (责令限期整改): several items, one deadline, theirs to answer."""

    id = UUID(primary_key=True, default=None)
    agreement_id = UUID(default=None, index=True)
    recipient_id = UUID(default=None, index=True)
    caregiver_id = UUID(default=None, index=True)
    area_id = Integer(index=True)
    district_id = Integer()
    version = Integer(default=1)
    year = Integer()
    serial = Integer()  # within its district and year
    number = Varchar(length=40)
    status = Varchar(length=12, default="issued")
    severity = Varchar(length=8)  # the gravest of its items
    evidence = Text(default="")
    policy_id = UUID(null=True, default=None)
    issued_by = UUID(default=None)
    issued_at = Timestamptz(default=None)
    told_how = Varchar(length=8, null=True, default=None)  # notice, paper
    told_at = Timestamptz(null=True, default=None)
    told_by = UUID(null=True, default=None)
    deadline_at = Timestamptz(default=None)
    first_deadline_at = Timestamptz(default=None)  # before an extension
    statement_until = Timestamptz(default=None)  # a failure does not count before, unless the statement was heard
    answered_at = Timestamptz(null=True, default=None)
    submitted_at = Timestamptz(null=True, default=None)
    overdue_at = Timestamptz(null=True, default=None)
    take_back = Varchar(length=16, null=True, default=None)  # why it was not late after all; the job sees to the rest
    count_at = Timestamptz(null=True, default=None)  # when its failure counts, until it has
    verification_id = UUID(null=True, default=None)  # planned or done
    verified_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    closed_by = UUID(null=True, default=None)
    close_reason = Text(null=True, default=None)
    withdrawn_at = Timestamptz(null=True, default=None)
    withdrawn_by = UUID(null=True, default=None)
    withdrawn_reason = Text(null=True, default=None)
    extension_asked_by = UUID(null=True, default=None)
    extension_asked_at = Timestamptz(null=True, default=None)
    extension_reason = Text(null=True, default=None)
    extension_until = Timestamptz(null=True, default=None)
    extension_decided_by = UUID(null=True, default=None)
    extension_decided_at = Timestamptz(null=True, default=None)
    extension_granted = Boolean(null=True, default=None)

    rectification_order_known_status = Check(
        "status IN ('issued', 'accepted', 'refused', 'in_progress', 'submitted', 'overdue', 'passed', 'failed',"
        " 'closed', 'withdrawn')"
    )
    rectification_order_known_severity = Check("severity IN ('critical', 'serious', 'general')")
    rectification_order_closed_pair = Check("(status = 'closed') = (closed_at IS NOT NULL)")
    rectification_order_withdrawn_pair = Check("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)")
    rectification_order_known_take_back = Check("take_back IN ('late_evidence', 'extended')")
    rectification_order_extension_two_people = Check("extension_decided_by <> extension_asked_by")
    rectification_order_extension_pair = Check("(extension_decided_by IS NULL) = (extension_granted IS NULL)")


class OrderItem(Table):
    """One thing wrong, and what must be true afterwards. A hazard stands in one order under way at a time."""

    id = UUID(primary_key=True, default=None)
    order_id = ForeignKey(RectificationOrder, null=False, default=None, index=True)
    hazard_id = ForeignKey(Hazard, null=False, default=None, index=True)
    area_id = Integer()
    must_be = Text()
    service = Varchar(length=24, null=True, default=None)  # the service promised and not kept
    duty = Text(default="")  # or the duty breached
    status = Varchar(length=10, default="open")
    note = Text(default="")  # the verifier's

    order_item_known_status = Check("status IN ('open', 'passed', 'failed', 'withdrawn')")
    order_item_names_breach = Check("service IS NOT NULL OR duty <> ''")
    order_item_hazard_once = Unique([order_id, hazard_id])


class OrderAnswer(Table):
    """What the caregiver answers, append-only but for its hearing. The id is made by the phone."""

    id = UUID(primary_key=True, default=None)
    order_id = ForeignKey(RectificationOrder, null=False, default=None, index=True)
    area_id = Integer()
    kind = Varchar(length=12)
    text = Text(default="")
    by_account_id = UUID(default=None)
    on_paper_by = Varchar(length=40, null=True, default=None)  # whose paper a supervisor keyed in
    made_at = Timestamptz(default=None)
    logged_at = Timestamptz(default=None)
    sha256 = Bytea()
    hear_by = Timestamptz(null=True, default=None)  # of a statement
    unheard_at = Timestamptz(null=True, default=None)  # somebody was told that nobody had heard it
    heard_by = UUID(null=True, default=None)
    heard_at = Timestamptz(null=True, default=None)
    upheld = Boolean(null=True, default=None)
    heard_reason = Text(null=True, default=None)

    order_answer_known_kind = Check("kind IN ('accept', 'refuse', 'start', 'statement', 'done')")
    order_answer_heard_whole = Check(
        "(heard_by IS NULL) = (heard_at IS NULL) AND (heard_by IS NULL) = (upheld IS NULL)"
    )
    order_answer_statement_has_time = Check("(kind = 'statement') = (hear_by IS NOT NULL)")
    order_answer_only_statements_heard = Check("heard_at IS NULL OR kind = 'statement'")


class Verification(Table):
    """A look at the door (回访复核), planned by itself, by somebody who neither issued the order nor is related."""

    id = UUID(primary_key=True, default=None)
    order_id = ForeignKey(RectificationOrder, null=False, default=None, index=True)
    area_id = Integer(index=True)
    district_id = Integer()
    verifier_id = UUID(null=True, default=None, index=True)  # nobody yet, where nobody suits
    planned_at = Timestamptz(default=None)
    due_at = Timestamptz(default=None)
    overdue_at = Timestamptz(null=True, default=None)
    status = Varchar(length=10, default="planned")
    result_id = UUID(null=True, default=None)  # made by the phone: a retry is harmless
    by_account_id = UUID(null=True, default=None)
    person_seen = Boolean(null=True, default=None)
    results = JSONB(default="[]")  # [{"item": id, "passed": bool, "note": text}]
    made_at = Timestamptz(null=True, default=None)
    logged_at = Timestamptz(null=True, default=None)
    sha256 = Bytea(null=True, default=None)

    verification_known_status = Check("status IN ('planned', 'done', 'cancelled')")
    verification_done_whole = Check(
        "(status = 'done') = (result_id IS NOT NULL AND logged_at IS NOT NULL AND by_account_id IS NOT NULL)"
    )


class FailedCycle(Table):
    """A failure that counts against an agreement: one standing an order. Withdrawn, it stays in the history."""

    id = UUID(primary_key=True, default=None)
    order_id = ForeignKey(RectificationOrder, null=False, default=None, index=True)
    agreement_id = UUID(default=None, index=True)
    caregiver_id = UUID(default=None)
    area_id = Integer()
    why = Varchar(length=8)
    heard = Varchar(length=16)  # how the statement got its chance: statement, time_ran_out
    failed_at = Timestamptz(default=None)
    counted_at = Timestamptz(default=None)
    withdrawn_at = Timestamptz(null=True, default=None)
    withdrawn_reason = Text(null=True, default=None)
    withdrawn_evidence = JSONB(null=True, default=None)

    failed_cycle_known_why = Check("why IN ('failed', 'overdue')")
    failed_cycle_known_chance = Check("heard IN ('statement', 'time_ran_out')")
    failed_cycle_withdrawn_pair = Check("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)")
