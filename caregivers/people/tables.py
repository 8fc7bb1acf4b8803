"""Tables of caregivers, the providers that send them, checks, relations to accounts, and the district's bar list."""

from piccolo.columns import UUID, Boolean, Bytea, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table


class Provider(Table):
    """An organisation that sends staff to care for people, hired by a township or the district."""

    id = UUID(primary_key=True, default=None)
    area_id = Integer(index=True)
    district_id = Integer()
    name = Varchar(length=120)
    credit_code = Varchar(length=18, null=True, default=None)  # 统一社会信用代码
    phone_sealed = Bytea(null=True, default=None)
    status = Varchar(length=8, default="active")
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    ended_by = UUID(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)

    provider_known_status = Check("status IN ('active', 'ended')")
    provider_ended_pair = Check("(status = 'ended') = (ended_at IS NOT NULL)")


class Caregiver(Table):
    """Somebody who cares for recipients: a natural person or a provider's staff. Sealed columns open at their row."""

    id = UUID(primary_key=True, default=None)
    area_id = Integer(index=True)  # where they are registered; they may care in several villages of the district
    district_id = Integer()
    version = Integer(default=1)  # for If-Match
    kind = Varchar(length=16)
    provider_id = ForeignKey(Provider, null=True, default=None, index=True)
    account_id = UUID(null=True, default=None)  # the account they act with; a worker may be somebody's caregiver, too
    name = Varchar(length=80)
    name_pinyin = Varchar(length=200)
    name_initials = Varchar(length=40)
    sex = Varchar(length=8, null=True, default=None)
    born_on = Date(null=True, default=None)
    without_capacity = Boolean(default=False)  # lacks full capacity for civil acts, whole or in part
    id_sealed = Bytea(null=True, default=None)
    id_index = Bytea(null=True, default=None)
    id_to_confirm_reason = Text(null=True, default=None)
    phone_sealed = Bytea(null=True, default=None)
    address_sealed = Bytea(null=True, default=None)
    status = Varchar(length=8, default="active")
    left_on = Date(null=True, default=None)
    left_reason = Text(null=True, default=None)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)

    caregiver_known_kind = Check("kind IN ('natural', 'provider_staff')")
    caregiver_provider_of_staff = Check("(kind = 'provider_staff') = (provider_id IS NOT NULL)")
    caregiver_known_status = Check("status IN ('active', 'left', 'died')")
    caregiver_left_pair = Check("(status = 'active') = (left_on IS NULL)")
    caregiver_id_or_reason = Check(
        "(id_index IS NOT NULL AND id_sealed IS NOT NULL) OR id_to_confirm_reason IS NOT NULL"
    )


class RecordCheck(Table):
    """A look into somebody's records or health before they are entrusted with a person; the newest of a kind counts."""

    id = UUID(primary_key=True, default=None)
    caregiver_id = ForeignKey(Caregiver, null=False, default=None, index=True)
    area_id = Integer()
    kind = Varchar(length=16)
    clear = Boolean()
    found_sealed = Bytea(null=True, default=None)
    document_number = Varchar(length=80)
    checked_on = Date(default=None)
    expires_on = Date(null=True, default=None)
    by_account_id = UUID(default=None)
    at = Timestamptz(default=None)

    record_check_known_kind = Check("kind IN ('criminal_record', 'health', 'training')")


class Relation(Table):
    """A tie between a caregiver and an account (a cadre, a worker), which bars that account from judging them."""

    id = UUID(primary_key=True, default=None)
    caregiver_id = ForeignKey(Caregiver, null=False, default=None, index=True)
    area_id = Integer()
    account_id = UUID(default=None, index=True)
    kind = Varchar(length=16)
    note = Text(default="")
    declared_by = UUID(default=None)
    declared_at = Timestamptz(default=None)
    ended_by = UUID(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    end_reason = Text(null=True, default=None)

    relation_known_kind = Check(
        "kind IN ('spouse', 'parent', 'child', 'sibling', 'in_law', 'other_kin', 'household', 'interest')"
    )
    relation_ended_pair = Check("(ended_by IS NULL) = (ended_at IS NULL)")


class Bar(Table):
    """A line of the district's bar list. Townships are told only that somebody is barred, never why (see 0002)."""

    id = UUID(primary_key=True, default=None)
    district_id = Integer()
    caregiver_id = UUID(null=True, default=None)
    id_index = Bytea(null=True, default=None)  # of the ID number, shared by everybody who registers that person
    name_sealed = Bytea()
    reason = Varchar(length=12)
    ground_sealed = Bytea()
    case_id = UUID(null=True, default=None)
    from_on = Date(default=None)
    until_on = Date(null=True, default=None)  # up to but not including; NULL: for ever
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    lifted_by = UUID(null=True, default=None)
    lifted_at = Timestamptz(null=True, default=None)
    lift_reason_sealed = Bytea(null=True, default=None)

    bar_known_reason = Check("reason IN ('removed', 'law')")
    bar_names_somebody = Check("caregiver_id IS NOT NULL OR id_index IS NOT NULL")
    bar_by_law_never_ends = Check("reason <> 'law' OR until_on IS NULL")
    bar_lifted_pair = Check("(lifted_by IS NULL) = (lifted_at IS NULL)")
