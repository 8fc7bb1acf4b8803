"""Tables of care agreements, what was promised in them, signatures, temporary care, and who holds what for a person."""

from piccolo.columns import UUID, Bytea, Date, ForeignKey, Integer, SmallInt, Text, Timestamptz, Varchar
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Agreement(Table):
    """A care agreement (委托照料服务协议). The database holds: at most one active one a recipient, and no gap."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(default=None, index=True)
    caregiver_id = UUID(default=None, index=True)
    area_id = Integer(index=True)  # the recipient's village
    district_id = Integer()
    township_id = Integer()  # the township that is a party
    version = Integer(default=1)
    number = Varchar(length=60, null=True, default=None)
    status = Varchar(length=20, default="draft")
    relation = Varchar(length=24)  # of the caregiver to the recipient
    starts_on = Date(default=None)
    ends_on = Date(default=None)  # the last day
    fee_class = Varchar(length=8)  # none, partial, full: the self-care class the nursing fee follows
    fee_yuan = Integer(default=0)  # a month
    liability = Text(default="")
    consent_by = Varchar(length=8, null=True, default=None)
    consent_reason = Text(null=True, default=None)  # why somebody else consents
    consent_at = Timestamptz(null=True, default=None)
    renewal_of = UUID(null=True, default=None)
    successor_for_case = UUID(null=True, default=None)  # the replacement case it ends
    source = Varchar(length=8, default="system")  # ledger: taken over as the workbook states it
    renewal_reviewed_by = UUID(null=True, default=None)
    renewal_reviewed_at = Timestamptz(null=True, default=None)
    renewal_decision = Varchar(length=12, null=True, default=None)  # renew, not_renew
    renewal_reason = Text(null=True, default=None)
    activated_at = Timestamptz(null=True, default=None)
    suspended_at = Timestamptz(null=True, default=None)
    suspended_by = UUID(null=True, default=None)
    suspend_reason = Text(null=True, default=None)
    ended_on = Date(null=True, default=None)  # the last day it was in force
    ended_at = Timestamptz(null=True, default=None)
    ended_by = UUID(null=True, default=None)  # nobody, where a standing or its term ended it
    ended_reason = Varchar(length=24, null=True, default=None)
    end_note = Text(null=True, default=None)
    replacement_case_id = UUID(null=True, default=None)  # the decision that ended it for breach
    restored_at = Timestamptz(null=True, default=None)  # an end was undone: what counted meanwhile is to be judged
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)

    agreement_known_status = Check("status IN ('draft', 'pending_signatures', 'active', 'suspended', 'ended')")
    agreement_known_fee_class = Check("fee_class IN ('none', 'partial', 'full')")
    agreement_runs_forward = Check("ends_on >= starts_on")
    agreement_known_consent = Check("consent_by IN ('self', 'guardian', 'proxy')")
    agreement_others_consent_with_reason = Check(
        "consent_by IS NULL OR consent_by = 'self' OR consent_reason IS NOT NULL"
    )
    agreement_known_end = Check(
        "ended_reason IN ('expired', 'died', 'moved_to_collective', 'mutual', 'resigned', 'caregiver_died',"
        " 'terminated_for_breach', 'eligibility_ended', 'superseded', 'abandoned')"
    )
    agreement_ended_whole = Check("(status = 'ended') = (ended_at IS NOT NULL AND ended_reason IS NOT NULL)")
    agreement_breach_by_decision = Check("ended_reason <> 'terminated_for_breach' OR replacement_case_id IS NOT NULL")
    agreement_suspended_whole = Check(
        "status <> 'suspended' OR (suspended_at IS NOT NULL AND suspended_by IS NOT NULL)"
    )
    agreement_in_force_was_activated = Check("status NOT IN ('active', 'suspended') OR activated_at IS NOT NULL")


class AgreementItem(Table):
    """One service promised, and how often."""

    id = UUID(primary_key=True, default=None)
    agreement_id = ForeignKey(Agreement, null=False, default=None, index=True)
    area_id = Integer()
    service = Varchar(length=24)
    times = SmallInt()
    per = Varchar(length=8)
    note = Text(default="")

    agreement_item_known_per = Check("per IN ('day', 'week', 'month', 'need')")
    agreement_item_once = Unique([agreement_id, service])


class Signature(Table):
    """One party's signature."""

    id = UUID(primary_key=True, default=None)
    agreement_id = ForeignKey(Agreement, null=False, default=None, index=True)
    area_id = Integer()
    party = Varchar(length=12)
    how = Varchar(length=12)
    capacity = Varchar(length=8, default="self")
    capacity_reason = Text(null=True, default=None)
    signer_name_sealed = Bytea()
    signer_account_id = UUID(null=True, default=None)  # of an electronic signature
    witness = Text(null=True, default=None)
    signed_on = Date(default=None)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=None)

    signature_known_party = Check("party IN ('township', 'village', 'caregiver', 'recipient')")
    signature_known_how = Check("how IN ('ink', 'fingerprint', 'electronic', 'ledger')")
    signature_known_capacity = Check("capacity IN ('self', 'guardian', 'proxy')")
    signature_others_sign_with_reason = Check("capacity = 'self' OR capacity_reason IS NOT NULL")
    signature_electronic_has_account = Check("how <> 'electronic' OR signer_account_id IS NOT NULL")
    signature_once = Unique([agreement_id, party])


class TemporaryCare(Table):
    """Somebody looks after a person until an agreement is in force (again). In force while `ended_at` is NULL."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(default=None, index=True)
    area_id = Integer(index=True)
    district_id = Integer()
    agreement_id = UUID(null=True, default=None, index=True)  # the agreement it stands in for
    case_id = UUID(null=True, default=None)
    kind = Varchar(length=12)
    caregiver_id = UUID(null=True, default=None)
    carer_name_sealed = Bytea()
    carer_phone_sealed = Bytea(null=True, default=None)
    reason = Text()
    starts_at = Timestamptz(default=None)
    ends_by = Timestamptz(default=None)  # the policy's limit at the latest
    arranged_by = UUID(default=None)
    arranged_at = Timestamptz(default=None)
    extended_by = UUID(null=True, default=None)
    extended_at = Timestamptz(null=True, default=None)
    extend_reason = Text(null=True, default=None)
    first_ends_by = Timestamptz(null=True, default=None)  # before it was extended
    ended_by = UUID(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    ended_reason = Varchar(length=20, null=True, default=None)

    temporary_care_known_kind = Check(
        "kind IN ('caregiver', 'village', 'provider', 'institution', 'hospital', 'relative')"
    )
    temporary_care_of_caregiver = Check("kind <> 'caregiver' OR caregiver_id IS NOT NULL")
    temporary_care_runs_forward = Check("ends_by > starts_at")
    temporary_care_extended_whole = Check(
        "(extended_by IS NULL) = (extended_at IS NULL) AND (extended_by IS NULL) = (extend_reason IS NULL)"
        " AND (extended_by IS NULL) = (first_ends_by IS NULL)"
    )
    temporary_care_extended_by_another = Check("extended_by <> arranged_by")
    temporary_care_ended_whole = Check("(ended_at IS NULL) = (ended_reason IS NULL)")
    temporary_care_known_end = Check("ended_reason IN ('successor', 'resumed', 'replaced', 'left_support')")


class NoCover(Table):
    """Somebody's word that nobody cares for a person, whatever the papers say. In force while `ended_at` is NULL."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(default=None, index=True)
    area_id = Integer(index=True)
    district_id = Integer()
    reason = Text()
    reported_by = UUID(default=None)
    reported_at = Timestamptz(default=None)
    ended_by = UUID(null=True, default=None)  # nobody, where an agreement came into force or support ended
    ended_at = Timestamptz(null=True, default=None)
    ended_how = Varchar(length=12, null=True, default=None)
    end_note = Text(null=True, default=None)

    no_cover_known_end = Check("ended_how IN ('arranged', 'agreement', 'resumed', 'restored', 'left_support')")
    no_cover_ended_whole = Check("(ended_at IS NULL) = (ended_how IS NULL)")
    no_cover_restored_with_note = Check("ended_how <> 'restored' OR (ended_by IS NOT NULL AND end_note IS NOT NULL)")


class CareFact(Table):
    """Who is a person's legal guardian, and who holds the bank card: facts of their own, apart from the caregiver."""

    id = UUID(primary_key=True, default=None)
    recipient_id = UUID(default=None, index=True)
    area_id = Integer()
    kind = Varchar(length=12)
    who = Varchar(length=16)
    caregiver_id = UUID(null=True, default=None)
    name_sealed = Bytea(null=True, default=None)
    phone_sealed = Bytea(null=True, default=None)
    relation = Varchar(length=24, null=True, default=None)
    since_on = Date(default=None)
    until_on = Date(null=True, default=None)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=None)

    care_fact_known_kind = Check("kind IN ('guardian', 'card_holder')")
    care_fact_known_who = Check(
        "who IN ('self', 'relative', 'caregiver', 'village', 'civil_affairs', 'institution', 'other')"
    )
    care_fact_caregiver_named = Check("who <> 'caregiver' OR caregiver_id IS NOT NULL")
