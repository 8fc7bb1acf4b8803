"""Tables of the register: recipients, their standing, absences, and ledger imports."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Recipient(Table):
    """A person under dispersed support (or once so). Sealed columns open only at their own row."""

    id = UUID(primary_key=True, default=None)
    area_id = Integer()
    district_id = Integer(index=True)
    version = Integer(default=1)  # for If-Match
    number = Varchar(length=40, null=True, default=None)  # the township's own number in its ledger
    name = Varchar(length=80)
    name_pinyin = Varchar(length=200)
    name_initials = Varchar(length=40)
    sex = Varchar(length=8)
    born_on = Date(null=True, default=None)
    id_kind = Varchar(length=20)  # resident, permit, foreign, to_confirm
    id_sealed = Bytea(null=True, default=None)
    id_index = Bytea(null=True, default=None)
    id_to_confirm_reason = Text(null=True, default=None)
    support_mode = Varchar(length=12, default="dispersed")
    standing = Varchar(length=24, default="at_home")
    self_care = Varchar(length=8)
    indicators = JSONB(null=True, default=None)  # {"eating": true, …}: what the person can do
    categories = Array(base_column=Varchar(length=20))
    conditions = Array(base_column=Varchar(length=20))  # words policy looks at: dementia, serious_illness
    risk = Varchar(length=8)
    living_alone = Boolean(default=False)
    disability_kind = Varchar(length=40, null=True, default=None)
    disability_grade = SmallInt(null=True, default=None)
    diagnosis_sealed = Bytea(null=True, default=None)
    phone_sealed = Bytea(null=True, default=None)
    bank_card_sealed = Bytea(null=True, default=None)
    hukou_address_sealed = Bytea(null=True, default=None)
    address_sealed = Bytea(null=True, default=None)
    contacts_sealed = Bytea(null=True, default=None)  # JSON: guardian, emergency contact, keyholder, with phones
    entry_consent = Boolean(null=True, default=None)
    ledger = JSONB(default="{}")  # what the ledger says of caregiver and agreement, until agreements live here
    visitor_name = Varchar(length=40, null=True, default=None)
    visit_worker_id = UUID(null=True, default=None, index=True)
    last_seen_on = Date(null=True, default=None)  # as the imported ledger states it
    remarks_sealed = Bytea(null=True, default=None)
    created_at = Timestamptz(default=None)
    created_by = UUID(default=None)
    changed_at = Timestamptz(default=None)

    recipient_known_standing = Check(
        "standing IN ('at_home', 'in_hospital', 'moved_to_collective', 'died', 'eligibility_ended')"
    )
    recipient_known_self_care = Check("self_care IN ('self', 'partial', 'full')")
    recipient_known_risk = Check("risk IN ('high', 'key', 'general')")
    recipient_known_mode = Check("support_mode IN ('dispersed', 'collective')")
    recipient_id_or_reason = Check(
        "(id_index IS NOT NULL AND id_sealed IS NOT NULL) OR id_to_confirm_reason IS NOT NULL"
    )


class StandingChange(Table):
    """A proposed change of standing; the last three need a second person, and each can be undone."""

    id = UUID(primary_key=True, default=None)
    recipient = ForeignKey(Recipient, null=False, default=None, index=True)
    area_id = Integer(index=True)
    from_standing = Varchar(length=24)
    standing = Varchar(length=24)
    happened_on = Date(default=None)
    reason = Text()
    proposed_by = UUID(default=None)
    proposed_at = Timestamptz(default=None)
    confirmed_by = UUID(null=True, default=None)
    confirmed_at = Timestamptz(null=True, default=None)
    rejected_by = UUID(null=True, default=None)
    rejected_at = Timestamptz(null=True, default=None)
    undone_by = UUID(null=True, default=None)
    undone_at = Timestamptz(null=True, default=None)
    undo_reason = Text(null=True, default=None)

    standing_change_two_people = Check(
        "confirmed_by IS NULL OR confirmed_by <> proposed_by"
        " OR standing NOT IN ('died', 'moved_to_collective', 'eligibility_ended')"
    )
    standing_change_confirmed_pair = Check("(confirmed_by IS NULL) = (confirmed_at IS NULL)")
    standing_change_rejected_pair = Check("(rejected_by IS NULL) = (rejected_at IS NULL)")
    standing_change_undone_pair = Check("(undone_by IS NULL) = (undone_at IS NULL)")
    standing_change_one_answer = Check("confirmed_at IS NULL OR rejected_at IS NULL")
    standing_change_only_confirmed_undone = Check("undone_at IS NULL OR confirmed_at IS NOT NULL")


class Absence(Table):
    """A reported absence. It silences nothing until confirmed, ends by itself, and owes a return check."""

    id = UUID(primary_key=True, default=None)
    recipient = ForeignKey(Recipient, null=False, default=None, index=True)
    area_id = Integer(index=True)
    kind = Varchar(length=16)  # away, in_hospital
    starts_at = Timestamptz(default=None)
    ends_at = Timestamptz(default=None)
    whereabouts_sealed = Bytea(null=True, default=None)
    reported_by = UUID(default=None)
    reported_at = Timestamptz(default=None)
    confirmed_by = UUID(null=True, default=None)
    confirmed_at = Timestamptz(null=True, default=None)
    confirmed_how = Varchar(length=16, null=True, default=None)  # a word, never a name: jobs read it
    ended_by = UUID(null=True, default=None)  # nobody, where it ended by itself
    ended_at = Timestamptz(null=True, default=None)
    return_checked_at = Timestamptz(null=True, default=None)

    absence_known_kind = Check("kind IN ('away', 'in_hospital')")
    absence_runs_forward = Check("ends_at > starts_at")
    absence_confirmed_pair = Check("(confirmed_by IS NULL) = (confirmed_at IS NULL)")
    absence_two_people = Check("confirmed_by <> reported_by")


class ImportBatch(Table):
    """One workbook sent for import: previewed, then committed once."""

    id = UUID(primary_key=True, default=None)
    area_id = Integer(index=True)
    district_id = Integer()
    sha256 = Bytea()
    file_name = Varchar(length=200)
    status = Varchar(length=12, default="previewed")
    row_count = Integer(default=0)
    ready_count = Integer(default=0)
    refused_count = Integer(default=0)
    created_count = Integer(default=0)
    updated_count = Integer(default=0)
    headers = JSONB(default="[]")  # the workbook's own column titles, for giving refused rows back
    warnings = JSONB(default="[]")  # of the whole file
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    previewed_at = Timestamptz(default=None)  # later than created_at when the same file was sent again
    committed_by = UUID(null=True, default=None)
    committed_at = Timestamptz(null=True, default=None)

    import_batch_one_file = Unique([area_id, sha256])
    import_batch_known_status = Check("status IN ('previewed', 'committed')")


class ImportRow(Table):
    """One row of an import, sealed; refused rows carry their reasons."""

    id = UUID(primary_key=True, default=None)
    batch = ForeignKey(ImportBatch, null=False, default=None)
    area_id = Integer()
    row_number = Integer()  # as the workbook counts its rows
    status = Varchar(length=9)
    problems = JSONB(default="[]")  # why it was refused: column, reason, remedy; never a value
    warnings = JSONB(default="[]")
    changed = JSONB(default="[]")  # names of the fields it changed in a recipient known before
    content_sealed = Bytea()
    recipient_id = UUID(null=True, default=None)

    import_row_known_status = Check("status IN ('ready', 'refused', 'created', 'updated', 'unchanged')")
    import_row_once = Unique(["batch", "row_number"])
