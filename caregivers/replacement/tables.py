"""Tables of replacement: the case with its decision, the hearing, the handover."""

from piccolo.columns import JSONB, UUID, Array, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class ReplacementCase(Table):
    """Whether a caregiver is replaced (撤换). Policy proposes, people decide, nobody leaves it undecided."""

    id = UUID(primary_key=True, default=None)
    agreement_id = UUID(default=None, index=True)
    recipient_id = UUID(default=None, index=True)
    caregiver_id = UUID(default=None, index=True)
    area_id = Integer(index=True)
    district_id = Integer()
    version = Integer(default=1)
    mandatory = Boolean()
    confidential = Boolean(default=False)  # rests on suspected abuse: the caregiver's side must not see it yet
    barred_ids = Array(base_column=UUID())  # accounts that must not see it while it is confidential
    ground = Varchar(length=16)
    grounds = JSONB(default="[]")  # what it rests on, see caregivers.replacement.grounds
    status = Varchar(length=20, default="proposed")
    policy_id = UUID(null=True, default=None)
    proposed_by = UUID(null=True, default=None)  # nobody, where policy opened it
    proposed_at = Timestamptz(default=None)
    reason = Text(default="")
    decide_by = Timestamptz(default=None)
    told_at = Timestamptz(null=True, default=None)  # the caregiver was told and invited to the hearing
    told_by = UUID(null=True, default=None)
    told_how = Varchar(length=12, null=True, default=None)
    hearing_at = Timestamptz(null=True, default=None)  # when the caregiver is invited to come
    heard_at = Timestamptz(null=True, default=None)
    decision = Varchar(length=24, null=True, default=None)
    decision_reason = Text(null=True, default=None)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    will_by = Varchar(length=8, null=True, default=None)  # whose will a move to collective support is
    will_stated = Text(null=True, default=None)
    standing_change_id = UUID(
        null=True, default=None
    )  # the move to collective support that waits for its second person
    keep_seen_by = UUID(null=True, default=None)  # the district, which let a decision to keep stand
    keep_seen_at = Timestamptz(null=True, default=None)
    review_ordered_by = UUID(null=True, default=None)  # the district, on a decision to keep
    review_ordered_at = Timestamptz(null=True, default=None)
    review_reason = Text(null=True, default=None)
    reviews_case = UUID(null=True, default=None)  # the case whose decision this one reviews
    flagged_at = Timestamptz(null=True, default=None)  # a ground fell away after the decision
    flag_reason = Text(null=True, default=None)
    flag_reviewed_by = UUID(null=True, default=None)
    flag_reviewed_at = Timestamptz(null=True, default=None)
    flag_review = Text(null=True, default=None)
    temporary_care_id = UUID(null=True, default=None)
    successor_agreement_id = UUID(null=True, default=None)
    handover_due_at = Timestamptz(null=True, default=None)
    handed_over_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    closed_by = UUID(null=True, default=None)
    withdrawn_at = Timestamptz(null=True, default=None)
    withdrawn_by = UUID(null=True, default=None)
    withdrawn_reason = Text(null=True, default=None)

    replacement_case_known_status = Check(
        "status IN ('proposed', 'heard', 'decided', 'temporary_care', 'successor_signed', 'handed_over', 'closed',"
        " 'withdrawn')"
    )
    replacement_case_known_ground = Check("ground IN ('failed_cycles', 'critical_hazard', 'abuse', 'proposed')")
    replacement_case_known_decision = Check("decision IN ('replace', 'keep_with_reason', 'transfer_to_collective')")
    replacement_case_decided_whole = Check(
        "(decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)"
        " AND (decision IS NULL OR (decision_reason IS NOT NULL AND heard_at IS NOT NULL))"
    )
    replacement_case_status_has_decision = Check("status IN ('proposed', 'heard', 'withdrawn') OR decision IS NOT NULL")
    replacement_case_transfer_by_will = Check(
        "decision <> 'transfer_to_collective' OR (will_by IS NOT NULL AND will_stated IS NOT NULL)"
    )
    replacement_case_known_will = Check("will_by IN ('self', 'guardian')")
    replacement_case_told_whole = Check(
        "(told_at IS NULL) = (told_by IS NULL) AND (told_at IS NULL) = (told_how IS NULL)"
    )
    replacement_case_known_telling = Check("told_how IN ('notice', 'paper', 'phone', 'in_person')")
    replacement_case_closed_pair = Check("(status = 'closed') = (closed_at IS NOT NULL)")
    replacement_case_withdrawn_pair = Check("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)")


class Hearing(Table):
    """What was said before the decision. The caregiver was heard, or was invited in time and did not come."""

    id = UUID(primary_key=True, default=None)
    case_id = ForeignKey(ReplacementCase, null=False, default=None, index=True)
    area_id = Integer()
    held_at = Timestamptz(default=None)
    held_by = UUID(default=None)
    recorded_at = Timestamptz(default=None)
    present = JSONB(default="[]")  # words: caregiver, recipient, guardian, village, township, neighbour
    caregiver_came = Boolean()
    caregiver_said = Text(default="")
    recipient_said = Text(default="")
    village_said = Text(default="")


class HandoverItem(Table):
    """One thing to hand over."""

    id = UUID(primary_key=True, default=None)
    case_id = ForeignKey(ReplacementCase, null=False, default=None, index=True)
    area_id = Integer()
    item = Varchar(length=16)
    done = Boolean()  # False: does not apply here, with the reason in `note`
    note = Text(default="")
    settled_until = Date(null=True, default=None)  # of the fee
    settled_yuan = Integer(null=True, default=None)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=None)

    handover_item_known = Check(
        "item IN ('keys', 'card', 'certificate', 'medicines', 'equipment', 'fee_settled', 'recipient_told')"
    )
    handover_item_reason = Check("done OR note <> ''")
    handover_item_fee = Check("item <> 'fee_settled' OR NOT done OR (settled_until IS NOT NULL AND settled_yuan >= 0)")
    handover_item_once = Unique([case_id, item])
